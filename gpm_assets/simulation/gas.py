"""Absorption by oxygen and water vapour at any frequency from 1 to 200 GHz, and a two-layer table of it.

Source: Recommendation ITU-R P.676-13, annex 1 (line by line; water-vapour lines above 1 THz are in its pseudo-line, weak ones
are left out).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import Channel

Float = NDArray[np.float64]

VAPOUR_AXIS = np.linspace(0.0, 76.0, 20)
"""kg/m2; the table's first axis."""
AIR_AXIS = np.linspace(228.0, 312.0, 15)
"""K near the surface; the table's second axis."""
INCIDENCE_AXIS = np.linspace(0.0, 66.0, 12)
"""Degrees; the table's third axis."""

_OXYGEN = np.fromstring(
    """
    50.474214 0.975 9.651 6.690 2.566 6.850   50.987745 2.529 8.653 7.170 2.246 6.800
    51.503360 6.193 7.709 7.640 1.947 6.729   52.021429 14.320 6.819 8.110 1.667 6.640
    52.542418 31.240 5.983 8.580 1.388 6.526   53.066934 64.290 5.201 9.060 1.349 6.206
    53.595775 124.600 4.474 9.550 2.227 5.085   54.130025 227.300 3.800 9.960 3.170 3.750
    54.671180 389.700 3.182 10.370 3.558 2.654   55.221384 627.100 2.618 10.890 2.560 2.952
    55.783815 945.300 2.109 11.340 -1.172 6.135   56.264774 543.400 0.014 17.030 3.525 -0.978
    56.363399 1331.800 1.654 11.890 -2.378 6.547   56.968211 1746.600 1.255 12.230 -3.545 6.451
    57.612486 2120.100 0.910 12.620 -5.416 6.056   58.323877 2363.700 0.621 12.950 -1.932 0.436
    58.446588 1442.100 0.083 14.910 6.768 -1.273   59.164204 2379.900 0.387 13.530 -6.561 2.309
    59.590983 2090.700 0.207 14.080 6.957 -0.776   60.306056 2103.400 0.207 14.150 -6.395 0.699
    60.434778 2438.000 0.386 13.390 6.342 -2.825   61.150562 2479.500 0.621 12.920 1.014 -0.584
    61.800158 2275.900 0.910 12.630 5.014 -6.619   62.411220 1915.400 1.255 12.170 3.029 -6.759
    62.486253 1503.000 0.083 15.130 -4.499 0.844   62.997984 1490.200 1.654 11.740 1.856 -6.675
    63.568526 1078.000 2.108 11.340 0.658 -6.139   64.127775 728.700 2.617 10.880 -3.036 -2.895
    64.678910 461.300 3.181 10.380 -3.968 -2.590   65.224078 274.000 3.800 9.960 -3.528 -3.680
    65.764779 153.000 4.473 9.550 -2.548 -5.002   66.302096 80.400 5.200 9.060 -1.660 -6.091
    66.836834 39.800 5.982 8.580 -1.680 -6.393   67.369601 18.560 6.818 8.110 -1.956 -6.475
    67.900868 8.172 7.708 7.640 -2.216 -6.545   68.431006 3.397 8.652 7.170 -2.492 -6.600
    68.960312 1.334 9.650 6.690 -2.773 -6.650   118.750334 940.300 0.010 16.640 -0.439 0.079
    """,
    sep=" ",
).reshape(-1, 6)
"""Columns: frequency GHz, a1, a2, a3, a5, a6 (a4 is zero for all)."""

_VAPOUR = np.fromstring(
    """
    22.235080 0.1079 2.144 26.38 0.76 5.087 1.00   183.310087 2.273 0.668 29.06 0.77 5.022 0.85
    321.225630 0.0470 6.179 24.04 0.67 4.398 0.54   325.152888 1.514 1.541 28.23 0.64 4.893 0.74
    380.197353 11.67 1.048 28.11 0.54 5.063 0.89   448.001085 10.41 1.405 25.64 0.66 5.028 0.67
    556.935985 497.0 0.159 30.86 0.69 4.552 1.00   620.700807 5.015 2.391 24.38 0.71 4.856 0.68
    752.033113 243.4 0.396 30.86 0.68 4.352 0.84   987.926764 134.6 0.257 29.85 0.68 4.55 0.90
    1780.0 17506.0 0.952 196.3 2.00 24.15 5.00
    """,
    sep=" ",
).reshape(-1, 7)
"""Columns: frequency GHz, b1 to b6."""

_LEVELS_KM = np.concatenate([np.arange(0.0, 6.0, 0.3), np.arange(6.0, 12.0, 0.6), np.arange(12.0, 30.1, 2.0)])
_VAPOUR_SCALE_KM = 2.1
_TROPOPAUSE_K = 212.0
_ICE_ABOVE_FREEZING_KM = 2.2
"""Height of the ice that matters above the freezing level: gas above it hides the ice, gas below is hidden by it."""


