"""Large-scale weather: seasons, regions, ice and snow where they belong, one front a zero of the air masses."""

import numpy as np
import pytest
from scipy.special import ndtr

from gpm_assets.geography.land import inland_water, land_fraction
from gpm_assets.simulation.climate import Weather, stack, unstack, weather
from gpm_assets.simulation.ground import dry_land
from gpm_assets.simulation.morphology import WORLDS
from gpm_assets.simulation.noise import Place
from gpm_assets.simulation.world import hours_since_2000


def at(latitude, longitude, when: str = "2019-01-15T12", *, days: int = 1) -> Weather:
    """Weather at places on so many days, five apart."""
    latitude, longitude = np.broadcast_arrays(np.asarray(latitude, float), np.asarray(longitude, float))
    start = hours_since_2000(np.array([when], "datetime64[ms]"))[0]
    hours = np.repeat(start + 120.0 * np.arange(days), latitude.size)
    return weather(1, Place(np.tile(latitude.ravel(), days), np.tile(longitude.ravel(), days), hours))


def globe(count: int = 30_000, latitude: float = 65.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    limit = np.sin(np.deg2rad(latitude))
    return np.rad2deg(np.arcsin(random.uniform(-limit, limit, count))), random.uniform(-180, 180, count)


def test_stack_and_back():
    first = at(*globe(50))
    again = unstack(stack(first))
    for name, values in vars(first).items():
        assert values.dtype == np.float32
        np.testing.assert_array_equal(getattr(again, name), values)


@pytest.mark.parametrize("when", ["2019-01-15", "2019-07-15"])
def test_fields_stay_physical(when):
    found = at(*globe(latitude=90.0), when)
    for values in vars(found).values():
        assert np.isfinite(values).all()
    for name in ("land", "sea_ice", "old_ice", "snow", "dryness"):
        assert getattr(found, name).min() >= 0
        assert getattr(found, name).max() <= 1
    assert found.sea_surface.min() > 271.2
    assert found.sea_surface.max() < 306.5
    assert found.land_surface.min() > 215
    assert found.land_surface.max() < 330
    assert found.lapse_k_per_km.min() > 4.0
    assert found.lapse_k_per_km.max() < 8.0
    assert found.vapour.min() > 0


def test_ice_and_snow_follow_the_season():
    names = {"Siberia": (62, 100), "Ukraine": (50, 32), "France": (46, 2), "Greenland": (72, -40), "Sahara": (24, 10)}
    winter, summer = (at(*np.array(list(names.values()), float).T, when, days=4).snow.reshape(4, -1).mean(0) for when in
                      ("2019-01-05", "2019-07-05"))  # fmt: skip
    cover = dict(zip(names, zip(winter, summer, strict=True), strict=True))
    assert cover["Siberia"][0] > 0.7
    assert cover["Siberia"][1] < 0.01
    assert cover["Ukraine"][0] > 0.4
    assert cover["France"][0] < 0.3
    assert min(cover["Greenland"]) > 0.7
    assert max(cover["Sahara"]) < 0.01
    february, september = (
        at([-60.0, 86.0], [0.0, 0.0], when, days=4).sea_ice.reshape(4, 2).mean(0) for when in ("2019-02-15", "2019-09-15")
    )
    assert february[0] < 0.02
    assert min(february[1], september[0], september[1]) > 0.8


def test_old_ice_survives_the_summer():
    march = at([88.0, 62.0, -60.0], [0.0, -175.0, 0.0], "2019-03-15")
    assert march.old_ice[0] > 0.3
    np.testing.assert_array_equal(march.old_ice[1:], 0)


def test_lakes_are_water_and_freeze():
    superior = (47.7, -87.5)
    assert inland_water(*superior) > 0.9
    winter, summer = at(*superior, "2019-02-01"), at(*superior, "2019-08-01")
    for found in (winter, summer):
        assert found.land[0] < 0.1
        assert found.sea_surface[0] > 273
    assert winter.sea_ice[0] > 0.3
    assert summer.sea_ice[0] == 0
    assert dry_land(np.array([47.7]), np.array([-87.5])) < land_fraction(47.7, -87.5)


def test_land_warms_by_day_and_deserts_most():
    noon, night = (at([24.0, -5.0], [0.0, 0.0], when).land_surface for when in ("2019-07-01T13:30", "2019-07-01T01:30"))
    desert, forest = noon - night
    assert desert > 18
    assert desert > 1.5 * forest


def test_land_rains_in_the_afternoon_and_the_sea_before_dawn():
    """Share of time with convective rain by local hour, in the tropics: every place at eight hours of one day."""
    latitude, longitude = globe(4000, latitude=25.0)
    times = [f"2019-04-10T{hour:02}" for hour in range(0, 24, 3)]
    days = [at(latitude, longitude, when) for when in times]
    share = ndtr(-np.array([day.convective_threshold for day in days], float))
    local = np.array([(hour + longitude / 15) % 24 for hour in range(0, 24, 3)])
    land = np.array([day.land > 0.95 for day in days])

    def around(surface, hour: float) -> float:
        return float(share[surface & (np.abs((local - hour + 12) % 24 - 12) < 2)].mean())

    assert around(land, 16.5) > 1.6 * around(land, 7.0)
    assert 1.05 < around(~land, 5.0) / around(~land, 17.0) < 1.6


def test_mid_latitude_temperature_jumps_at_fronts():
    """Along a parallel a twentieth of the steps of about 100 km is over 2.5 times the median: air masses with edges between."""
    longitude = np.arange(-170.0, -130.0, 1.2)
    days = [at(np.full(longitude.shape, 45.0), longitude, f"2019-{month:02}-11").air for month in range(1, 13)]
    steps = np.concatenate([np.abs(np.diff(air)) for air in days])
    assert np.percentile(steps, 95) > 2.5 * np.median(steps)
    assert 2.0 < steps.max() < 12.0


def test_another_world_has_other_storms_under_the_same_sky():
    latitude, longitude = globe(4000)
    place = Place(latitude, longitude, np.full(4000, 170_000.0))
    a, b = weather(1, place), weather(1, place, WORLDS["B"])
    np.testing.assert_array_equal(a.sea_surface, b.sea_surface)
    np.testing.assert_array_equal(a.air, b.air)
    assert b.drop_size.mean() > 1.1 * a.drop_size.mean()
    assert b.ice_density.std() > 1.2 * a.ice_density.std()
    assert np.abs(a.systems - b.systems).max() > 0.5
