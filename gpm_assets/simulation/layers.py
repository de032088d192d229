"""The layers of the simulated atmosphere: temperature, vapour, cloud, rain and ice in each, from the fields of the world.

Profiles are simple on purpose: temperature falls at one rate to the tropopause, vapour falls off exponentially, rain fills the
air up to the freezing level or the storm's top, ice from there to its top. What lies partly in a layer is spread over it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.simulation.world import World

Values = NDArray[np.floating[Any]]

EDGES_KM = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.2, 8.6, 10.2, 12.5, 16.0, 24.0])
"""Heights between layers: half a scale height of vapour where the lines at 183 GHz become opaque."""
TROPOPAUSE_K = 212.0
VAPOUR_SCALE_KM = 1.9
"""Tuned so that the mean of 183.31±3 GHz over sea is near GMI's; columns have about 2 km."""
ABSORPTION_SCALE_KM = 5.0
"""Height over which absorption falls off in effect: 1.7 km in the wings of vapour's lines, 3 km in their middle, more in opaque
layers; tuned to the clear-sky TB of a fine integration."""
ICE_SHAPE = 0.7
"""Share by which ice content exceeds its mean at the base and falls short at the top (profiles of radars decrease upwards)."""

_THINNEST_ICE_KM = 0.5
_VAPOUR_SHARE = -np.diff(np.exp(-EDGES_KM / VAPOUR_SCALE_KM))
_HUMID_ABOVE_KM = 1.0
_HUMID_OVER_KM = 3.0
"""`upper_humidity` sets in from 1 to 3 km above the freezing level."""


def temperature(world: World) -> tuple[Values, Values]:
    """Temperatures (layer, n) in K at the base and at the top of layers, as radiation sees them.

    Gas is denser below than above: its emission is as warm as that of an even layer shifted by a twelfth of the logarithm of
    the ratio of its absorption at base and top. Without the shift 183 GHz is up to 0.7 K too cold.
    """
    edge = np.maximum(world.air - world.lapse_k_per_km * EDGES_KM.astype(np.float32)[:, None], np.float32(TROPOPAUSE_K))
    shift = (edge[:-1] - edge[1:]) * (np.diff(EDGES_KM) / (12 * ABSORPTION_SCALE_KM)).astype(np.float32)[:, None]
    return edge[:-1] + shift, edge[1:] + shift


def vapour(world: World) -> Values:
    """Vapour (layer, n) in kg/m2 of each layer."""
    return world.vapour * _VAPOUR_SHARE.astype(np.float32)[:, None] * humidity(_MIDDLE_KM[:, None], world)


def humidity(height_km: Values, world: World) -> Values:
    """Factor on vapour density at heights that broadcast with (n,): 1 near the ground, `upper_humidity` well above freezing."""
    above = height_km - world.freezing_level * np.float32(1e-3)
    ramp = np.clip((above - _HUMID_ABOVE_KM) / (_HUMID_OVER_KM - _HUMID_ABOVE_KM), 0, 1)
    return 1 + (world.upper_humidity - 1) * ramp


def filled_km(base_km: Values, top_km: Values) -> Values:
    """How much (layer, n) of each layer in km lies between a base and a top (n,)."""
    low, high = (part.astype(np.float32)[:, None] for part in (EDGES_KM[:-1], EDGES_KM[1:]))
    return np.maximum(np.minimum(high, top_km) - np.maximum(low, base_km), np.float32(0))


def cloud(world: World) -> Values:
    """Cloud liquid (layer, n) in kg/m2: even between a base at half the top's height, at most 1 km, and the top."""
    top = world.cloud_top * np.float32(1e-3)
    base = np.minimum(np.float32(0.5) * top, np.float32(1))
    return filled_km(base, top) * (world.cloud_liquid / np.maximum(top - base, np.float32(1e-3)))


def rain(world: World) -> Values:
    """Rain (layer, n) in mm/h times km: from the ground up to the freezing level, or to the storm's top below it.

    The rate changes linearly to `rain_aloft` times the surface's at the freezing level.
    """
    freezing = world.freezing_level * np.float32(1e-3)
    top = np.minimum(freezing, world.storm_top * np.float32(1e-3))
    slope = (world.rain_aloft - 1) / np.maximum(freezing, np.float32(0.1))
    ground = np.zeros_like(top)
    return filled_km(ground, top) * world.rain * (1 + slope * _middle_km(ground, top))


def ice(world: World) -> tuple[Values, Values]:
    """Ice (layer, n) in kg/m2 from the freezing level up to its top, less of it upwards; its mean content (n,) in kg/m3."""
    base = world.freezing_level * np.float32(1e-3)
    depth = np.maximum(world.ice_top * np.float32(1e-3) - base, np.float32(_THINNEST_ICE_KM))
    top = base + depth
    shape = 1 + np.float32(ICE_SHAPE) * (1 - 2 * (_middle_km(base, top) - base) / depth)
    return filled_km(base, top) * shape * (world.ice / depth), world.ice / depth * np.float32(1e-3)


def _middle_km(base_km: Values, top_km: Values) -> Values:
    """Height (layer, n) of the middle of what `filled_km` fills."""
    low, high = (part.astype(np.float32)[:, None] for part in (EDGES_KM[:-1], EDGES_KM[1:]))
    return np.float32(0.5) * (np.maximum(low, base_km) + np.minimum(high, top_km))


_MIDDLE_KM = ((EDGES_KM[1:] + EDGES_KM[:-1]) / 2).astype(np.float32)
