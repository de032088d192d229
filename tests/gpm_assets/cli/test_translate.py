"""`gpm-assets translate` on a granule of the chain, by its own champion: equal to its pseudo-TB; and what it refuses."""

import netCDF4
import numpy as np
import pytest

import gpm_assets
from gpm_assets.assets import granules
from gpm_assets.cli.translate import translate
from gpm_assets.errors import RequestError
from gpm_assets.registry import translator_name

PARTNER, TEST_MONTH = "F16_SSMIS", "2019-07"


@pytest.fixture(scope="module")
def granule(chain):
    return granules.landed(chain.home, PARTNER, TEST_MONTH)[0].path


def model(chain):
    return f"models:/{translator_name(PARTNER)}@champion"


def test_the_file_holds_what_the_archive_holds(chain, granule, tmp_path, capsys):
    translate(granule, tmp_path / "out.nc", model=model(chain), drain="models:/drain@champion", home=chain.home.root)
    assert "translated by models:/translator-F16_SSMIS/" in capsys.readouterr().out
    tb = gpm_assets.open("pseudo_tb", PARTNER, [TEST_MONTH], home=chain.home.root)
    rain = gpm_assets.open("precipitation", PARTNER, [TEST_MONTH], home=chain.home.root)
    with netCDF4.Dataset(tmp_path / "out.nc") as made:
        scans = made.dimensions["scan"].size
        assert made.sensor == PARTNER
        assert made.trained_in == "simulated"
        # the archive keeps swaths and products to 0.01 K
        for name, there, apart in (("tb", tb, 0.05), ("rain_mean", rain, 0.02), ("window_flag", tb, 0)):
            written = np.ma.filled(made[name][:], np.nan if apart else -99)
            np.testing.assert_allclose(written, there[name].isel(scan=slice(0, scans)).values, rtol=0, atol=apart)


def test_another_sensors_granule_is_refused(chain, tmp_path):
    from gpm_assets.constellation.instruments import REFERENCE

    path = granules.landed(chain.home, REFERENCE, TEST_MONTH)[0].path
    with pytest.raises(RequestError, match=r"translator-F16_SSMIS/\d+ does not translate GPM_GMI; translator-GPM_GMI does"):
        translate(path, tmp_path / "out.nc", model=model(chain), home=chain.home.root)
    assert not list(tmp_path.iterdir())


def test_an_unknown_name_is_one_clear_error(chain, granule, tmp_path):
    with pytest.raises(RequestError, match="names no model"):
        translate(granule, tmp_path / "out.nc", model="models:/translator-F16_SSMIS@best", home=chain.home.root)
    with pytest.raises(RequestError, match=r"holds a drain, a Translator is needed"):
        translate(granule, tmp_path / "out.nc", model="models:/drain@champion", home=chain.home.root)
