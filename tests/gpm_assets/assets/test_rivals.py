"""Real-world months: held against radar and GMI at overlaps, by models asked for by name, beside the operational rival GPROF."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from gpm_assets.assets import granules, rivals, scores, swaths, translators
from gpm_assets.evaluation.references import CMB, DPR, DRAIN_GMI
from gpm_assets.granules.gprof.layout import LATITUDE, LONGITUDE, PIXEL_STATUS, PROBABILITY, QUALITY, RAIN
from gpm_assets.granules.headers import PROCESSING_SYSTEM
from gpm_assets.granules.read import read_1c
from tests.gpm_assets.granules.gprof.writing import GprofFile, write

PARTNER, REFERENCE, MONTH = "F16_SSMIS", "GPM_GMI", "2018-08"
RATE_MM_H = 0.7


def gprof(folder: Path, granule: Path, **about) -> Path:
    """GPROF at the pixels of a 1C granule's finest swath group: the same rain everywhere, refused on the left half."""
    swath = max(read_1c(granule), key=lambda one: one.shape[1])
    shape = swath.shape
    quality = np.zeros(shape)
    quality[:, : shape[1] // 2] = 2
    numbers = {LATITUDE: swath.latitude, LONGITUDE: swath.longitude, RAIN: np.full(shape, RATE_MM_H)}
    arrays = numbers | {PIXEL_STATUS: np.zeros(shape), QUALITY: quality, PROBABILITY: np.full(shape, 80)}
    arrays = {one: np.nan_to_num(values, nan=-9999.9).astype(one.dtype) for one, values in arrays.items()}
    return write(folder, GprofFile(arrays, swath.time, "F16", "SSMIS", **about))


@pytest.fixture
def real(chain, platform, tmp_path):
    """A home of the real world whose granules are those of the chain's month, with GPROF of one of them."""
    folder = tmp_path / "granules"
    folder.mkdir()
    for product in (PARTNER, REFERENCE, "GPM_DPR", "GPM_DPRGMI"):
        for one in _landed(chain, product):
            _as_real(one.path, folder / one.path.name)
    last = _landed(chain, PARTNER)[-1]  # the one that meets GMI
    gprof(folder, last.path, version="V07A", number=last.row.number)
    made = platform(
        f"""world = "real"
[[sources]]
kind = "directory"
path = "{folder}"
[training]
months = ["{MONTH}"]
[evaluation]
gprof = true
[models]
registry = "{chain.home.registry_uri}"
world = "simulated"
[accelerator]
device = "cpu"
threads = 1
"""
    )
    for sensor in (PARTNER, REFERENCE):
        made.make("land_sensor_month", f"{MONTH}|{sensor}")
    made.make("collocate_month", MONTH)
    made.make("overlap_sensor_month", f"{MONTH}|{PARTNER}")
    return made


def _as_real(path: Path, copy: Path) -> None:
    """A copy of a simulated granule whose header does not say so: what reads it must be the code of real months."""
    shutil.copyfile(path, copy)
    with h5py.File(copy, "r+") as file:
        text = file.attrs["FileHeader"]
        said = text.decode() if isinstance(text, bytes) else str(text)
        assert PROCESSING_SYSTEM in said
        file.attrs["FileHeader"] = np.bytes_(said.replace(PROCESSING_SYSTEM, "PPS"))


def _landed(chain, product):
    return granules.landed(chain.home, product, MONTH)


def test_gprof_of_real_months(real, chain):
    """One home serves all of it: making a real month takes longer than asking it."""
    _is_a_method_on_the_same_pixels(real)
    _fails_where_it_has_no_granule(real)
    _makes_scores_stale_when_a_granule_comes_late(real, chain)


def _is_a_method_on_the_same_pixels(real):
    shown = real.make("score_sensor_month", f"{MONTH}|{PARTNER}")["retrieval_scores"]
    assert shown["world"] == "real"
    rain = scores.read_all(real.home, PARTNER, [MONTH], "rain")
    assert set(rain["reference"]) == {one + beside for one in (DPR, CMB, DRAIN_GMI) for beside in ("", " where gprof_v07")}
    assert set(rain["trained_in"]) == {"simulated"}
    shared = rain[rain["reference"] == "DPR where gprof_v07"]
    assert (shared["missing"] == 0).all(), "there everybody has rain"
    assert set(shared["method"]) == set(rain["method"])
    assert (shared["n"].sum() < rain.loc[rain["reference"] == DPR, "n"].sum()).all()
    assert set(rain["method"]) == {"gmi", "gprof_v07", *translators.quick_methods()}
    pixels = (rain["n"] + rain["missing"]).groupby([rain["granule"], rain["reference"]]).nunique()
    assert (pixels == 1).all(), "every method on the same pixels"
    ours = rain[rain["method"] == "gprof_v07"]
    there = ours[ours["n"] > 0]
    assert len(there)
    np.testing.assert_allclose(there["x"] / there["n"], RATE_MM_H, rtol=1e-5)
    assert (there["missing"] > 0).any(), "what GPROF warns of is missing"
    assert (ours["version"] == 0).all()


def _fails_where_it_has_no_granule(real):
    (method,) = rivals.methods(real.home, PARTNER, MONTH)
    other = next(iter(swaths.load_all(real.home, PARTNER, MONTH).values()))().rows(slice(0, 40))
    late = type(other)(**{**vars(other), "time": other.time + np.timedelta64(40, "D")})
    with pytest.raises(Exception, match="no granule of gprof_v07 from 2018-"):
        method.make(late)


def _makes_scores_stale_when_a_granule_comes_late(real, chain):
    before = rivals.inputs(real.home, PARTNER, MONTH)
    last = _landed(chain, PARTNER)[-1]
    gprof(real.home.root.parent / "granules", last.path, version="V08A", number=last.row.number)
    real.make("land_sensor_month", f"{MONTH}|{PARTNER}")
    assert rivals.inputs(real.home, PARTNER, MONTH) != before
    assert [one.name for one in rivals.methods(real.home, PARTNER, MONTH)] == ["gprof_v07", "gprof_v08"]
