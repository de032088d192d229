"""Brightness temperature of a plane-parallel atmosphere over sea, ice and land, along the slant path.

Gas and cloud absorb in the layers of `layers`; where it rains or there is ice, what scatters is added and the source function
comes from two streams (`two_stream`). Radiation is in kelvin of Rayleigh and Jeans, Planck's curvature in the cosmic background.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation import gas, layers, scattering, two_stream
from gpm_assets.simulation.physics import PHYSICS, Physics
from gpm_assets.simulation.surface import Surface, surface
from gpm_assets.simulation.world import World

Values = NDArray[np.floating[Any]]

_CHUNK = 4096
"""Places at a time: the fields of a layer stay in the processor's cache."""
_LEAST_ICE = 2e-3
"""kg/m2; thinner ice changes no channel by more than 0.2 K and is left out."""
_SLANTED = float(np.sin(np.deg2rad(52.8)) ** 2)


@dataclass(frozen=True)
class _View:
    """How places are seen: spectral bands, the band of each channel, the share of V (channel, 1 or n), incidence (n,) or one."""

    bands: tuple[Channel, ...]
    band: NDArray[np.intp]
    vertical: Values
    incidence: Values
    physics: Physics

    @property
    def slant(self) -> Values:
        """Length of the path over the height."""
        return 1 / np.cos(np.deg2rad(self.incidence))


@dataclass(frozen=True)
class _Air:
    """Emission upwards at the top and downwards at the ground in K, and transmittance, along the path: (channel, n)."""

    up: Values
    down: Values
    through: Values


def brightness_temperature(
    world: World,
    channels: tuple[Channel, ...],
    incidence_deg: ArrayLike,
    scan_angle_deg: ArrayLike = 0.0,
    physics: Physics = PHYSICS["A"],
) -> Values:
    """TB (n, channel) in K at n places.

    `incidence_deg` is one number or (n,), its sign is ignored; `scan_angle_deg` turns the polarisation of cross-track scanners:
    TB_QV = TB_V cos^2 + TB_H sin^2, TB_QH the other way round.
    """
    places = len(world.land)
    incidence = np.abs(np.asarray(incidence_deg, np.float32))
    vertical = _vertical_share(channels, np.asarray(scan_angle_deg, np.float32))
    bands, band = _bands(channels)
    scatters = (world.rain > 0) | (world.ice > _LEAST_ICE)
    result = np.empty((places, len(channels)), np.float32)
    for air, chosen in ((_clear, np.flatnonzero(~scatters)), (_scattering, np.flatnonzero(scatters))):
        for start in range(0, len(chosen), _CHUNK):
            at = chosen[start : start + _CHUNK]
            here = World(**{name: values[at] for name, values in vars(world).items()})
            share = vertical[:, at] if vertical.shape[1] > 1 else vertical
            view = _View(bands, band, share, incidence[at] if incidence.ndim else incidence, physics)
            ground = surface(here, bands, view.incidence, physics)
            result[at] = _seen(air(here, view, ground), ground, view).T
    return result


def _seen(air: _Air, ground: Surface, view: _View) -> Values:
    """TB (channel, n) above the atmosphere."""
    cosmic = _cosmic(view.bands)[view.band]
    sky = air.down + air.through * cosmic
    clear2 = air.through * air.through
    widened = np.stack([clear2 * air.through * np.sqrt(air.through), clear2])  # Wentz and Meissner 2000
    total = 0
    for share, polarisation in ((view.vertical, 0), (1 - view.vertical, 1)):
        emission, reflectivity, rough = (
            part[polarisation][view.band] for part in (ground.emission, ground.reflectivity, ground.rough)
        )
        total = total + share * (emission + reflectivity * sky + rough * widened[polarisation] * (sky - cosmic))
    return air.up + air.through * total


def _clear(world: World, view: _View, ground: Surface) -> _Air:
    """Air that only absorbs; the ground does not matter to it."""
    below, above = layers.temperature(world)
    up, down, through = _nothing(len(view.bands), len(world.air))
    for index, absorbed in reversed(list(enumerate(_absorption(world, view.bands, below, above)))):
        path = np.maximum(absorbed * view.slant, np.float32(1e-4))
        transmittance = np.exp(-path)
        opacity = 1 - transmittance
        level = opacity * (np.float32(0.5) * (above[index] + below[index]))
        skew = (1 - np.float32(0.5) * opacity - opacity / path) * (above[index] - below[index])
        up = up + through * (level + skew)
        down = down * transmittance + (level - skew)
        through = through * transmittance
    return _Air(up[view.band], down[view.band], through[view.band])


