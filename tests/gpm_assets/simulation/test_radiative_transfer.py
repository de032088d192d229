from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS, Channel
from gpm_assets.simulation.physics import PHYSICS
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.world import World, world
from tests.gpm_assets.simulation.direct import world_of

GMI = INSTRUMENTS["GPM_GMI"]
NAMES = GMI.channel_names


def clear_sea(count: int = 1, **changes: float) -> World:
    return world_of(count, **changes)


def gmi(state: World) -> dict[str, float]:
    tb = [brightness_temperature(state, group.channels, angle) for group, angle in zip(GMI.groups, (52.8, 49.2), strict=True)]
    return dict(zip(NAMES, np.concatenate(tb, axis=-1)[0], strict=True))


def test_clear_sea_is_what_tmi_measured():
    """Real TMI granule, clear sea at 32 S in December, for a matching atmosphere: nine channels within 5 K."""
    tmi = INSTRUMENTS["TRMM_TMI"]
    state = clear_sea(
        sea_surface=293.0, air=292.0, vapour=26.0, wind=7.0, cloud_liquid=0.03, cloud_top=1500.0, freezing_level=3250.0
    )
    found = brightness_temperature(state, tmi.channels, 53.2)[0]
    measured = [168.3, 90.1, 196.0, 132.1, 219.6, 213.4, 152.0, 258.7, 227.6]
    np.testing.assert_allclose(found, measured, atol=5)


def test_sea_is_polarised_and_land_is_warm():
    sea, land = gmi(clear_sea()), gmi(clear_sea(land=1.0))
    for frequency in ("10.65", "18.7", "36.64", "89", "166"):
        assert sea[f"{frequency}H"] < sea[f"{frequency}V"]
    assert land["36.64H"] > sea["36.64H"] + 70
    assert abs(land["36.64V"] - land["36.64H"]) < 25


def test_rain_warms_low_frequencies_over_sea():
    calm, light, heavy = (gmi(clear_sea(rain=rate)) for rate in (0.0, 2.0, 10.0))
    for name in ("10.65H", "18.7H", "36.64H"):
        assert calm[name] < light[name] < heavy[name]
    assert heavy["36.64V"] - heavy["36.64H"] < 10  # opaque: polarisation is gone
    assert light["36.64H"] - calm["36.64H"] > 25


def test_cloud_warms_and_is_strongest_at_high_window_frequencies():
    calm, cloudy = gmi(clear_sea()), gmi(clear_sea(cloud_liquid=0.2))
    warmed = {name: cloudy[name] - calm[name] for name in NAMES}
    assert warmed["89H"] > warmed["36.64H"] > warmed["18.7H"] > warmed["10.65H"] > 0


@pytest.mark.parametrize("land", [0.0, 1.0])
def test_ice_cools_and_more_so_at_higher_frequencies(land):
    state = clear_sea(land=land, rain=5.0, freezing_level=4500.0)
    bare, icy = gmi(state), gmi(replace(state, ice=np.float32([3.0])))
    depression = {name: bare[name] - icy[name] for name in NAMES}
    assert depression["166V"] > depression["89V"] > depression["36.64V"] > depression["18.7V"] - 1e-3
    assert depression["89V"] > 30
    assert depression["183.31±7V"] > depression["183.31±3V"] > 0  # vapour above hides the ice


def test_deep_convection_is_as_cold_as_gmi_sees_it():
    storm = gmi(clear_sea(rain=60.0, ice=12.0, ice_top=15000.0, freezing_level=4800.0, air=300.0, habit=0.1))
    assert 60 < storm["89V"] < 120
    assert 60 < storm["166V"] < 120
    assert storm["36.64V"] < 240
    for land in (0.0, 1.0):
        strong = gmi(clear_sea(rain=25.0, ice=2.5, ice_top=13000.0, freezing_level=4600.0, air=299.0, habit=0.25, land=land))
        assert 1.818 * strong["89V"] - 0.818 * strong["89H"] < 225


def test_rain_takes_the_polarisation_of_the_sea():
    rates = (0.0, 0.5, 2.0, 5.0, 15.0)
    states = [gmi(clear_sea(rain=rate, freezing_level=4400.0)) for rate in rates]
    assert np.all(np.diff([state["18.7V"] - state["18.7H"] for state in states]) < 0)


def test_warm_rain_is_seen_over_sea_and_hardly_over_land():
    warm = {"rain": 2.0, "storm_top": 3000.0, "cloud_liquid": 0.3, "cloud_top": 3500.0}
    dry = warm | {"rain": 0.0, "storm_top": 0.0}
    sea, land = (
        gmi(clear_sea(land=share, **warm))["36.64H"] - gmi(clear_sea(land=share, **dry))["36.64H"] for share in (0.0, 1.0)
    )
    assert sea > 30
    assert abs(land) < 6