def absorption(frequency_ghz: Float, pressure_hpa: Float, temperature_k: Float, vapour_hpa: Float) -> Float:
    """Power absorption coefficient in Np/km; arguments broadcast, `pressure_hpa` is that of dry air."""
    f, p, e = (np.asarray(values, np.float64)[..., None] for values in (frequency_ghz, pressure_hpa, vapour_hpa))
    theta = 300.0 / np.asarray(temperature_k, np.float64)[..., None]
    f0, a1, a2, a3, a5, a6 = _OXYGEN.T
    strength = a1 * 1e-7 * p * theta**3 * np.exp(a2 * (1 - theta))
    width = np.sqrt((a3 * 1e-4 * (p * theta**0.8 + 1.1 * e * theta)) ** 2 + 2.25e-6)
    mixing = (a5 + a6 * theta) * 1e-4 * (p + e) * theta**0.8
    total = np.sum(strength * _line_shape(f, f0, width, mixing), axis=-1)
    f0, b1, b2, b3, b4, b5, b6 = _VAPOUR.T
    strength = b1 * 1e-1 * e * theta**3.5 * np.exp(b2 * (1 - theta))
    width = b3 * 1e-4 * (p * theta**b4 + b5 * e * theta**b6)
    total = total + np.sum(strength * _line_shape(f, f0, width, 0.0), axis=-1)
    f, p, e, theta = f[..., 0], p[..., 0], e[..., 0], theta[..., 0]
    debye = 5.6e-4 * (p + e) * theta**0.8
    dry = 6.14e-5 / (debye * (1 + (f / debye) ** 2)) + 1.4e-12 * p * theta**1.5 / (1 + 1.9e-5 * f**1.5)
    return 0.1820 * f * (total + f * p * theta**2 * dry) / (10 / np.log(10))  # dB to Np


def _line_shape(f: Float, f0: Float, width: Float, mixing: Float | float) -> Float:
    below, above = f0 - f, f0 + f
    return f / f0 * ((width - mixing * below) / (below**2 + width**2) + (width - mixing * above) / (above**2 + width**2))


@lru_cache(maxsize=16)
def table(channels: tuple[Channel, ...]) -> NDArray[np.float32]:
    """Two layers of gas for each channel: (vapour, air, incidence, 6, channel).

    The six: optical depth along the line of sight of the layer below the ice and of the layer above it, then the effective
    temperatures (K) of what they emit: lower layer upwards and downwards, upper layer upwards and downwards. Sidebands are
    averaged in transmittance and emission.
    """
    bands = [_bands(channel) for channel in channels]
    frequencies = np.unique(np.concatenate(bands))
    slant = 1 / np.cos(np.deg2rad(INCIDENCE_AXIS))
    result = np.empty((len(VAPOUR_AXIS), len(AIR_AXIS), len(slant), 6, len(channels)), np.float32)
    for column, air in enumerate(AIR_AXIS):
        temperature, depth = _profile(air, frequencies)  # (layer,), (vapour, frequency, layer)
        below = _LEVELS_KM[1:] <= max((air - 273.15) / 5.8, 0.0) + _ICE_ABOVE_FREEZING_KM
        path = depth[:, None] * slant[None, :, None, None]  # (vapour, incidence, frequency, layer)
        parts = [_emission(path[..., chosen], temperature[chosen]) for chosen in (below, ~below)]
        for index, band in enumerate(bands):
            at = np.searchsorted(frequencies, band)
            for layer, part in enumerate(parts):
                transmittance, upward, downward = (values[..., at].mean(axis=-1) for values in part)
                opacity = np.maximum(1 - transmittance, 1e-9)
                result[:, column, :, layer, index] = -np.log(np.maximum(transmittance, 1e-12))
                result[:, column, :, 2 + 2 * layer, index] = upward / opacity
                result[:, column, :, 3 + 2 * layer, index] = downward / opacity
    return result


def _bands(channel: Channel) -> Float:
    return np.unique([channel.frequency_ghz - channel.sideband_ghz, channel.frequency_ghz + channel.sideband_ghz])


def _profile(air: float, frequencies: Float) -> tuple[Float, Float]:
    """Layer temperatures (layer,) and optical depths (vapour, frequency, layer) over `air` K near the surface."""
    middle, thickness = (_LEVELS_KM[1:] + _LEVELS_KM[:-1]) / 2, np.diff(_LEVELS_KM)
    temperature = np.maximum(air - 5.8 * middle, _TROPOPAUSE_K)
    pressure = 1013.0 * np.exp(-34.16 * np.cumsum(thickness / temperature) + 17.08 * thickness / temperature)
    density = VAPOUR_AXIS[:, None] / _VAPOUR_SCALE_KM * np.exp(-middle / _VAPOUR_SCALE_KM)  # g/m3
    vapour = density * temperature / 216.7
    coefficient = absorption(
        frequencies[None, :, None], (pressure - vapour)[:, None, :], temperature[None, None, :], vapour[:, None, :]
    )
    return temperature, coefficient * thickness


def _emission(path: Float, temperature: Float) -> tuple[Float, Float, Float]:
    """Transmittance of layers (last axis, lowest first), and emission in K upwards at their top and downwards at their base."""
    from_below = np.cumsum(path, axis=-1)
    total = from_below[..., -1:]
    emitted = temperature * -np.expm1(-path)
    upward = np.sum(emitted * np.exp(from_below - total), axis=-1)
    downward = np.sum(emitted * np.exp(path - from_below), axis=-1)
    return np.exp(-total[..., 0]), upward, downward
