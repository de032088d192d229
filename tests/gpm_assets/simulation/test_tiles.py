import numpy as np
import pytest

from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.simulation.tiles import LEVELS, SIDE, Tiles, coarsen


def around(latitude: float, longitude: float, reach_km: float = 200.0) -> Tiles:
    return Tiles.covering(np.array([latitude]), np.array([longitude]), reach_km)


@pytest.mark.parametrize("place", [(0.0, 0.0), (48.0, 179.99), (-65.0, -180.0), (89.9, 10.0), (-89.95, 100.0)])
def test_covers_everything_within_reach(place):
    tiles = around(*place)
    ones = np.ones((len(tiles.numbers) * SIDE * SIDE, 1), np.float32)
    distance, bearing = np.meshgrid(np.linspace(0, 195, 30), np.linspace(0, 2 * np.pi, 60, endpoint=False))
    lat = np.deg2rad(place[0])
    angle = distance / 6371.0
    there = np.arcsin(np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(bearing))
    east = np.arctan2(np.sin(bearing) * np.sin(angle) * np.cos(lat), np.cos(angle) - np.sin(lat) * np.sin(there))
    longitude = (place[1] + np.rad2deg(east) + 540) % 360 - 180
    np.testing.assert_allclose(tiles.interpolate(ones, np.rad2deg(there), longitude), 1.0, atol=1e-5)


def test_nothing_far_away():
    tiles = around(10.0, 20.0)
    ones = np.ones((len(tiles.numbers) * SIDE * SIDE, 1), np.float32)
    assert np.isnan(tiles.interpolate(ones, np.array([10.0]), np.array([30.0]))).all()


@pytest.mark.parametrize("level", range(LEVELS))
@pytest.mark.parametrize("place", [(3.0, 0.0), (48.0, 179.9), (-70.0, -179.9)])
def test_smooth_fields_are_interpolated_across_bands_and_date_line(level, place):
    tiles = around(*place, 300.0)
    vectors = unit_vectors(*tiles.nodes(level))
    field = np.sin(20 * vectors)[:, :2].astype(np.float32)
    random = np.random.default_rng(0)
    latitude = place[0] + random.uniform(-1, 1, 200)
    longitude = (place[1] + random.uniform(-1, 1, 200) + 540) % 360 - 180
    exact = np.sin(20 * unit_vectors(latitude, longitude))[:, :2]
    np.testing.assert_allclose(tiles.interpolate(field, latitude, longitude, level), exact, atol=1e-3 * 4**level)


def test_coarse_nodes_are_means():
    tiles = around(30.0, 40.0)
    fine = np.random.default_rng(0).normal(size=(len(tiles.numbers) * 64, 3)).astype(np.float32)
    for level in range(LEVELS):
        coarse = coarsen(fine, level)
        assert len(coarse) == len(tiles.nodes(level)[0])
        np.testing.assert_allclose(coarse.mean(axis=0), fine.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(coarse[0], fine[:64].mean(axis=0), atol=1e-5)


def test_nodes_are_five_km_apart():
    for latitude in (0.0, 35.0, 64.9, 80.0):
        tiles = around(latitude, 0.0, 1.0)
        places = 6371 * unit_vectors(*tiles.nodes())
        step = np.linalg.norm(np.diff(places.reshape(-1, SIDE, SIDE, 3), axis=2), axis=-1)
        assert 4.5 < step.mean() <= 5.01