def test_the_same_rain_looks_otherwise_with_other_drops_ice_and_habit():
    state = {"rain": 8.0, "ice": 1.5, "freezing_level": 4500.0}
    usual = gmi(clear_sea(**state))
    for changes in ({"drop_size": 1.3}, {"habit": 0.1}, {"ice_top": 8000.0}, {"rain_aloft": 1.5}):
        other = gmi(clear_sea(**state | changes))
        assert max(abs(other[name] - usual[name]) for name in NAMES) > 1.5, changes


def test_oriented_ice_polarises_high_frequencies_and_not_at_nadir():
    anvil = clear_sea(land=1.0, rain=5.0, ice=1.0, freezing_level=4500.0)
    tb = gmi(anvil)
    assert 3 < tb["166V"] - tb["166H"] < 12
    nadir = brightness_temperature(anvil, GMI.groups[1].channels, 0.0)[0]
    assert nadir[0] == pytest.approx(nadir[1], abs=0.1)


def test_world_b_looks_otherwise():
    state = clear_sea(rain=8.0, ice=1.5, freezing_level=4500.0, wind=12.0)
    channels = GMI.groups[0].channels
    a, b = (brightness_temperature(state, channels, 52.8, physics=PHYSICS[name]) for name in "AB")
    np.testing.assert_array_equal(a, brightness_temperature(state, channels, 52.8))
    assert np.abs(a - b).max() > 2


def test_thin_ice_and_drizzle_change_little():
    """What is left out, and the change from the one solution to the other, are below the noise."""
    calm = gmi(clear_sea())
    for changes in ({"ice": 0.0019}, {"ice": 0.0021}, {"rain": 1e-4}):
        faint = gmi(clear_sea(**changes))
        assert max(abs(faint[name] - calm[name]) for name in NAMES) < 0.4


def test_moist_air_is_cold_at_183_ghz_and_farther_sidebands_are_warmer():
    dry, moist = gmi(clear_sea(upper_humidity=0.3)), gmi(clear_sea(upper_humidity=1.2))
    assert moist["183.31±3V"] < dry["183.31±3V"] - 8
    assert moist["183.31±7V"] > moist["183.31±3V"]


def test_polarisations_turn_with_the_scan_angle():
    """MHS calls its channels V and H, ATMS QV and QH; both turn. SAPHIR does not tell."""
    channels = tuple(Channel(89.0, polarisation, 16, 16, 0.5) for polarisation in ("V", "H", "QV", "QH", ""))
    pure_v, pure_h, *_ = brightness_temperature(clear_sea(), channels, 40.0, 0.0)[0]
    for angle in (0.0, 30.0, 50.0):
        v, h, qv, qh, untold = brightness_temperature(clear_sea(), channels, 40.0, angle)[0]
        share = np.cos(np.deg2rad(angle)) ** 2
        assert qv == v == pytest.approx(pure_v * share + pure_h * (1 - share), abs=0.3)
        assert qh == h == pytest.approx(pure_h * share + pure_v * (1 - share), abs=0.3)
        assert untold == pytest.approx((pure_v + pure_h) / 2, abs=0.3)


def test_at_nadir_polarisations_are_equal():
    channels = (Channel(36.64, "V", 16, 16, 0.5), Channel(36.64, "H", 16, 16, 0.5))
    for land in (0.0, 0.5, 1.0):
        v, h = brightness_temperature(clear_sea(land=land, dryness=0.9), channels, 0.0)[0]
        assert v == pytest.approx(h, abs=1.0)


def test_one_angle_for_all_is_the_same_angle_for_each():
    state = clear_sea(5)
    channels = GMI.groups[0].channels
    np.testing.assert_allclose(
        brightness_temperature(state, channels, np.full(5, 52.8)), brightness_temperature(state, channels, 52.8), atol=2e-3
    )
    np.testing.assert_allclose(
        brightness_temperature(state, channels, np.full(5, -40.0)), brightness_temperature(state, channels, 40.0), atol=2e-3
    )


def test_the_whole_world_stays_between_50_and_330_k():
    random = np.random.default_rng(0)
    count = 12_000
    time = np.datetime64("2019-01-01", "ms") + (np.arange(count) // 1500 * 1087).astype("timedelta64[h]")
    state = world(1, random.uniform(-85, 85, count), random.uniform(-180, 180, count), time)
    for sensor in INSTRUMENTS.values():
        for angle in (0.0, 53.0, 64.5):
            tb = brightness_temperature(state, sensor.channels, angle, angle * 0.8)
            assert tb.dtype == np.float32
            assert tb.min() > 50
            assert tb.max() < 330
