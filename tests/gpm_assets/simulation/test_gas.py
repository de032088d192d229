import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS, Channel
from gpm_assets.simulation import gas

DECIBEL = 10 / np.log(10)


@pytest.mark.parametrize(
    ("frequency_ghz", "db_per_km", "tolerance"),
    # Recommendation ITU-R P.676, figure of specific attenuation at 1013.25 hPa, 15 C, 7.5 g/m3
    [(10.0, 0.014, 0.15), (22.235, 0.19, 0.15), (60.0, 15.0, 0.1), (94.0, 0.40, 0.15), (183.31, 28.0, 0.1)],
)
def test_sea_level_attenuation(frequency_ghz, db_per_km, tolerance):
    found = gas.absorption(np.array(frequency_ghz), 1013.25 - 9.97, 288.15, 9.97) * DECIBEL
    assert found == pytest.approx(db_per_km, rel=tolerance)


def test_vapour_absorbs_and_the_line_is_at_its_place():
    dry, moist = (gas.absorption(np.array(89.0), 1000.0, 290.0, pressure) for pressure in (0.0, 20.0))
    assert moist > 3 * dry
    around = gas.absorption(np.array([180.0, 183.31, 186.6]), 700.0, 270.0, 4.0)
    assert around[1] > 2 * max(around[0], around[2])


def test_layers_emit_between_the_tropopause_and_the_surface():
    channels = INSTRUMENTS["GPM_GMI"].channels
    table = gas.table(channels)
    assert np.isfinite(table).all()
    depth, temperature = table[..., :2, :], table[..., 2:, :]
    assert depth.min() >= 0
    assert temperature.min() > 190
    assert temperature.max() < 313
    opaque = depth[1:, :, :, 0] > 20  # held at exp(-27.6)
    assert np.all((np.diff(depth[..., 0, :], axis=0) > 0) | opaque)  # more vapour, more opaque
    assert np.all(np.diff(depth.sum(axis=3), axis=2) > -1e-5)  # longer path, more opaque


def test_sidebands_look_deeper_the_farther_they_are():
    channels = tuple(Channel(183.31, "H", 16, 16, 0.5, sideband_ghz=offset) for offset in (1.0, 3.0, 7.0))
    depth = gas.table(channels)[8, 10, 0, :2].sum(axis=0)
    assert depth[0] > depth[1] > depth[2]
