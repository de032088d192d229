import numpy as np
import pytest

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation import surface
from gpm_assets.simulation.physics import PHYSICS
from tests.gpm_assets.simulation.direct import world_of

CHANNELS = tuple(Channel(frequency, "V", 10, 10, 0.5) for frequency in (10.65, 18.7, 36.64, 89.0, 166.0))
A, B = PHYSICS["A"], PHYSICS["B"]


def emissivity(angle=52.8, physics=A, **changes):
    """(2, channel) of one place."""
    seen = surface.surface(world_of(1, **changes), CHANNELS, np.float32(angle), physics)
    return 1 - seen.reflectivity[..., 0]


def test_permittivity_of_sea_water():
    """At 10.65 GHz and 20 C measured sea water has about 53 + 38i (Meissner and Wentz 2004)."""
    found = surface.permittivity(10.65, 293.15)
    assert found.real == pytest.approx(53, abs=3)
    assert found.imag == pytest.approx(38, abs=3)


def test_salt_conducts_and_matters_at_low_frequencies_only():
    for frequency, least, most in ((1.4, 20, 100), (10.65, 0.5, 6), (89.0, 0, 0.6)):
        salt, fresh = (surface.permittivity(frequency, 290.0, psu) for psu in (35.0, 0.0))
        assert least <= salt.imag - fresh.imag < most


def test_flat_sea():
    nadir, slant = emissivity(0.0, wind=0.0), emissivity(54.0, wind=0.0)
    np.testing.assert_allclose(nadir[0], nadir[1], atol=1e-5)
    assert np.all(slant[0] > nadir[0])
    assert np.all(slant[1] < nadir[1])
    assert np.all(np.diff(slant, axis=-1) > 0)  # emissivity grows with frequency
    assert 0.5 < slant[0, 0] < 0.65
    assert 0.2 < slant[1, 0] < 0.35


def test_the_table_keeps_the_formulas():
    """Between the nodes of temperature, wind and incidence."""
    flat = surface.fresnel(surface.permittivity(np.array([c.frequency_ghz for c in CHANNELS]), 288.0), 51.0)
    np.testing.assert_allclose(emissivity(51.0, sea_surface=288.0, wind=0.0), flat, atol=2e-3)


def test_wind_raises_h_more_than_v_and_both_alike_at_nadir():
    gain, nadir = (emissivity(angle, wind=12.0) - emissivity(angle, wind=0.0) for angle in (52.8, 0.0))
    assert np.all(gain[1] > 0.01)
    assert np.all(gain[1] > 3 * gain[0])
    np.testing.assert_allclose(nadir[0], nadir[1], atol=1e-4)
    weaker = emissivity(physics=B, wind=12.0) - emissivity(physics=B, wind=0.0)
    np.testing.assert_allclose(weaker, B.sea_roughness * gain, atol=1e-5)


def test_wind_emissivity_is_the_published_one():
    """Meissner and Wentz 2012, figure 5, at 37 GHz and 55 degrees: H about 0.025 at 7 m/s and 0.07 at 15, V near zero at 7."""
    v, h = (np.interp((7.0, 15.0), surface.WIND_AXIS, row) for row in surface.wind_emissivity(37.0))
    assert h[0] == pytest.approx(0.025, abs=0.006)
    assert h[1] == pytest.approx(0.07, abs=0.012)
    assert abs(v[0]) < 0.01


def test_deserts_polarise_and_forests_hardly():
    desert, forest = (emissivity(land=1.0, dryness=dry) for dry in (1.0, 0.0))
    assert np.all(desert[0] - desert[1] > 0.03)
    assert np.all(np.abs(forest[0] - forest[1]) < 0.03)
    for state in (desert, forest):
        assert np.all((state > 0.7) & (state < 0.99))
    np.testing.assert_allclose(*emissivity(0.0, land=1.0, dryness=1.0), atol=1e-5)  # nadir: V is H


def test_snow_and_old_ice_scatter_high_frequencies_and_the_more_the_older():
    fresh, old = (emissivity(land=1.0, snow=1.0, air=air) for air in (270.0, 240.0))
    first, many = (emissivity(sea_ice=1.0, old_ice=share) for share in (0.0, 1.0))
    for young, aged in ((fresh, old), (first, many)):
        assert np.all((young - aged)[:, 2:4] > 0.05)
        assert np.all((young - aged)[:, 0] < 0.05)
    assert np.all(emissivity(land=1.0, snow=1.0, air=250.0, physics=B) < emissivity(land=1.0, snow=1.0, air=250.0))


def test_a_mixture_is_the_sum_of_its_parts():
    state = {"sea_ice": 0.4, "snow": 0.5, "land_surface": 268.0, "air": 262.0, "sea_surface": 272.0, "wind": 9.0}
    whole, *parts = (
        surface.surface(world_of(1, land=land, **state | ice), CHANNELS, np.float32(53.0), A)
        for land, ice in ((0.3, {}), (1.0, {}), (0.0, {"sea_ice": 1.0}), (0.0, {"sea_ice": 0.0}))
    )
    for name in ("emission", "reflectivity", "rough"):
        total = sum(share * getattr(part, name) for share, part in zip((0.3, 0.7 * 0.4, 0.7 * 0.6), parts, strict=True))
        np.testing.assert_allclose(getattr(whole, name), total, rtol=1e-4, atol=1e-5)
