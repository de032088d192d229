"""Brightness temperature of a plane-parallel atmosphere: gas, cloud, rain and ice over sea and land, along the slant path.

Four levels are joined by the adding method: the surface; gas, cloud and rain below the ice; a scattering slab of ice; gas above
it. Slabs are two-stream solutions in the direction of view (Meador and Weaver 1980), exact where nothing scatters.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation import gas, surface
from gpm_assets.simulation.world import World

Values = NDArray[np.floating[Any]]

COSMIC_K = 2.73
_CHUNK = 8192
"""Places at a time: 13 channels of intermediate fields stay in the processor's cache."""

_SCATTER_GHZ = np.log([10.0, 19.0, 37.0, 89.0, 166.0, 190.0])
_RAIN_ALBEDO = np.array([0.03, 0.10, 0.26, 0.42, 0.48, 0.48])
"""Single-scattering albedo of Marshall-Palmer rain of 5 mm/h (Mie theory, rounded)."""
_RAIN_ASYMMETRY = np.array([0.0, 0.0, 0.10, 0.35, 0.50, 0.50])
_ICE_EXTINCTION = np.log([0.0004, 0.0030, 0.026, 0.21, 0.62, 0.75])
"""m2/kg of snow and graupel aggregates, logarithm; of the order of Hong 2007 and Liu 2008."""
_ICE_ALBEDO = np.array([0.30, 0.55, 0.80, 0.915, 0.945, 0.95])
_ICE_ASYMMETRY = np.array([0.0, 0.02, 0.08, 0.25, 0.40, 0.42])
_ICE_POLARISATION = 0.07
"""Oriented particles: extinction of H is that much larger than the mean, of V smaller (5-10 K, Gong and Wu 2017)."""


@dataclass(frozen=True)
class _Optics:
    """Per channel (channel,): cloud absorption m2/kg at two temperatures; rain Np/km per (mm/h)^exponent; ice m2/kg."""

    frequency_ghz: Values
    cloud_cold: Values
    cloud_warm: Values
    rain: Values
    rain_exponent: Values
    rain_albedo: Values
    rain_asymmetry: Values
    ice: Values
    ice_albedo: Values
    ice_asymmetry: Values


def brightness_temperature(
    world: World, channels: tuple[Channel, ...], incidence_deg: ArrayLike, scan_angle_deg: ArrayLike = 0.0
) -> Values:
    """TB (n, channel) in K at n places.

    `incidence_deg` is one number or (n,), its sign is ignored; `scan_angle_deg` turns the polarisation of cross-track scanners:
    TB_QV = TB_V cos^2 + TB_H sin^2, TB_QH the other way round.
    """
    places = len(world.land)
    incidence = np.abs(np.asarray(incidence_deg, np.float32))
    vertical = np.broadcast_to(_vertical_share(channels, np.asarray(scan_angle_deg, np.float32)), (places, len(channels)))
    result = np.empty((places, len(channels)), np.float32)
    for start in range(0, places, _CHUNK):
        part = slice(start, start + _CHUNK)
        here = World(**{name: values[part] for name, values in vars(world).items()})
        result[part] = _chunk(here, channels, incidence[part] if incidence.ndim else incidence, vertical[part])
    return result


