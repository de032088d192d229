"""A scene: the world at the lattice about a swath, the same whatever swath asks for it."""

import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.simulation.ground import dry_land
from gpm_assets.simulation.morphology import WORLDS
from gpm_assets.simulation.scene import Seen, scene
from gpm_assets.simulation.world import world

TIME = np.datetime64("2019-01-15T12", "ms")


def strip(longitude: float, width: float = 4.0) -> Seen:
    latitude, east = np.meshgrid(np.arange(44, 47, 0.12), np.arange(longitude, longitude + width, 0.12), indexing="ij")
    return Seen(latitude, east, np.full(len(latitude), TIME))


@pytest.fixture(scope="module")
def coast():
    return scene(1, strip(12.0), 20.0)


def test_two_swaths_meet_the_same_world(coast):
    other = scene(1, strip(14.0), 20.0)
    _, mine, theirs = np.intersect1d(coast.tiles.numbers, other.tiles.numbers, return_indices=True)
    assert len(mine) > 20
    for name, values in vars(coast.world).items():
        a, b = (part.reshape(-1, 64)[at] for part, at in ((values, mine), (getattr(other.world, name), theirs)))
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-3 * np.abs(values).max(), err_msg=name)


def test_coasts_are_as_fine_as_the_land_raster(coast):
    np.testing.assert_allclose(coast.world.land, dry_land(*coast.tiles.nodes()), atol=1e-6)


def test_nodes_are_the_world_up_to_the_smoothing_of_its_large_scales(coast):
    latitude, longitude = coast.tiles.nodes()
    exact = world(1, latitude, longitude, np.full(latitude.shape, TIME))
    # air jumps at coasts, which the 40 km nodes of large-scale weather smooth
    assert np.median(np.abs(coast.world.air - exact.air)) < 0.5
    assert np.mean((coast.world.rain > 0.1) == (exact.rain > 0.1)) > 0.97


def test_morphology_is_handed_on():
    a, b = (scene(1, strip(-40.0, 8.0), 20.0, morphology=WORLDS[name]).world for name in "AB")
    assert np.mean(b.drop_size / a.drop_size) > 1.05
    np.testing.assert_array_equal(a.air, b.air)


def test_nowhere_is_refused():
    nowhere = np.full((3, 4), np.nan)
    with pytest.raises(GpmAssetsError, match="no pixel"):
        scene(1, Seen(nowhere, nowhere, np.full(3, TIME)), 20.0)
