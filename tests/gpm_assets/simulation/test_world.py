"""The world: deterministic, physical, and raining as the Earth does."""

import numpy as np
import pytest

from gpm_assets.simulation.morphology import WORLD_A, WORLDS, Morphology
from gpm_assets.simulation.world import World, world

MONTH = np.datetime64("2019-07-01", "ms")
GMI_SINE = np.sin(np.deg2rad(66.0))
"""Poleward of this GMI sees nothing; the time it spends at a latitude grows as 1 / sqrt(GMI_SINE^2 - sin^2)."""


def sample(count: int, when: np.datetime64, *, latitude: tuple[float, float] = (-65, 65), seed: int = 0):
    random = np.random.default_rng(seed)
    low, high = np.sin(np.deg2rad(latitude))
    return np.rad2deg(np.arcsin(random.uniform(low, high, count))), random.uniform(-180, 180, count), np.full(count, when)


def year(count: int, **options) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places on 24 days spread over a year, at all hours."""
    hours = [int(24 * 15.2 * step + 7 * step % 24) for step in range(24)]
    parts = [sample(count, np.datetime64("2019-01-03", "ms") + np.timedelta64(h, "h"), seed=h, **options) for h in hours]
    return tuple(np.concatenate([part[axis] for part in parts]) for axis in range(3))


@pytest.fixture(scope="module")
def where():
    return year(12_000)


@pytest.fixture(scope="module")
def globe(where) -> World:
    return world(1, *where)


@pytest.fixture(scope="module")
def tropics() -> World:
    return world(1, *year(6_000, latitude=(-20, 20)))


def orbit_mean(where, values) -> float:
    weight = 1 / np.sqrt(GMI_SINE**2 - np.sin(np.deg2rad(where[0])) ** 2)
    return float(np.average(values, weights=weight))


def test_deterministic_and_alone_as_in_company():
    where = sample(500, MONTH)
    first, second = world(1, *where), world(1, *where)
    alone = world(1, *(part[9:10] for part in where))
    for name in vars(first):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
        np.testing.assert_allclose(getattr(alone, name), getattr(first, name)[9:10], rtol=1e-3, atol=1e-3)
    assert np.abs(world(2, *where).vapour - first.vapour).max() > 5


def test_occurrence_of_rain(globe, where):
    assert 0.05 < orbit_mean(where, globe.rain > 0.1) < 0.09
    seen = (globe.rain > 0.25) & (globe.storm_top > 1500)  # a Ku floor of 15.5 dBZ, clutter below 1.5 km
    assert 0.03 < orbit_mean(where, seen) < 0.062
    assert 2.2 < globe.rain.mean() * 24 < 3.3  # mm/day; GPCP has 2.8 between 65 S and 65 N


def test_rates_are_log_normal_like(globe):
    wet = globe.rain[globe.rain > 0.1]
    assert 1.0 < wet.mean() < 2.0
    assert 0.3 < np.median(wet) < 0.8
    assert 14 < np.percentile(wet, 99) < 25
    assert 70 < wet.max() <= 100.001
    rates = np.log(globe.rain[globe.rain > 0])
    standard = (rates - rates.mean()) / rates.std()
    assert abs(np.mean(standard**3)) < 0.8
    assert abs(np.mean(standard**4) - 3) < 1.0
    assert 0.9 < rates.std() < 1.6


def test_tropical_rain_is_half_convective(tropics):
    convective = np.sum(tropics.rain * tropics.convective) / tropics.rain.sum()
    assert 0.45 < convective < 0.65
    assert 3.0 < tropics.rain.mean() * 24 < 4.8
    kind = tropics.convective > 0.5
    assert tropics.rain[kind].mean() > 4 * tropics.rain[(tropics.rain > 0.1) & ~kind].mean()


def test_zonal_means_are_like_gpcp(globe, where):
    def daily(south: float, north: float) -> float:
        return float(globe.rain[(where[0] >= south) & (where[0] < north)].mean() * 24)

    assert 3.8 < daily(0, 12) < 7.0
    for subtropics in ((-30, -15), (18, 32)):
        assert 0.7 < daily(*subtropics) < 2.3
    for storm_track in ((-60, -38), (38, 55)):
        assert 2.0 < daily(*storm_track) < 4.2
    assert daily(0, 12) > daily(-60, -38)


def test_storm_tracks_and_rain_belt_follow_the_season():
    def wet(latitude: tuple[float, float], month: str) -> float:
        times = np.datetime64(f"2019-{month}-02", "ms") + np.arange(12) * np.timedelta64(55, "h")
        parts = [world(1, *sample(7000, when, latitude=latitude, seed=step)) for step, when in enumerate(times)]
        return float(np.mean([np.mean(part.rain > 0.1) for part in parts]))

    assert wet((5, 15), "07") > 1.4 * wet((5, 15), "01")
    assert wet((-15, -5), "01") > 1.3 * wet((-15, -5), "07")
    assert wet((35, 55), "01") > 1.4 * wet((35, 55), "07")
    assert wet((-50, -30), "07") > 1.1 * wet((-50, -30), "01")


def test_fields_stay_physical(globe):
    for values in vars(globe).values():
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    for name in ("land", "sea_ice", "old_ice", "snow", "dryness", "habit", "convective"):
        assert getattr(globe, name).min() >= 0, name
        assert getattr(globe, name).max() <= 1, name
    for name in ("cloud_liquid", "ice", "rain"):
        assert getattr(globe, name).min() >= 0, name
    assert globe.vapour.min() > 0
    assert globe.vapour.max() < 90
    assert globe.land_surface.max() < 330
    assert globe.rain_aloft.min() >= 0.8
    assert globe.rain_aloft.max() <= 1.6
    assert np.all(globe.ice_top >= globe.storm_top)
    assert globe.ice_top.max() < 19_000
    assert globe.storm_top.max() <= 16_500


def test_shallow_rain_lies_below_freezing_and_under_no_ice(globe):
    shallow = (globe.rain > 0.05) & (globe.storm_top < globe.freezing_level)
    assert 0.1 < shallow.sum() / np.sum(globe.rain > 0.05) < 0.45
    assert globe.rain[shallow].sum() < 0.15 * globe.rain.sum()
    np.testing.assert_array_equal(globe.ice[shallow], 0)
    assert np.median(globe.ice[(globe.rain > 1) & ~shallow]) > 0.3


def test_convection_is_tall_and_of_graupel(tropics):
    towers = (tropics.rain > 20) & (tropics.convective > 0.7)
    steady = (tropics.rain > 0.5) & (tropics.convective < 0.05) & (tropics.storm_top > tropics.freezing_level)
    assert tropics.storm_top[towers].mean() > tropics.storm_top[steady].mean() + 2500
    assert tropics.habit[towers].mean() < tropics.habit[steady].mean() - 0.2
    assert tropics.ice[towers].mean() > 5 * tropics.ice[steady].mean()


def test_it_snows_where_it_freezes(globe, where):
    snowfall = (globe.rain > 0.1) & (globe.freezing_level == 0)
    assert 0.05 < orbit_mean(where, snowfall) / orbit_mean(where, globe.rain > 0.1) < 0.35
    assert np.abs(where[0][snowfall]).min() > 25


def test_the_same_rain_comes_from_different_systems(globe):
    alike = (globe.rain > 1) & (globe.rain < 2) & (globe.convective < 0.1)
    for name, least in (("drop_size", 0.10), ("habit", 0.10), ("rain_aloft", 0.08)):
        assert getattr(globe, name)[alike].std() > least, name
    assert np.log(globe.ice[alike] + 1e-3).std() > 0.4


def test_scenes_last_minutes_and_not_hours():
    where = sample(20_000, MONTH, latitude=(5, 60), seed=5)
    now = np.log10(world(1, *where).rain + 0.1)

    def alike(minutes: int) -> float:
        later = world(1, where[0], where[1], where[2] + np.timedelta64(minutes, "m"))
        return float(np.corrcoef(now, np.log10(later.rain + 0.1))[0, 1])

    assert alike(1) > 0.95
    assert alike(10) > 0.65
    assert alike(10) > alike(60) + 0.1
    assert alike(60 * 24 * 3) < 0.3


def scans(count: int, step_km: float = 5.0, nodes: int = 256, morphology: Morphology = WORLD_A) -> np.ndarray:
    """Rain (line, node) along great circles in random places, directions and days, those with 15 % of rain or more."""
    random = np.random.default_rng(5)
    start, bearing = np.deg2rad(random.uniform(-65, 65, (count, 1))), random.uniform(0, 2 * np.pi, (count, 1))
    along = (np.arange(nodes) - nodes / 2) * step_km / 6371
    latitude = np.arcsin(np.sin(start) * np.cos(along) + np.cos(start) * np.sin(along) * np.cos(bearing))
    east = np.sin(bearing) * np.sin(along) * np.cos(start)
    longitude = np.arctan2(east, np.cos(along) - np.sin(start) * np.sin(latitude)) + random.uniform(0, 2 * np.pi, (count, 1))
    days = np.datetime64("2019-01-01", "ms") + np.arange(count) // (count // 8) * np.timedelta64(44, "D")
    time = np.broadcast_to(days[:, None], latitude.shape).ravel()
    rain = world(1, np.rad2deg(latitude).ravel(), (np.rad2deg(longitude).ravel() + 180) % 360 - 180, time, morphology).rain
    lines = rain.reshape(count, nodes)
    return lines[np.mean(lines > 0.1, axis=1) > 0.15]


@pytest.mark.parametrize("name", ["A", "B"])
def test_spectrum_between_10_and_100_km(name):
    lines = scans(800, morphology=WORLDS[name])
    assert len(lines) > 60
    wavenumber = np.fft.rfftfreq(lines.shape[1], 5.0)
    chosen = (wavenumber >= 1 / 100) & (wavenumber <= 1 / 10)
    power = np.abs(np.fft.rfft((lines - lines.mean(axis=1, keepdims=True)) * np.hanning(lines.shape[1]))) ** 2
    for mean in (power.mean(axis=0), (power / power.sum(axis=1, keepdims=True)).mean(axis=0)):
        slope = np.polyfit(np.log(wavenumber[chosen]), np.log(mean[chosen]), 1)[0]
        assert -2.3 < slope < (-1.3 if name == "A" else -1.0)


def test_fronts_are_bands_towards_the_pole_and_the_east():
    """Between systems in the middle latitudes rain is more alike towards the north-east than towards the south-east."""
    random = np.random.default_rng(2)
    latitude, longitude = random.uniform(38, 55, 60_000), random.uniform(-180, 180, 60_000)
    time = np.datetime64("2019-01-01", "ms") + random.integers(0, 6, 60_000) * np.timedelta64(9, "D")
    now = world(1, latitude, longitude, time).rain > 0.1

    def alike(sign: int) -> float:
        aside = 200 / 111.2 / np.sqrt(2)
        there = world(1, latitude + sign * aside, longitude + aside / np.cos(np.deg2rad(latitude)), time).rain > 0.1
        return float(np.corrcoef(now, there)[0, 1])

    assert alike(1) > 1.5 * alike(-1)