def _chunk(world: World, channels: tuple[Channel, ...], incidence: Values, vertical: Values) -> Values:
    optics = _optics(channels)
    slant = np.atleast_1d(1 / np.cos(np.deg2rad(incidence)))[:, None]
    table, axes = gas.table(channels), (gas.VAPOUR_AXIS, gas.AIR_AXIS, gas.INCIDENCE_AXIS)
    low = _look_up(table[..., 0, :], axes, (world.vapour, world.air, incidence))
    aloft = _look_up(table[..., 1:, :], axes, (world.vapour * world.upper_humidity, world.air, incidence))
    high, low_up, low_down, high_up, high_down = np.moveaxis(aloft, 1, 0)
    emission, reflectivity = _surface(world, channels, incidence, vertical)

    depth_km = world.freezing_level * 1e-3
    colder = np.minimum(world.air - 273.15, 0.0) + 273.15
    liquid = optics.cloud_cold + (optics.cloud_warm - optics.cloud_cold) * np.clip((world.air - 263) / 20, 0, 1)[:, None]
    liquid = liquid * world.cloud_liquid[:, None]
    drops = (world.drop_size * depth_km)[:, None] * optics.rain * np.maximum(world.rain, 1e-6)[:, None] ** optics.rain_exponent
    hydrometeors = (liquid + drops) * slant
    path = low + hydrometeors
    albedo = optics.rain_albedo * drops * slant / np.maximum(path, 1e-6)
    reflection, transmission = _slab(path, albedo, optics.rain_asymmetry)
    warmer = world.air[:, None] - 1.0
    lift = _lift(path)
    span = warmer - colder[:, None]
    up = (low * low_up + hydrometeors * (colder[:, None] + span * lift)) / np.maximum(path, 1e-6)
    down = (low * low_down + hydrometeors * (warmer - span * lift)) / np.maximum(path, 1e-6)
    absorbed = 1 - reflection - transmission

    bounce = transmission / (1 - reflection * reflectivity)
    below_emits = absorbed * up + bounce * (emission + reflectivity * absorbed * down)
    below_reflects = reflection + transmission * bounce * reflectivity

    oriented = 1 + _ICE_POLARISATION * (1 - 2 * vertical)
    ice_reflection, ice_transmission = _slab(
        world.ice[:, None] * optics.ice * oriented * slant, optics.ice_albedo, optics.ice_asymmetry
    )
    ice_emits = (1 - ice_reflection - ice_transmission) * np.minimum(colder - 12.0, 258.0)[:, None]
    through = np.exp(-high)
    sky = COSMIC_K * through + (1 - through) * high_down
    onto = (sky * ice_transmission + ice_emits + ice_reflection * below_emits) / (1 - ice_reflection * below_reflects)
    above = ice_transmission * (below_emits + below_reflects * onto) + ice_emits + ice_reflection * sky
    return above * through + (1 - through) * high_up


def _slab(path: Values, albedo: Values, asymmetry: Values) -> tuple[Values, Values]:
    """Reflection and transmission of a slab of optical depth `path` along the line of sight (two-stream)."""
    backward = 0.5 * albedo * (1 - asymmetry)
    forward_loss = 1 - 0.5 * albedo * (1 + asymmetry)
    rate = np.sqrt(np.maximum(forward_loss**2 - backward**2, 1e-8))
    ratio = backward / (forward_loss + rate)
    decay = np.exp(-rate * path)
    denominator = 1 - (ratio * decay) ** 2
    return ratio * (1 - decay * decay) / denominator, decay * (1 - ratio * ratio) / denominator


def _lift(path: Values) -> Values:
    """Where in a layer of linear temperature the upward emission comes from: 1/2 where thin, towards 0 (its top) where opaque."""
    path = np.maximum(path, 1e-3)
    decay = np.exp(-path)
    return np.where(path < 0.02, 0.5 - path / 12, 1 / path - decay / np.maximum(1 - decay, 1e-6))


def _surface(world: World, channels: tuple[Channel, ...], incidence: Values, vertical: Values) -> tuple[Values, Values]:
    """Emission (K) and reflectivity (n, channel) of the mixture of sea, ice and land."""
    frequency = _optics(channels).frequency_ghz
    sine_squared = np.atleast_1d(np.sin(np.deg2rad(incidence)) ** 2)[:, None]
    flat = _look_up(surface.sea_table(channels), (surface.SEA_AXIS, gas.INCIDENCE_AXIS), (world.sea_surface, incidence))
    sea = surface.rough_sea(flat, vertical, world.wind, sine_squared, frequency)
    land = surface.ground(world, vertical, sine_squared, frequency)
    concentration, ice = surface.sea_ice(world, vertical, sine_squared, frequency)
    shares = np.stack([world.land, (1 - world.land) * concentration, (1 - world.land) * (1 - concentration)])
    kelvin = np.stack([world.land_surface, np.minimum(world.air, 271.3), world.sea_surface])
    parts = shares[..., None] * np.stack([land, ice, sea])
    return np.sum(parts * kelvin[..., None], axis=0), 1 - np.sum(parts, axis=0)


