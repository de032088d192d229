"""A direct solution of radiative transfer to hold the simulation's against: adding and doubling with many streams.

Independent of the two streams: Henyey-Greenstein phase functions over Gauss points of either hemisphere and the view, layers half
as thick as the simulation's, line-by-line absorption. Scalar, azimuthally symmetric; the surface is a mirror with the mean of V
and H for the diffuse streams and the channel's polarisation in the direction of view.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import leggauss, legvander

from gpm_assets.simulation import layers, scattering
from gpm_assets.simulation.gas import pressure_hpa
from gpm_assets.simulation.physics import PHYSICS
from gpm_assets.simulation.spectroscopy import absorption, cloud_absorption
from gpm_assets.simulation.surface import surface
from gpm_assets.simulation.world import World

COSMIC_K, QUANTUM_K_PER_GHZ = 2.725, 0.0479924
FIRST_DEPTH = 5e-4
"""Depth over the smallest cosine of the layers that doubling starts from."""


def world_of(size, **changes):
    """`size` equal places over clear sea of the subtropics, with some fields changed: numbers or arrays."""
    fields = {
        "land": 0.0, "sea_surface": 295.0, "land_surface": 295.0, "sea_ice": 0.0, "old_ice": 0.0, "snow": 0.0, "dryness": 0.3,
        "terrain": 0.0, "wind": 6.0, "air": 294.0, "lapse_k_per_km": 5.8, "vapour": 28.0, "upper_humidity": 0.7,
        "freezing_level": 3600.0, "cloud_liquid": 0.0, "cloud_top": 2000.0, "ice": 0.0, "ice_top": 11000.0, "ice_density": 1.0,
        "habit": 0.5, "rain": 0.0, "rain_aloft": 1.0, "convective": 0.0, "storm_top": 8000.0, "drop_size": 1.0,
    }  # fmt: skip
    assert changes.keys() <= fields.keys()
    return World(**{name: np.broadcast_to(np.float32(value), size).copy() for name, value in (fields | changes).items()})


def part(world, chosen):
    """The world at some places."""
    return type(world)(**{name: values[chosen] for name, values in vars(world).items()})


def cosmic_k(frequency_ghz):
    quantum = QUANTUM_K_PER_GHZ * frequency_ghz
    return quantum / np.expm1(quantum / COSMIC_K) + quantum / 2


@dataclass
class Profile:
    """Thin layers from the ground up, (layer, n): edges in km, temperatures, pressures, and what is in them."""

    low: np.ndarray
    high: np.ndarray
    kelvin: tuple[np.ndarray, np.ndarray, np.ndarray]
    dry_hpa: np.ndarray
    vapour_hpa: np.ndarray
    cloud: np.ndarray
    rain: np.ndarray
    ice: np.ndarray
    ice_content: np.ndarray


def profile(world, halves=2):
    w = {name: values.astype(float) for name, values in vars(world).items()}
    edges = np.unique(np.concatenate([np.linspace(*pair, halves + 1) for pair in pairwise(layers.EDGES_KM)]))
    low, high = edges[:-1, None], edges[1:, None]
    middle = (low + high) / 2
    kelvin = [np.maximum(w["air"] - w["lapse_k_per_km"] * height, layers.TROPOPAUSE_K) for height in (low, middle, high)]
    vapour = w["vapour"] / layers.VAPOUR_SCALE_KM * np.exp(-middle / layers.VAPOUR_SCALE_KM)
    vapour_hpa = vapour * layers.humidity(middle.astype(np.float32), world) * kelvin[1] / 216.68
    pressure = np.stack([pressure_hpa(middle[:, 0], a, b) for a, b in zip(w["air"], w["lapse_k_per_km"], strict=True)], axis=1)

    def inside(base, top):
        return np.clip(np.minimum(high, top) - np.maximum(low, base), 0, None)

    def height(base, top):
        return (np.maximum(low, base) + np.minimum(high, top)) / 2

    freezing, top = w["freezing_level"] * 1e-3, w["cloud_top"] * 1e-3
    base = np.minimum(1, top / 2)
    cloud = inside(base, top) * w["cloud_liquid"] / (top - base)
    echo = np.minimum(freezing, w["storm_top"] * 1e-3)
    growth = (w["rain_aloft"] - 1) / np.maximum(freezing, 0.1)
    rain = inside(0 * echo, echo) * w["rain"] * (1 + growth * height(0 * echo, echo))
    ice_top = np.maximum(w["ice_top"] * 1e-3, freezing + 0.5)
    upwards = (height(freezing, ice_top) - freezing) / (ice_top - freezing)
    content = w["ice"] / (ice_top - freezing)
    ice = inside(freezing, ice_top) * content * (1 + layers.ICE_SHAPE * (1 - 2 * upwards))
    return Profile(low, high, tuple(kelvin), pressure - vapour_hpa, vapour_hpa, cloud, rain, ice, content * 1e-3)


def brightness_temperature(world, channels, incidence_deg, streams=8, halves=2):
    """TB (n, channel) in K without oriented ice and the sea's wide look at the sky, as `Physics` without them and a calm sea."""
    points, weights = leggauss(streams)
    cosine = np.append((points + 1) / 2, np.cos(np.deg2rad(incidence_deg)))
    weight = np.append(weights / 2, 0.0)
    air = profile(world, halves)
    angles = [np.float32(np.rad2deg(np.arccos(value))) for value in cosine[:-1]] + [np.float32(incidence_deg)]
    result = np.empty((len(world.land), len(channels)))
    for index, channel in enumerate(channels):
        grounds = [surface(world, (channel,), angle, PHYSICS["A"]) for angle in angles]
        seen = {"V": 0, "H": 1}[channel.polarisation]
        emission, reflectivity = (
            np.stack([getattr(g, name)[:, 0].mean(axis=0) for g in grounds[:-1]] + [getattr(grounds[-1], name)[seen, 0]], axis=1)
            for name in ("emission", "reflectivity")
        )
        depth, albedo, asymmetry = optics(world, channel, air)
        stack = Stack(np.einsum("nm,mk->nmk", reflectivity, np.eye(len(cosine))), emission[..., None])
        for layer in range(len(depth)):
            ends = air.kelvin[0][layer], air.kelvin[2][layer]
            stack = stack.under(slab(cosine, weight, depth[layer], albedo[layer], asymmetry[layer], *ends))
        sky = np.full((len(cosine), 1), cosmic_k(channel.frequency_ghz))
        result[:, index] = (stack.emission + stack.reflection @ sky)[:, -1, 0]
    return result


