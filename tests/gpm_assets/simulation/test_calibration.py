import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.simulation.calibration import offsets, scene_errors
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.world import world

NATURE = Nature(1)
JULY = np.datetime64("2019-07-01T00:00", "ms") + np.arange(0, 24 * 60, 3).astype("timedelta64[m]")


@pytest.fixture(scope="module")
def globe():
    """Places and times of July that the calibration itself does not sample."""
    draw = np.random.default_rng(3)
    latitude = np.rad2deg(np.arcsin(draw.uniform(-1, 1, 3000)))
    moment = np.full(3000, np.datetime64("2019-07-14T17:00", "ms"))
    return world(1, latitude, draw.uniform(-180, 180, 3000), moment)


def test_offsets_are_of_the_size_of_intercalibration_residuals():
    partners = [row for name, row in INSTRUMENTS.items() if name != "GPM_GMI"]
    found = [offsets(NATURE, row, row.channels, JULY) for row in partners]
    steady = np.concatenate([part.mean(axis=0) for part in found])
    assert 0.15 < steady.std() < 0.35
    assert max(np.abs(part).max() for part in found) < 1.5
    drift = np.concatenate([part.std(axis=0) for part in found])
    assert drift == pytest.approx(0.2, abs=0.04)
    gmi = INSTRUMENTS["GPM_GMI"]
    assert np.abs(offsets(NATURE, gmi, gmi.channels, JULY)).max() < 0.3


def test_offsets_drift_slowly_and_change_with_month_sensor_and_seed():
    f16, f17 = INSTRUMENTS["F16_SSMIS"], INSTRUMENTS["F17_SSMIS"]
    seconds = JULY[0] + np.arange(600).astype("timedelta64[s]")
    assert np.abs(np.diff(offsets(NATURE, f16, f16.channels, seconds), axis=0)).max() < 1e-3
    first = offsets(NATURE, f16, f16.channels, JULY)
    np.testing.assert_array_equal(first, offsets(NATURE, f16, f16.channels, JULY))
    others = (
        offsets(NATURE, f17, f17.channels, JULY),
        offsets(Nature(2), f16, f16.channels, JULY),
        offsets(NATURE, f16, f16.channels, JULY + np.timedelta64(31, "D")),
    )
    assert all(np.abs(first - other).max() > 0.1 for other in others)


@pytest.mark.parametrize(
    ("sensor", "low", "high"), [("F16_SSMIS", 1.4, 1.4), ("GCOMW1_AMSR2", 1.4, 1.4), ("NOAA20_ATMS", 2.0, 3.0)]
)
def test_scene_errors_have_their_size_over_the_globe(sensor, low, high, globe):
    row = INSTRUMENTS[sensor]
    errors = scene_errors(NATURE, row, row.channels, JULY, globe)
    assert errors.shape == (3000, len(row.channels))
    assert np.all(errors.std(axis=0) > 0.88 * low)
    assert np.all(errors.std(axis=0) < 1.12 * high)
    assert np.abs(errors.mean(axis=0)).max() < 0.4 * high
    assert np.abs(errors).max() < 6 * high


def test_scene_errors_are_a_function_of_the_scene_drawn_for_the_month(globe):
    row = INSTRUMENTS["F16_SSMIS"]
    july = scene_errors(NATURE, row, row.channels, JULY, globe)
    np.testing.assert_array_equal(july, scene_errors(NATURE, row, row.channels, JULY[100:], globe))
    august = scene_errors(NATURE, row, row.channels, JULY + np.timedelta64(31, "D"), globe)
    similar = [abs(np.corrcoef(july[:, i], august[:, i])[0, 1]) for i in range(len(row.channels))]
    assert np.mean(similar) < 0.8


def test_the_reference_has_no_scene_error(globe):
    gmi = INSTRUMENTS["GPM_GMI"]
    assert not scene_errors(NATURE, gmi, gmi.channels, JULY, globe).any()
