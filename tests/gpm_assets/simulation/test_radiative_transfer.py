from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS, Channel
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.world import World, world

GMI = INSTRUMENTS["GPM_GMI"]
NAMES = GMI.channel_names


def clear_sea(count: int = 1, **changes: float) -> World:
    fields = {
        "land": 0.0, "sea_surface": 295.0, "land_surface": 295.0, "air": 294.0, "vapour": 28.0, "upper_humidity": 0.7,
        "wind": 6.0, "freezing_level": 3600.0, "cloud_liquid": 0.0, "rain": 0.0, "convective": 0.0, "ice": 0.0,
        "drop_size": 1.0, "ice_density": 1.0, "dryness": 0.3, "terrain": 0.0,
    }  # fmt: skip
    assert changes.keys() <= fields.keys()
    return World(**{name: np.full(count, value, np.float32) for name, value in (fields | changes).items()})


def gmi(state: World) -> dict[str, float]:
    tb = [brightness_temperature(state, group.channels, angle) for group, angle in zip(GMI.groups, (52.8, 49.2), strict=True)]
    return dict(zip(NAMES, np.concatenate(tb, axis=-1)[0], strict=True))


def test_clear_sea_is_near_what_is_measured():
    """TMI over clear sea at 32 S in December: 10V 168.3, 10H 90.1, 37V 213.4, 37H 152.0, 85V 258.7, 85H 227.6 K."""
    found = gmi(clear_sea())
    for name, kelvin, tolerance in (
        ("10.65V", 168.3, 5), ("10.65H", 90.1, 6), ("36.64V", 213.4, 6), ("36.64H", 152.0, 8),
        ("89V", 258.7, 6), ("89H", 223, 10),
    ):  # fmt: skip
        assert abs(found[name] - kelvin) < tolerance, name
    assert 45 < found["36.64V"] - found["36.64H"] < 68


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
    state = clear_sea(land=land, rain=10.0, freezing_level=4500.0)
    bare, icy = gmi(state), gmi(replace(state, ice=np.float32([3.0])))
    depression = {name: bare[name] - icy[name] for name in NAMES}
    assert depression["166V"] > depression["89V"] > depression["36.64V"] > depression["18.7V"] - 1e-3
    assert depression["89V"] > 30
    assert depression["183.31±7V"] > depression["183.31±3V"] > 0  # vapour above hides the ice


def test_deep_convection_is_far_below_220_k():
    assert gmi(clear_sea(rain=60.0, ice=10.0, freezing_level=4800.0, air=300.0))["89V"] < 170


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
    count = 40_000
    time = np.datetime64("2019-01-01", "ms") + (np.arange(count) // 5000 * 1087).astype("timedelta64[h]")
    state = world(1, random.uniform(-85, 85, count), random.uniform(-180, 180, count), time)
    for sensor in INSTRUMENTS.values():
        for angle in (0.0, 53.0, 64.5):
            tb = brightness_temperature(state, sensor.channels, angle, angle * 0.8)
            assert tb.dtype == np.float32
            assert tb.min() > 50
            assert tb.max() < 330
