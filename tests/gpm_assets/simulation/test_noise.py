import numpy as np
import pytest

from gpm_assets.simulation.noise import Layer, Place, field

LAYER = Layer("test", 40.0, 400.0, 4.0, 2.0, size=48)


def box(count: int = 20_000, hours: float = 100.3, seed: int = 0) -> Place:
    random = np.random.default_rng(seed)
    return Place(random.uniform(-60, 60, count), random.uniform(-180, 180, count), np.full(count, hours))


@pytest.mark.parametrize("hours", [100.0, 100.7, 101.0])
def test_mean_zero_and_variance_one_at_any_phase_of_its_life(hours):
    values = field(3, LAYER, "a", box(hours=hours))
    assert abs(values.mean()) < 0.06
    assert abs(values.std() - 1) < 0.06


def test_same_arguments_same_values_and_names_and_seeds_differ():
    place = box(5000)
    first = field(3, LAYER, "a", place)
    np.testing.assert_array_equal(first, field(3, LAYER, "a", place))
    for other in (field(3, LAYER, "b", place), field(4, LAYER, "a", place)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.1


def test_alone_as_in_company():
    place = box(1000)
    whole = field(3, LAYER, "a", place)
    alone = field(3, LAYER, "a", Place(place.latitude[7:8], place.longitude[7:8], place.hours[7:8]))
    np.testing.assert_allclose(alone, whole[7:8], atol=1e-5)


def test_continuous_over_the_change_of_epochs():
    before, after = field(3, LAYER, "a", box(hours=102.0 - 1e-4)), field(3, LAYER, "a", box(hours=102.0 + 1e-4))
    assert np.abs(before - after).max() < 0.02


def test_times_of_two_epochs_in_one_call():
    place = box(2000)
    hours = np.where(np.arange(2000) % 2, 101.9, 102.1)
    mixed = field(3, LAYER, "a", Place(place.latitude, place.longitude, hours))
    late = field(3, LAYER, "a", Place(place.latitude, place.longitude, np.full(2000, 102.1)))
    np.testing.assert_allclose(mixed[::2], late[::2], atol=1e-5)


def test_cells_live_and_move():
    """At 45 degrees the pattern moves east with the flow, stays alike for a tenth of its life, and dies in one."""
    longitude = np.linspace(-40, 40, 4000)
    place = Place(np.full(4000, 45.0), longitude, np.full(4000, 100.0))

    def later(hours: float) -> np.ndarray:
        return field(3, LAYER, "a", Place(place.latitude, longitude, place.hours + hours))

    now = field(3, LAYER, "a", place)
    soon = later(0.2)
    degrees = longitude[1] - longitude[0]
    shifts = np.arange(0, 60)
    alike = [np.corrcoef(now[: 4000 - shift], soon[shift:])[0, 1] for shift in shifts]
    moved_km = shifts[int(np.argmax(alike))] * degrees * 111.2 * np.cos(np.deg2rad(45))
    assert max(alike) > 0.95
    assert 8 < moved_km < 25  # 20 m/s for 0.2 h is 14 km
    assert abs(np.corrcoef(now, later(4.0))[0, 1]) < 0.2


def test_no_lattice_in_the_pattern():
    """The spectrum along parallels and meridians is alike: no direction of the volume's axes shows."""
    line = np.linspace(-20, 20, 1500)
    rows = [field(3, LAYER, "a", Place(np.full(1500, lat), line, np.full(1500, 7.0))) for lat in np.linspace(-3, 3, 12)]
    columns = [field(3, LAYER, "a", Place(line, np.full(1500, lon), np.full(1500, 7.0))) for lon in np.linspace(0, 90, 12)]
    roughness = [np.mean([np.mean(np.diff(part) ** 2) for part in parts]) for parts in (rows, columns)]
    assert 0.8 < roughness[0] / roughness[1] < 1.25


def test_what_belongs_to_the_ground_changes_and_stays_where_it_is():
    soil = Layer("soil", 40.0, 400.0, 4.0, 20.0, size=48, drifts=False)
    longitude = np.linspace(-40, 40, 4000)
    now, soon, late = (field(3, soil, "a", Place(np.full(4000, 45.0), longitude, np.full(4000, 100.0 + h))) for h in (0, 2, 45))
    shifted = [np.corrcoef(now[: 4000 - shift], soon[shift:])[0, 1] for shift in range(30)]
    assert int(np.argmax(shifted)) == 0
    assert shifted[0] > 0.95
    assert abs(np.corrcoef(now, late)[0, 1]) < 0.2


def test_tilted_patterns_stretch_to_the_pole_and_the_east():
    layer = Layer("tilted", 200.0, 1000.0, 4.0, np.inf, size=48)
    random = np.random.default_rng(1)
    latitude, longitude = random.uniform(30, 55, 20_000), random.uniform(-180, 180, 20_000)

    def alike(hemisphere: int, poleward: float) -> float:
        east = 0.9 / np.cos(np.deg2rad(latitude))
        ends = (Place(hemisphere * latitude, longitude, 0 * latitude),
                Place(hemisphere * (latitude + poleward), longitude + east, 0 * latitude))  # fmt: skip
        return float(np.corrcoef(*(field(3, layer, "a", end.tilted()) for end in ends))[0, 1])

    for hemisphere in (-1, 1):
        assert alike(hemisphere, 0.9) > alike(hemisphere, -0.9) + 0.2
    np.testing.assert_allclose(Place(np.zeros(3), np.arange(3.0), np.zeros(3)).tilted().longitude, np.arange(3.0))
