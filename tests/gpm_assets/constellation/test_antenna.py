import numpy as np
import pytest

from gpm_assets.constellation.antenna import RAIN_AREA_KM2, RAIN_CHANNEL, rain_pattern


def test_the_pattern_is_half_at_half_its_width():
    nothing = np.zeros(2)
    assert (RAIN_CHANNEL.along_km, RAIN_CHANNEL.cross_km) == (15.6, 9.4)
    assert rain_pattern(np.array([7.8, -7.8]), nothing) == pytest.approx([0.5, 0.5])
    assert rain_pattern(nothing, np.array([4.7, -4.7])) == pytest.approx([0.5, 0.5])
    assert rain_pattern(nothing, nothing) == pytest.approx([1, 1])
    assert rain_pattern(np.array([np.inf]), np.array([np.inf])) == 0


def test_its_area_is_its_integral():
    along, across = np.meshgrid(np.arange(-40, 40, 0.5), np.arange(-40, 40, 0.5))
    assert rain_pattern(along, across).sum() * 0.25 == pytest.approx(RAIN_AREA_KM2, rel=1e-6)
