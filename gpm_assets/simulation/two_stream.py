"""Radiation of layers that scatter: two-stream fluxes by adding, then the source function along lines of sight.

The source function method (Toon et al. 1989; Kummerow 1993): a delta-Eddington solution gives what is scattered into four
directions, integrals along these give a better mean of the radiation, and that what is scattered into the line of sight. Exact
where nothing scatters. Arrays are (channel, n), lists run from the ground up, over layers or over the edges between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]

_THIN = np.float32(1e-4)
"""Least optical depth: below it single precision loses the slope of the source."""
_HALF, _THREE = np.float32(0.5), np.float32(3)
_COSINES = (np.float32(0.2113249), np.float32(0.7886751))
"""Gauss points of a hemisphere, of equal weight."""


@dataclass(frozen=True)
class Layer:
    """Vertical optical depth, single-scattering albedo and asymmetry after delta scaling; temperature (n,) of base and top, K."""

    depth: Values
    albedo: Values
    asymmetry: Values
    below_k: Values
    above_k: Values


@dataclass(frozen=True)
class Boundary:
    """Emission in K and reflectivity of the ground for diffuse light, and what comes from above in K."""

    emission: Values
    reflectivity: Values
    sky_k: Values


@dataclass(frozen=True)
class Diffuse:
    """Mean of the radiation and its first moment over cosines at edges, in K; `sag` of layers is by which share what is left of
    the boundaries' excess over the layer's own temperature is missing in its middle."""

    mean: list[Values]
    moment: list[Values]
    sag: list[Values]


class Source(NamedTuple):
    """Source function in K of a layer: upwards and downwards at base and top, linear between, and a parabola's height on it."""

    base_up: Values
    top_up: Values
    base_down: Values
    top_down: Values
    bulge: Values


class Emitted(NamedTuple):
    """Transmittance of a layer along a path, and what it emits in K upwards at its top and downwards at its base."""

    through: Values
    up: Values
    down: Values


def layer(absorption: Values, scattering: Values, forward: Values, below_k: Values, above_k: Values) -> Layer:
    """A layer of depths of absorption, scattering, and scattering times asymmetry.

    The forward peak, as much as the square of the asymmetry, is taken as not scattered (Joseph et al. 1976).
    """
    asymmetry = forward / np.maximum(scattering, np.float32(1e-9))
    scattering = scattering * (1 - asymmetry * asymmetry)
    depth = np.maximum(absorption + scattering, _THIN)
    return Layer(depth, scattering / depth, asymmetry / (1 + asymmetry), below_k, above_k)


def diffuse(layers: list[Layer], boundary: Boundary) -> Diffuse:
    """Radiation at the edges of layers: two streams, then integrals along two directions a hemisphere."""
    first = _two_streams(layers, boundary)
    total = np.zeros((2, len(layers) + 1, *boundary.emission.shape), np.float32)
    for cosine in _COSINES:
        emitted = [emit(one.depth / cosine, part) for one, part in zip(layers, sources(layers, first, cosine), strict=True)]
        down = boundary.sky_k
        for edge in range(len(layers), -1, -1):
            if edge < len(layers):
                down = down * emitted[edge].through + emitted[edge].down
            total[0, edge] += down
            total[1, edge] -= cosine * down
        up = boundary.emission + boundary.reflectivity * down
        for edge in range(len(layers) + 1):
            if edge > 0:
                up = up * emitted[edge - 1].through + emitted[edge - 1].up
            total[0, edge] += up
            total[1, edge] += cosine * up
    total *= np.float32(0.25)
    return Diffuse(list(total[0]), list(total[1]), first.sag)


def sources(layers: list[Layer], radiation: Diffuse, cosine: Values | np.float32) -> Iterator[Source]:
    """Source function of each layer along a direction of that cosine with the vertical."""
    for index, one in enumerate(layers):
        lean = (_THREE * cosine) * one.albedo * one.asymmetry
        low, high = (one.albedo * (radiation.mean[index + up] - kelvin) for up, kelvin in ((0, one.below_k), (1, one.above_k)))
        low_lean, high_lean = lean * radiation.moment[index], lean * radiation.moment[index + 1]
        bulge = -_HALF * radiation.sag[index] * (low + high)
        low, high = low + one.below_k, high + one.above_k
        yield Source(low + low_lean, high + high_lean, low - low_lean, high - high_lean, bulge)


def emit(path: Values, source: Source) -> Emitted:
    """Integral of the equation of transfer through a layer of that optical depth along the path."""
    through = np.exp(-path)
    opacity = 1 - through
    half = _HALF * opacity
    skew = 1 - half - opacity / path  # no digits are lost where thin
    bulge = source.bulge * (4 * ((path - 2) + (path + 2) * through) / (path * path))
    up = half * (source.base_up + source.top_up) + skew * (source.top_up - source.base_up)
    down = half * (source.base_down + source.top_down) + skew * (source.base_down - source.top_down)
    return Emitted(through, up + bulge, down + bulge)


def _two_streams(layers: list[Layer], boundary: Boundary) -> Diffuse:
    reflects, emits, slabs = [boundary.reflectivity], [boundary.emission], [_slab(one) for one in layers]
    for slab in slabs:
        bounce = slab.transmission / (1 - slab.reflection * reflects[-1])
        emits.append(slab.up + bounce * (emits[-1] + reflects[-1] * slab.down))
        reflects.append(slab.reflection + slab.transmission * bounce * reflects[-1])
    down = np.broadcast_to(boundary.sky_k, boundary.emission.shape)
    mean: list[Values] = []
    moment: list[Values] = []
    for edge in range(len(layers), -1, -1):
        if edge < len(layers):
            slab = slabs[edge]
            through = slab.transmission * down + slab.down + slab.reflection * emits[edge]
            down = through / (1 - slab.reflection * reflects[edge])
        up = emits[edge] + reflects[edge] * down
        mean.append(_HALF * (up + down))
        moment.append(np.float32(0.25) * (up - down))
    return Diffuse(mean[::-1], moment[::-1], [slab.sag for slab in slabs])


class _Slab(NamedTuple):
    reflection: Values
    transmission: Values
    up: Values
    down: Values
    sag: Values


def _slab(one: Layer) -> _Slab:
    """A layer between two streams, fluxes over pi (Meador and Weaver 1980, Eddington), for temperature linear in depth.

    In a homogeneous layer the excess of the mean radiation over the temperature is a hyperbolic cosine of depth.
    """
    tilt = one.albedo * one.asymmetry
    lost = np.float32(0.25) * (7 - 4 * one.albedo - _THREE * tilt)
    turned = np.float32(0.25) * (4 * one.albedo - _THREE * tilt - 1)
    rate = np.sqrt(np.maximum(lost * lost - turned * turned, np.float32(1e-8)))
    ratio = turned / (lost + rate)
    decay = np.exp(-rate * one.depth)
    square = ratio * ratio
    scale = 1 / (1 - square * decay * decay)
    reflection = ratio * (1 - decay * decay) * scale
    transmission = decay * (1 - square) * scale
    slope = (one.below_k - one.above_k) / (one.depth * (lost + turned))
    up = one.above_k + slope - reflection * (one.above_k - slope) - transmission * (one.below_k + slope)
    down = one.below_k - slope - reflection * (one.below_k + slope) - transmission * (one.above_k - slope)
    return _Slab(reflection, transmission, up, down, 1 - 2 * np.sqrt(decay) / (1 + decay))
