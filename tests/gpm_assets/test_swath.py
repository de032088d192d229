from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.swath import Swath


@pytest.fixture
def swath() -> Swath:
    shape = (4, 5)
    rng = np.random.default_rng(1)
    return Swath(
        sensor="F16_SSMIS",
        channels=("37V", "37H"),
        tb=rng.uniform(150, 300, (*shape, 2)).astype(np.float32),
        latitude=rng.uniform(-90, 90, shape),
        longitude=rng.uniform(-180, 180, shape),
        time=np.datetime64("2020-01-01", "ms") + np.arange(4),
        incidence=np.full((*shape, 2), 53, np.float32),
        quality=np.zeros(shape, np.int8),
        granule="g",
    )


def test_channels_are_found_by_name(swath):
    assert np.array_equal(swath.channel("37H"), swath.tb[..., 1])
    with pytest.raises(GpmAssetsError, match="has no channel '89V'; it has 37V, 37H"):
        swath.channel("89V")


@pytest.mark.parametrize("name", ["tb", "longitude", "time", "incidence", "quality"])
def test_shapes_must_agree(swath, name):
    with pytest.raises(GpmAssetsError, match=rf"swath of g: {name} has shape .*, expected"):
        replace(swath, **{name: getattr(swath, name)[:-1]})


@pytest.mark.parametrize(("name", "value"), [("latitude", 90.01), ("longitude", -180.5)])
def test_positions_must_be_on_earth(swath, name, value):
    positions = getattr(swath, name).copy()
    positions[1, 1] = np.nan
    replace(swath, **{name: positions})
    positions[2, 2] = value
    with pytest.raises(GpmAssetsError, match=f"{name} outside"):
        replace(swath, **{name: positions})


def test_channels_must_differ(swath):
    with pytest.raises(GpmAssetsError, match="repeat"):
        replace(swath, channels=("37V", "37V"))


def test_valid_fraction_counts_every_channel(swath):
    tb = swath.tb.copy()
    tb[0, :, 1] = np.nan
    assert replace(swath, tb=tb).valid_fraction == pytest.approx(1 - 5 / 40)


def test_rows_are_a_swath_of_their_own(swath):
    part = replace(swath, support=np.ones_like(swath.tb)).rows(slice(1, 3))
    assert part.shape == (2, 5)
    assert part.support.shape == part.tb.shape
    assert np.array_equal(part.tb, swath.tb[1:3])
    assert np.array_equal(part.time, swath.time[1:3])
    assert swath.rows(slice(2, 9)).support is None