def optics(world, channel, air):
    """Optical depth, albedo and asymmetry (layer, n)."""
    bands = {channel.frequency_ghz - channel.sideband_ghz, channel.frequency_ghz + channel.sideband_ghz}
    kelvin = air.kelvin[1]
    gas = np.mean([absorption(f, air.dry_hpa, kelvin, air.vapour_hpa) for f in bands], axis=0) * (air.high - air.low)
    liquid = np.mean([cloud_absorption(f, np.maximum(kelvin, 248.0)) for f in bands], axis=0) * air.cloud
    rain = scattering.rain((channel,), 0.5 * (world.air + np.float32(273.15)), world.drop_size, world.rain)
    ice = scattering.ice((channel,), world.habit, scattering.ice_diameter_mm(air.ice_content.astype(np.float32)))
    tables = rain.astype(float), ice.astype(float)
    extinct, scatters, forward = (r[0] * air.rain + i[0] * air.ice for r, i in zip(*tables, strict=True))
    depth = gas + liquid + extinct
    return depth, scatters / depth, forward / np.maximum(scatters, 1e-12)


@dataclass
class Slab:
    """Reflection and transmission (n, stream, stream), emission upwards and downwards (n, stream, 1)."""

    reflection: np.ndarray
    transmission: np.ndarray
    up: np.ndarray
    down: np.ndarray


@dataclass
class Stack:
    """Everything below a level: reflection of what falls on it and emission upwards."""

    reflection: np.ndarray
    emission: np.ndarray

    def under(self, slab):
        between = np.linalg.inv(np.eye(self.reflection.shape[-1]) - self.reflection @ slab.reflection)
        up = between @ (self.emission + self.reflection @ slab.down)
        reflection = slab.reflection + slab.transmission @ between @ self.reflection @ slab.transmission
        return Stack(reflection, slab.up + slab.transmission @ up)


def slab(cosine, weight, depth, albedo, asymmetry, below_k, above_k, terms=64):
    """A homogeneous layer (n,) whose temperature is linear in depth, by doubling."""
    legendre = legvander(cosine, terms - 1).T
    moments = (2 * np.arange(terms) + 1) * asymmetry[:, None] ** np.arange(terms)
    ahead, back = (np.einsum("nl,li,lj->nij", moments * sign ** np.arange(terms), legendre, legendre) for sign in (1.0, -1.0))
    scattered = 0.5 * albedo[:, None, None] * weight
    identity = np.eye(len(cosine))
    lost, turned = (identity - scattered * ahead) / cosine[:, None], scattered * back / cosine[:, None]
    steps = max(0, int(np.ceil(np.log2(depth.max() / (cosine.min() * FIRST_DEPTH)))))
    thin = (depth / 2**steps)[:, None, None]
    reflection = thin * turned - thin**2 / 2 * (lost @ turned + turned @ lost)
    transmission = identity - thin * lost + thin**2 / 2 * (lost @ lost + turned @ turned)
    source = (1 - albedo)[:, None, None] / cosine[:, None]
    even = thin * source - thin**2 / 2 * ((lost - turned) @ source)  # of 1 K throughout
    odd = np.zeros_like(even)  # upwards, from -1/2 K at the base to 1/2 K at the top; downwards its negative
    for _ in range(steps):
        between = np.linalg.inv(identity - reflection @ reflection)
        meets = between @ (-even / 4 + odd / 2 + reflection @ (even / 4 - odd / 2))
        odd = even / 4 + odd / 2 + transmission @ meets
        even = even + transmission @ between @ (even + reflection @ even)
        reflection = reflection + transmission @ between @ reflection @ transmission
        transmission = transmission @ between @ transmission
    mean, change = ((below_k + above_k) / 2)[:, None, None], (above_k - below_k)[:, None, None]
    return Slab(reflection, transmission, mean * even + change * odd, mean * even - change * odd)
