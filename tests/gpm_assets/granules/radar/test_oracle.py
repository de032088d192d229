"""What gpm_api, a development oracle, sees in real files and in files written here."""

import numpy as np
import pytest

from gpm_assets.granules.names import file_name, parse_name
from gpm_assets.granules.radar import name_radar, read_radar, write_radar

gpm = pytest.importorskip("gpm", reason="gpm_api is a development oracle, not a dependency")
pytestmark = pytest.mark.filterwarnings("ignore:Presence of")  # generated positions lie anywhere

RATES = {
    "2ADPR": ("SLV", {"near_surface": "precipRateNearSurface", "surface": "precipRateESurface"}),
    "2BCMB": ("", {"near_surface": "nearSurfPrecipTotRate", "surface": "estimSurfPrecipTotRate"}),
}


def seen(path, swath, variable):
    """A variable (scan, ray) as gpm_api gives it."""
    dataset = gpm.open_granule_dataset(str(path), scan_mode=swath, variables=[variable])
    return dataset[variable].transpose("along_track", "cross_track").compute()


@pytest.mark.parametrize("pattern", ["2A.GPM.DPR.V8*", "2A.GPM.DPR.V9*", "2A.GPM.Ku*", "2B*"])
@pytest.mark.parametrize("rain", ["near_surface", "surface"])
def test_real_files(real_data, pattern, rain):
    (path,) = (real_data / "granules").glob(pattern)
    radar = read_radar(path, rain)
    variable = RATES["2BCMB" if radar.product == "2BCMB" else "2ADPR"][1][rain]
    found = seen(path, radar.swath, variable)
    assert np.array_equal(found.to_numpy(), radar.rain_mm_h)
    assert np.array_equal(found["lat"].transpose(*found.dims).to_numpy(), radar.latitude)
    assert np.array_equal(found["time"].to_numpy().astype("datetime64[s]"), radar.time.astype("datetime64[s]"))


@pytest.mark.parametrize(
    ("product", "version", "variable"),
    [
        ("2ADPR", "V06A", "precipRateNearSurface"),
        ("2ADPR", "V07A", "precipRateNearSurface"),
        ("2ADPR", "V08A", "precipRateNearSurface"),
        ("2AKu", "V06A", "precipRateNearSurface"),
        ("2AKu", "V07A", "precipRateNearSurface"),
        ("2AKu", "V08A", "precipRateNearSurface"),
        ("2BCMB", "V06A", "surfPrecipTotRate"),
        ("2BCMB", "V07A", "nearSurfPrecipTotRate"),
    ],
)
@pytest.mark.parametrize("number", [144, None])
def test_written_files(tmp_path, make_radar, product, version, variable, number):
    """gpm_api 0.4.1 knows no radar before V06 and no 2B-CMB V08; it opens files by their names."""
    radar = make_radar(product=product, scans=8)
    path = tmp_path / file_name(name_radar(radar, number=number, version=version))
    write_radar(path, radar, number=number, version=version)
    again = read_radar(path)
    found = seen(path, again.swath, variable).to_numpy()
    assert np.array_equal(found, radar.rain_mm_h, equal_nan=True)
    assert parse_name(path.name).number == number
