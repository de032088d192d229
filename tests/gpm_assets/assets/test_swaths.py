"""Swaths of a real scene on either sampling, without Dagster around them."""

import numpy as np
import pytest

import gpm_assets
from gpm_assets.assets import granules, swaths
from gpm_assets.settings import Home

SENSOR, MONTH = "F16_SSMIS", "2021-01"
REAL = 'world = "real"\n[[sources]]\nkind = "directory"\npath = "{path}"\n'


@pytest.fixture
def home(real_data, tmp_path):
    """Maker of a home in which the real scene has landed, with more settings."""

    def make(more: str = "") -> Home:
        (tmp_path / "settings.toml").write_text(REAL.format(path=real_data / "scenes") + more)
        home = Home(tmp_path)
        granules.make(home, SENSOR, MONTH)
        return home

    return make


@pytest.mark.parametrize(("sampling", "pixels"), [("GMI-like", 426), ("native", 180)])
def test_settings_choose_where_swaths_are_put(sampling, pixels, home):
    place = home(f'[collocation]\nsampling = "{sampling}"\n')
    made = swaths.make(place, SENSOR, MONTH)
    assert (made.metadata["granule_count"], made.metadata["failed"]) == (1, 0)
    (load,) = swaths.load_all(place, SENSOR, MONTH).values()
    assert load().group == sampling
    opened = gpm_assets.open("swaths", SENSOR, MONTH, home=place.root)
    assert opened.sizes["pixel"] == pixels
    assert np.isfinite(opened["tb"].values).all(axis=-1).sum() > 5000

    told = made.metadata["coregistration"]
    assert told["S4"] == {"operator": 1, "corrected": 0, "searched": 0, "nominal_off_km": 0.0, "off_km": 0.0}
    for group in ("S1", "S2", "S3"):
        assert told[group]["corrected"] == 1
        assert told[group]["nominal_off_km"] > 1 > 0.05 > told[group]["off_km"]


def test_another_sampling_is_another_recipe(home):
    native = swaths.recipe(home('[collocation]\nsampling = "native"\n'), SENSOR, MONTH)
    assert native.fingerprint != swaths.recipe(home(), SENSOR, MONTH).fingerprint
