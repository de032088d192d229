"""The part of the world that a swath sees: the lattice about it, evaluated once at the time each place is seen."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.simulation import climate
from gpm_assets.simulation.ground import dry_land
from gpm_assets.simulation.morphology import WORLD_A, Morphology
from gpm_assets.simulation.noise import Place
from gpm_assets.simulation.tiles import LEVELS, Tiles
from gpm_assets.simulation.world import World, hours_since_2000, precipitating

Float = NDArray[np.float64]
Values = NDArray[np.float32]

_COARSE = LEVELS - 1
_SEGMENT_ROWS = 1000


@dataclass(frozen=True)
class Scene:
    """Tiles, those around them, and the world at the nodes (node,) of the former."""

    tiles: Tiles
    around: Tiles
    world: World

    def from_pixels(self, latitude: Float, longitude: Float, values: Float) -> Values:
        """Smooth values of pixels (scan, pixel) at the nodes (node,)."""
        coarse = _from_pixels(latitude, longitude, values, self.around)
        return self.around.interpolate(coarse[:, None].astype(np.float32), *self.tiles.nodes(), level=_COARSE)[:, 0]


@dataclass(frozen=True)
class Seen:
    """Pixels (scan, pixel) in degrees, NaN where missing, and the UTC time (scan,) at which they are seen."""

    latitude: Float
    longitude: Float
    time: NDArray[np.datetime64]


def scene(
    seed: int, seen: Seen, reach_km: float, others: Sequence[tuple[Float, Float]] = (), morphology: Morphology = WORLD_A
) -> Scene:
    """The scene within `reach_km` of the pixels `seen`, and of `others` (latitude, longitude) that see it a few seconds apart.

    Large-scale weather comes from 40 km nodes; land, clouds and rain from every node. Pixels without position are left out;
    raises GpmAssetsError where none has one.
    """
    latitude, longitude, time = seen.latitude, seen.longitude, seen.time
    places_seen = [(latitude, longitude), *others]
    everywhere = [np.concatenate([place[axis].reshape(-1) for place in places_seen]) for axis in (0, 1)]
    tiles = Tiles.covering(everywhere[0], everywhere[1], reach_km)
    around = tiles.widened()
    places = tiles.nodes()
    start = hours_since_2000(time[~np.isnat(time)]).min()
    elapsed = np.broadcast_to((hours_since_2000(time) - start)[:, None], latitude.shape)
    coarse_elapsed = _from_pixels(latitude, longitude, elapsed, around)
    large = climate.weather(seed, Place(*around.nodes(_COARSE), start + coarse_elapsed), morphology)
    coarse = np.column_stack([climate.stack(large), coarse_elapsed]).astype(np.float32)
    fine = around.interpolate(coarse, *places, level=_COARSE)
    place = Place(*places, start + fine[:, -1].astype(np.float64))
    weather = replace(climate.unstack(fine[:, :-1]), land=dry_land(*places))
    return Scene(tiles, around, precipitating(seed, place, weather, morphology))


def segments(rows: int) -> list[slice]:
    """Rows in equal parts of at most a third of an orbit: a whole orbit sees the polar caps twice, 100 minutes apart."""
    parts = -(-rows // _SEGMENT_ROWS)
    edges = [rows * part // parts for part in range(parts + 1)]
    return [slice(low, high) for low, high in itertools.pairwise(edges)]


def _from_pixels(latitude: Float, longitude: Float, values: Float, tiles: Tiles) -> Float:
    """Values of pixels (scan, pixel) at the 40 km nodes of `tiles`: means of the four nearest, nearer ones weighing more.

    Every third pixel is dense enough for what varies smoothly over a swath.
    """
    third = np.arange(0, latitude.size, 3)
    known = third[np.isfinite(latitude.reshape(-1)[third] + longitude.reshape(-1)[third])]
    if not len(known):
        raise GpmAssetsError("no pixel of the swath has a position: nothing to simulate")
    tree = cKDTree(unit_vectors(latitude.reshape(-1)[known], longitude.reshape(-1)[known]))
    neighbours = min(4, len(known))
    distance, nearest = tree.query(unit_vectors(*tiles.nodes(_COARSE)), k=np.arange(1, neighbours + 1))
    weight = 1 / (distance + 1e-4)
    return np.sum(values.reshape(-1)[known][nearest] * weight, axis=1) / weight.sum(axis=1)
