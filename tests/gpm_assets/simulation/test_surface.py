import numpy as np
import pytest

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation import gas, surface


def test_permittivity_of_sea_water():
    """At 10.65 GHz and 20 C measured sea water has about 53 + 38i (Meissner and Wentz 2004)."""
    found = surface.permittivity(np.array(10.65), np.array(293.15))
    assert found.real == pytest.approx(53, abs=3)
    assert found.imag == pytest.approx(38, abs=3)


def test_flat_sea():
    channels = tuple(Channel(frequency, "V", 10, 10, 0.5) for frequency in (10.65, 36.64, 89.0))
    table = surface.sea_table(channels)
    nadir, slant = table[5, 0], table[5, np.argmin(np.abs(gas.INCIDENCE_AXIS - 54))]
    np.testing.assert_allclose(nadir[0], nadir[1], atol=1e-5)
    assert np.all(slant[0] > nadir[0])
    assert np.all(slant[1] < nadir[1])
    assert np.all(np.diff(slant, axis=-1) > 0)  # emissivity grows with frequency
    assert 0.5 < slant[0, 0] < 0.65
    assert 0.2 < slant[1, 0] < 0.35


def test_wind_raises_h_more_than_v_and_both_alike_at_nadir():
    flat = np.array([[[0.6], [0.3]]])
    frequency = np.array([36.64])

    def gain(share: float, sine_squared: float) -> float:
        vertical, slope = np.array([[share]]), np.array([[sine_squared]])
        rough, calm = (surface.rough_sea(flat, vertical, np.array([wind]), slope, frequency) for wind in (7.0, 0.0))
        return float((rough - calm)[0, 0])

    slant = float(np.sin(np.deg2rad(52.8)) ** 2)
    assert gain(0.0, slant) > 3 * gain(1.0, slant) > 0
    assert gain(0.0, 0.0) == pytest.approx(gain(1.0, 0.0))
