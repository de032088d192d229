import numpy as np
import pytest

from gpm_assets.simulation.world import world

MONTH = np.datetime64("2019-07-01", "ms")


def sample(count: int, when: np.datetime64, *, latitude: tuple[float, float] = (-65, 65), seed: int = 0):
    random = np.random.default_rng(seed)
    low, high = np.sin(np.deg2rad(latitude))
    return np.rad2deg(np.arcsin(random.uniform(low, high, count))), random.uniform(-180, 180, count), np.full(count, when)


@pytest.fixture(scope="module")
def globe():
    times = [MONTH + np.timedelta64(int(day * 24), "h") for day in np.linspace(0, 330, 12)]
    parts = [sample(15_000, when, seed=index) for index, when in enumerate(times)]
    return world(1, *(np.concatenate([part[axis] for part in parts]) for axis in range(3)))


def test_deterministic_and_alone_as_in_company():
    where = sample(500, MONTH)
    first, second = world(1, *where), world(1, *where)
    alone = world(1, *(part[9:10] for part in where))
    for name in vars(first):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
        np.testing.assert_allclose(getattr(alone, name), getattr(first, name)[9:10], rtol=1e-3, atol=1e-3)
    assert np.abs(world(2, *where).vapour - first.vapour).max() > 5


def test_rain_is_rare_heavy_tailed_and_mostly_light(globe):
    assert 0.05 < np.mean(globe.rain > 0.1) < 0.09
    wet = globe.rain[globe.rain > 0.1]
    assert 0.3 < np.median(wet) < 1.5
    assert 40 < np.percentile(wet, 99.9) <= 120
    assert 2.0 < globe.rain.mean() * 24 < 5.0  # mm/day; the Earth has 2.7
    convective = globe.convective > 0.5
    assert globe.rain[convective].mean() > 4 * globe.rain[(globe.rain > 0.1) & ~convective].mean()


def test_fields_stay_physical(globe):
    for values in vars(globe).values():
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    assert globe.land.min() >= 0
    assert globe.land.max() <= 1
    assert globe.vapour.min() > 0
    assert globe.vapour.max() < 90
    assert globe.cloud_liquid.min() >= 0
    assert globe.ice.min() >= 0
    assert globe.sea_surface.min() >= 271.2
    assert globe.land_surface.max() < 330
    assert np.all((globe.convective >= 0) & (globe.convective <= 1))


def test_rain_belt_follows_the_sun_and_subtropics_are_dry():
    def wet(latitude: tuple[float, float], when: str) -> float:
        parts = [
            world(1, *sample(20_000, np.datetime64(when, "ms") + np.timedelta64(37 * step, "h"), latitude=latitude))
            for step in range(6)
        ]
        return float(np.mean([np.mean(part.rain > 0.1) for part in parts]))

    assert wet((5, 15), "2019-07-15") > 1.5 * wet((5, 15), "2019-01-15")
    assert wet((40, 60), "2019-01-15") > 1.5 * wet((-32, -20), "2019-01-15")


def test_freezing_level_falls_towards_the_poles(globe):
    tropics = world(1, *sample(2000, MONTH, latitude=(-10, 10)))
    cold = world(1, *sample(2000, MONTH, latitude=(-65, -58)))
    assert 4300 < tropics.freezing_level.mean() < 5400
    assert cold.freezing_level.mean() < 1000


def test_scenes_last_minutes_and_not_hours():
    where = sample(20_000, MONTH, latitude=(5, 60), seed=5)
    now = np.log10(world(1, *where).rain + 0.1)

    def alike(minutes: int) -> float:
        later = world(1, where[0], where[1], where[2] + np.timedelta64(minutes, "m"))
        return float(np.corrcoef(now, np.log10(later.rain + 0.1))[0, 1])

    assert alike(1) > 0.97
    assert alike(10) > 0.75
    assert alike(10) > alike(60) + 0.1
    assert alike(60 * 24) < 0.3


def test_spectrum_is_red():
    longitude = np.linspace(-160, -120, 1024)  # 4.3 km apart
    spectra = []
    for latitude in np.linspace(2, 12, 40):
        line = world(1, np.full(1024, latitude), longitude, np.full(1024, MONTH))
        rain = np.log10(line.rain + 0.1)
        spectra.append(np.abs(np.fft.rfft((rain - rain.mean()) * np.hanning(1024))) ** 2)
    power = np.mean(spectra, axis=0)
    bands = [power[low:high].mean() for low, high in ((5, 12), (25, 60), (120, 240))]  # about 500, 100 and 25 km
    assert bands[0] > 2 * bands[1] > 8 * bands[2]