def _look_up(table: Values, axes: tuple[NDArray[np.float64], ...], points: tuple[Values, ...]) -> Values:
    """Multilinear values (n, ...) of `table` at points, one array (n,) or number per leading axis, clamped to the axes."""
    index: NDArray[np.intp] = np.zeros((1, 1), np.intp)
    weight: Values = np.ones((1, 1), np.float32)
    kept = 0
    for axis, point in zip(axes, points, strict=True):
        position = np.clip((point - np.float32(axis[0])) / np.float32(axis[1] - axis[0]), 0, len(axis) - 1.001)
        low = np.floor(position).astype(np.intp)
        share = (position - low).astype(np.float32)
        if position.ndim == 0:  # one number for all places: the axis goes first
            table = table.take(low, axis=kept) * (1 - share) + table.take(low + 1, axis=kept) * share
            continue
        index = np.concatenate([index * len(axis) + low, index * len(axis) + low + 1])
        weight = np.concatenate([weight * (1 - share), weight * share])
        kept += 1
    rows = table.reshape(-1, *table.shape[kept:])
    parts = (rows[at] * by.reshape(-1, *(1,) * (rows.ndim - 1)) for at, by in zip(index, weight, strict=True))
    return functools.reduce(np.add, parts)


def _vertical_share(channels: tuple[Channel, ...], scan_angle_deg: Values) -> Values:
    """Share of the vertical polarisation (1 or n, channel); the scan angle of a conical scanner is 0, there V stays V."""
    vertical = np.atleast_1d(np.cos(np.deg2rad(scan_angle_deg)) ** 2)
    half = np.full_like(vertical, 0.5)
    by_polarisation = {"V": vertical, "QV": vertical, "H": 1 - vertical, "QH": 1 - vertical, "": half}
    return np.stack([by_polarisation[channel.polarisation] for channel in channels], axis=-1).astype(np.float32)


@lru_cache(maxsize=16)
def _optics(channels: tuple[Channel, ...]) -> _Optics:
    frequency = np.array([channel.frequency_ghz for channel in channels])
    at = np.log(frequency)
    multiplier, exponent = _rain_power_law(frequency)
    columns = (
        frequency,
        _cloud_absorption(frequency, 263.0),
        _cloud_absorption(frequency, 283.0),
        multiplier,
        exponent,
        np.interp(at, _SCATTER_GHZ, _RAIN_ALBEDO),
        np.interp(at, _SCATTER_GHZ, _RAIN_ASYMMETRY),
        np.exp(np.interp(at, _SCATTER_GHZ, _ICE_EXTINCTION)),
        np.interp(at, _SCATTER_GHZ, _ICE_ALBEDO),
        np.interp(at, _SCATTER_GHZ, _ICE_ASYMMETRY),
    )
    return _Optics(*(values.astype(np.float32) for values in columns))


def _cloud_absorption(frequency_ghz: NDArray[np.float64], temperature_k: float) -> NDArray[np.float64]:
    """Mass absorption of cloud drops in m2/kg: Rayleigh, double Debye of Liebe, Hufford and Manabe 1991."""
    theta = 300.0 / temperature_k
    static = 77.66 + 103.3 * (theta - 1)
    middle, high = 0.0671 * static, 3.52
    first = 20.20 - 146.0 * (theta - 1) + 316.0 * (theta - 1) ** 2
    epsilon = (
        high + (static - middle) / (1 - 1j * frequency_ghz / first) + (middle - high) / (1 - 1j * frequency_ghz / (39.8 * first))
    )
    wavenumber = 2 * np.pi * frequency_ghz * 1e9 / 2.99792458e8
    return 3 * wavenumber * np.imag((epsilon - 1) / (epsilon + 2)) / 1000.0  # density of water, kg/m3


def _rain_power_law(frequency_ghz: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Extinction k R^a by rain of R mm/h: k in Np/km and a (Recommendation ITU-R P.838-3, horizontal polarisation)."""
    x = np.log10(frequency_ghz)[:, None]

    def peaks(a: list[float], b: list[float], c: list[float]) -> NDArray[np.float64]:
        return np.sum(np.array(a) * np.exp(-(((x - np.array(b)) / np.array(c)) ** 2)), axis=-1)

    k = peaks(
        [-5.33980, -0.35351, -0.23789, -0.94158], [-0.10008, 1.26970, 0.86036, 0.64552], [1.13098, 0.45400, 0.15354, 0.16817]
    )
    a = peaks(
        [-0.14318, 0.29591, 0.32177, -5.37610, 16.1721],
        [1.82442, 0.77564, 0.63773, -0.96230, -3.29980],
        [-0.55187, 0.19822, 0.13164, 1.47828, 3.43990],
    )
    x = x[:, 0]
    return 10 ** (k - 0.18961 * x + 0.71147) / (10 / np.log(10)), a + 0.67849 * x - 1.95537