def _scattering(world: World, view: _View, ground: Surface) -> _Air:
    """Air with rain or ice in it, which see the ground."""
    below, above = layers.temperature(world)
    drops, (frost, content) = layers.rain(world), layers.ice(world)
    rain = scattering.rain(view.bands, np.float32(0.5) * (world.air + np.float32(273.15)), world.drop_size, world.rain)
    ice = scattering.ice(view.bands, world.habit, scattering.ice_diameter_mm(content) * view.physics.ice_size)
    stack, icy = [], []
    for index, absorbed in enumerate(_absorption(world, view.bands, below, above)):
        extinct, scatters, forward = rain * drops[index] + ice * frost[index]
        stack.append(two_stream.layer(absorbed + extinct - scatters, scatters, forward, below[index], above[index]))
        icy.append(ice[0] * frost[index] / (absorbed + extinct))
    boundary = two_stream.Boundary(ground.emission.mean(axis=0), ground.reflectivity.mean(axis=0), _cosmic(view.bands))
    sources = list(two_stream.sources(stack, two_stream.diffuse(stack, boundary), 1 / view.slant))
    oriented = view.physics.ice_polarisation * np.sin(np.deg2rad(view.incidence)) ** 2 / _SLANTED * (1 - 2 * view.vertical)
    up, down, through = _nothing(len(view.band), len(world.air))
    for index in range(len(stack) - 1, -1, -1):
        depth = stack[index].depth[view.band] * (1 + oriented * icy[index][view.band])
        source = two_stream.Source(*(part[view.band] for part in sources[index]))
        emitted = two_stream.emit(depth * view.slant, source)
        up = up + through * emitted.up
        down = down * emitted.through + emitted.down
        through = through * emitted.through
    return _Air(up, down, through)


def _nothing(channels: int, places: int) -> tuple[Values, Values, Values]:
    """Emission upwards and downwards, and transmittance, of no air at all."""
    none = np.zeros((channels, places), np.float32)
    return none, none, none + 1


def _absorption(world: World, bands: tuple[Channel, ...], below_k: Values, above_k: Values) -> list[Values]:
    """Vertical optical depth (channel, n) of gas and cloud in each layer."""
    vapour, liquid = layers.vapour(world), layers.cloud(world)
    middle = np.float32(0.5) * (below_k + above_k)
    terms = gas.features(middle, vapour, liquid)
    return [np.maximum(part @ terms[:, index], np.float32(1e-6)) for index, part in enumerate(gas.polynomials(bands))]


@lru_cache(maxsize=64)
def _cosmic(bands: tuple[Channel, ...]) -> Values:
    """Cosmic background (channel, 1) in K: 2.725 K as a line through Planck's radiances of 60 to 300 K would have it."""
    quantum = 0.0479924 * np.array([channel.frequency_ghz for channel in bands])  # h f / k in K
    return (quantum / np.expm1(quantum / 2.725) + 0.5 * quantum).astype(np.float32)[:, None]


@lru_cache(maxsize=64)
def _bands(channels: tuple[Channel, ...]) -> tuple[tuple[Channel, ...], NDArray[np.intp]]:
    """One channel of each frequency, and which of them each channel is: air does not polarise."""
    keys = [(channel.frequency_ghz, channel.sideband_ghz) for channel in channels]
    order = list(dict.fromkeys(keys))
    return tuple(channels[keys.index(key)] for key in order), np.array([order.index(key) for key in keys])


def _vertical_share(channels: tuple[Channel, ...], scan_angle_deg: Values) -> Values:
    """Share of the vertical polarisation (channel, 1 or n); the scan angle of a conical scanner is 0, there V stays V."""
    vertical = np.atleast_1d(np.cos(np.deg2rad(scan_angle_deg)) ** 2)
    half = np.full_like(vertical, 0.5)
    by_polarisation = {"V": vertical, "QV": vertical, "H": 1 - vertical, "QH": 1 - vertical, "": half}
    return np.stack([by_polarisation[channel.polarisation] for channel in channels]).astype(np.float32)
