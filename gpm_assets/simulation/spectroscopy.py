"""Absorption by air and by cloud water at microwave frequencies: the Rosenkranz model of 2020.

Lines of water vapour and oxygen with line mixing to second order, the vapour continuum of Turner et al. 2009, nitrogen after
Borysow and Frommhold 1986, and the permittivity of liquid water, also supercooled, of Rosenkranz 2015. Coefficients are those of
the author's public line lists (Rosenkranz, MIT, 2020: `h2o_list`, `o2_list`; "R20" in PyRTlib, Larosa et al. 2024).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

_VAPOUR = np.fromstring(
    """
    22.235080 1.335e-14 2.172 2.699 0.76 13.29 1.2 -0.033 2.6 0.814 1.2 0 0
    183.310087 2.319e-12 0.677 2.959 0.63 14.81 0.83 -0.072 1.8 0.108 1.25 0 17.3
    321.225630 7.657e-14 6.262 2.426 0.73 10.65 0.54 -0.143 0.73 0.278 0.54 0 0
    325.152888 2.721e-12 1.561 2.847 0.64 13.95 0.74 -0.013 0.64 1.325 0.74 0 0
    380.197353 2.477e-11 1.062 2.868 0.54 14.4 0.89 -0.074 0.54 0.24 0.89 0 0
    439.150807 2.137e-12 3.643 2.055 0.69 9.06 0.52 0.051 0.69 0.165 0.52 0 0
    443.018343 4.44e-13 5.116 1.819 0.7 7.96 0.5 0.14 0.7 -0.229 0.5 0 0
    448.001085 2.588e-11 1.424 2.612 0.7 13.01 0.67 -0.116 0.7 -0.615 0.67 0 0
    470.888999 8.196e-13 3.645 2.169 0.73 9.7 0.65 0.061 0.73 -0.465 0.65 0 0
    474.689092 3.268e-12 2.411 2.366 0.71 11.24 0.64 -0.027 0.71 -0.72 0.64 0 0
    488.490108 6.628e-13 2.89 2.616 0.75 13.58 0.72 -0.065 0.75 -0.36 0.72 0 0
    556.935985 1.57e-09 0.161 3.115 0.75 14.24 1 0.187 0.75 -1.693 1 0 0
    620.700807 1.7e-11 2.423 2.468 0.79 11.94 0.75 0 0.79 0.687 0.92 0 0
    658.006072 9.033e-13 7.921 3.154 0.73 13.84 1 0.176 0.73 -1.496 1 0 0
    752.033113 1.035e-09 0.402 3.114 0.77 13.58 0.84 0.162 0.77 -0.878 0.84 0 0
    916.171582 4.275e-11 1.461 2.695 0.79 13.55 0.48 0 0.79 0.521 0.47 0 0
    """,
    sep=" ",
).reshape(-1, 13)
"""Columns: frequency GHz; strength Hz cm2 at 296 K and its temperature coefficient; width in air MHz/hPa and exponent, in vapour
and exponent; shift in air and exponent, in vapour and exponent; logarithmic coefficients of either shift."""

_OXYGEN = np.fromstring(
    """
    118.7503 2.906e-15 0.01 1.685 -0.041 0 -0.000695 0 -0.00028 -0.00037
    56.2648 7.957e-16 0.014 1.703 0.277 0.11 -0.09 -0.042 0.00596 0.0086
    62.4863 2.444e-15 0.083 1.513 -0.373 -0.009 -0.103 0.004 -0.0195 -0.013
    58.4466 2.194e-15 0.083 1.495 0.56 0.007 -0.239 0.025 0.032 0.019
    60.3061 3.301e-15 0.207 1.433 -0.573 0.049 -0.172 0.083 -0.0475 -0.026
    59.591 3.243e-15 0.207 1.408 0.618 -0.1 -0.171 0.167 0.0541 0.027
    59.1642 3.664e-15 0.387 1.353 -0.366 0.26 0.028 0.178 -0.0232 0.005
    60.4348 3.834e-15 0.387 1.353 0.278 -0.346 0.15 0.223 0.0155 -0.014
    58.3239 3.588e-15 0.621 1.303 -0.089 0.364 0.132 0.054 0.0007 0.012
    61.1506 3.947e-15 0.621 1.319 -0.021 -0.422 0.17 0.003 -0.0086 -0.018
    57.6125 3.179e-15 0.91 1.262 0.0599 0.315 0.087 0.002 -0.0026 -0.015
    61.8002 3.661e-15 0.91 1.265 -0.152 -0.341 0.069 -0.044 -0.0013 0.015
    56.9682 2.59e-15 1.255 1.238 0.216 0.483 0.083 -0.019 -0.0004 0.003
    62.4112 3.111e-15 1.255 1.217 -0.293 -0.503 0.068 -0.054 -0.002 -0.004
    56.3634 1.954e-15 1.654 1.207 0.374 0.598 0.007 -0.177 0.005 0.012
    62.998 2.443e-15 1.654 1.207 -0.436 -0.61 0.016 -0.208 -0.007 -0.013
    55.7838 1.373e-15 2.109 1.137 0.491 0.63 -0.021 -0.294 0.007 0.012
    63.5685 1.784e-15 2.109 1.137 -0.542 -0.633 -0.066 -0.334 -0.008 -0.012
    55.2214 9.013e-16 2.618 1.101 0.571 0.613 -0.095 -0.368 0.006 0.009
    64.1278 1.217e-15 2.618 1.101 -0.613 -0.611 -0.116 -0.386 -0.007 -0.009
    54.6712 5.545e-16 3.182 1.037 0.636 0.57 -0.118 -0.374 0.006 0.002
    64.6789 7.766e-16 3.182 1.038 -0.67 -0.564 -0.14 -0.384 -0.006 -0.002
    54.13 3.201e-16 3.8 0.996 0.69 0.58 -0.173 -0.387 0.005 0.0005
    65.2241 4.651e-16 3.8 0.996 -0.718 -0.57 -0.186 -0.389 -0.0049 -0.0005
    53.5958 1.738e-16 4.474 0.955 0.74 0.61 -0.217 -0.423 0.004 0.002
    65.7648 2.619e-16 4.474 0.955 -0.763 -0.6 -0.227 -0.422 -0.0041 -0.002
    53.0669 8.88e-17 5.201 0.906 0.788 0.64 -0.234 -0.46 0.0036 0.002
    66.3021 1.387e-16 5.201 0.906 -0.807 -0.62 -0.242 -0.46 -0.0037 -0.002
    52.5424 4.272e-17 5.983 0.858 0.834 0.65 -0.266 -0.51 0.0033 0.002
    66.8368 6.923e-17 5.983 0.858 -0.849 -0.64 -0.272 -0.5 -0.0034 -0.002
    52.0214 1.939e-17 6.819 0.811 0.876 0.66 -0.301 -0.55 0.0032 0.002
    67.3696 3.255e-17 6.819 0.811 -0.887 -0.64 -0.304 -0.53 -0.0032 -0.002
    51.5034 8.301e-18 7.709 0.764 0.915 0.66 -0.334 -0.58 0.003 0.002
    67.9009 1.445e-17 7.709 0.764 -0.922 -0.64 -0.333 -0.56 -0.003 -0.002
    50.9877 3.356e-18 8.653 0.717 0.95 0.66 -0.362 -0.62 0.0028 0.001
    68.431 6.049e-18 8.653 0.717 -0.955 -0.64 -0.358 -0.59 -0.0029 -0.001
    50.4742 1.28e-18 9.651 0.669 0.987 0.65 -0.348 -0.68 0.0029 0.0004
    68.9603 2.394e-18 9.651 0.669 -0.988 -0.63 -0.344 -0.65 -0.0029 -0.0004
    233.9461 3.287e-17 0.019 1.65 0 0 0 0 0 0
    368.4982 6.463e-16 0.048 1.64 0 0 0 0 0 0
    401.7398 1.334e-17 0.045 1.64 0 0 0 0 0 0
    424.763 7.049e-15 0.044 1.64 0 0 0 0 0 0
    487.2493 3.011e-15 0.049 1.6 0 0 0 0 0 0
    566.8956 1.797e-17 0.084 1.6 0 0 0 0 0 0
    715.3929 1.826e-15 0.145 1.6 0 0 0 0 0 0
    731.1866 2.193e-17 0.136 1.6 0 0 0 0 0 0
    773.8395 1.153e-14 0.141 1.62 0 0 0 0 0 0
    834.1455 3.974e-15 0.145 1.47 0 0 0 0 0 0
    895.071 2.512e-17 0.201 1.47 0 0 0 0 0 0
    """,
    sep=" ",
).reshape(-1, 10)
"""Columns: frequency GHz; strength cm2 Hz at 300 K and its temperature coefficient; width MHz/hPa; mixing at 300 K and its
slope with 300 K / T - 1; second-order mixing of strength, the same two; second-order shift GHz, the same two."""


def absorption(frequency_ghz: ArrayLike, dry_hpa: ArrayLike, temperature_k: ArrayLike, vapour_hpa: ArrayLike) -> Float:
    """Power absorption coefficient of air in Np/km; arguments broadcast, `dry_hpa` is the pressure without vapour."""
    f, p, t, e = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (frequency_ghz, dry_hpa, temperature_k, vapour_hpa)))
    return _vapour(f, p, t, e) + _oxygen(f, p, t, e) + _nitrogen(f, p, t)


def _vapour(f: Float, p: Float, t: Float, e: Float) -> Float:
    theta = 300.0 / t
    continuum = (5.954e-10 * p * theta**3 + 1.42e-8 * e * theta**7.5) * e * f**2
    f0, s0, b, w, x, ws, xs, d, xd, ds, xds, a, as_ = (column for column in _VAPOUR.T)
    ti = (296.0 / t)[..., None]
    f, p, e = f[..., None], p[..., None], e[..., None]
    width = 1e-3 * (w * p * ti**x + ws * e * ti**xs)
    shift = 1e-3 * (d * p * (1 - a * np.log(ti)) * ti**xd + ds * e * (1 - as_ * np.log(ti)) * ti**xds)
    strength = s0 * ti**2.5 * np.exp(b * (1 - ti))
    base = width / (750.0**2 + width**2)  # the continuum is what lies beyond 750 GHz (Clough)
    shape = np.zeros(np.broadcast_shapes(f.shape, f0.shape))
    for away in (f - f0 - shift, f + f0 + shift):
        shape += np.where(np.abs(away) < 750.0, width / (away**2 + width**2) - base, 0.0)
    density = 216.68 * e[..., 0] / t  # g/m3
    return 3.1831e-5 * 3.344e16 * density * np.sum(strength * shape * (f / f0) ** 2, axis=-1) + continuum


def _oxygen(f: Float, p: Float, t: Float, e: Float) -> Float:
    theta = 300.0 / t
    broadening = 1e-3 * (p * theta**0.754 + 1.2 * e * theta)
    debye = 0.56 * broadening
    total = 1.584e-17 * f**2 * debye / (theta * (f**2 + debye**2))
    f0, s0, b, w, y0, y1, g0, g1, d0, d1 = (column for column in _OXYGEN.T)
    warmer, q = (theta - 1)[..., None], broadening[..., None]
    width, mixing = w * q, q * (y0 + y1 * warmer)
    gain, shift = 1 + q**2 * (g0 + g1 * warmer), q**2 * (d0 + d1 * warmer)
    below, above = f[..., None] - f0 - shift, f[..., None] + f0 + shift
    shape = (width * gain + below * mixing) / (below**2 + width**2) + (width * gain - above * mixing) / (above**2 + width**2)
    total = total + np.sum(s0 * np.exp(-b * warmer) * shape * (f[..., None] / f0) ** 2, axis=-1)
    return 1.004 * 1.6097e11 * np.maximum(total, 0.0) * p * theta**3


def _nitrogen(f: Float, p: Float, t: Float) -> Float:
    return 9.95e-14 * (0.5 + 0.5 / (1 + (f / 450.0) ** 2)) * (p * f) ** 2 * (300.0 / t) ** 3.22


def water_permittivity(frequency_ghz: ArrayLike, temperature_k: ArrayLike) -> NDArray[np.complex128]:
    """Complex relative permittivity of liquid water, positive imaginary part: 1 to 1000 GHz, 248 to 330 K.

    Static part of Patek et al. 2009, Debye term of Ellison 2007, B band of Rosenkranz 2015.
    """
    celsius = np.asarray(temperature_k, np.float64) - 273.15
    theta = 300.0 / np.asarray(temperature_k, np.float64)
    z = 1j * np.asarray(frequency_ghz, np.float64)
    static = -43.7527 * theta**0.05 + 299.504 * theta**1.47 - 399.364 * theta**2.11 + 221.327 * theta**2.31
    relaxing = 80.69715 * np.exp(-celsius / 226.45)
    rate = 1164.023 * np.exp(-651.4728 / (celsius + 133.07))
    strength = 4.008724 * np.exp(-celsius / 103.05)
    low = (-0.75 + 1j) * (10.46012 + 0.1454962 * celsius + 0.063267156 * celsius**2 + 0.00093786645 * celsius**3)
    high = -4500.0 + 2000.0j
    norm = np.log(high / low)
    band = np.log((z - high) / (z - low)) / norm + np.log((z - np.conj(high)) / (z - np.conj(low))) / np.conj(norm)
    return np.conj(static - relaxing * z / (rate + z) + strength * (0.5 * band - 1))


def cloud_absorption(frequency_ghz: ArrayLike, temperature_k: ArrayLike) -> Float:
    """Mass absorption coefficient of cloud drops in m2/kg (Rayleigh limit)."""
    epsilon = water_permittivity(frequency_ghz, temperature_k)
    return 0.06286 * np.asarray(frequency_ghz) * np.imag((epsilon - 1) / (epsilon + 2))
