"""Emissivity of sea, land, snow and sea ice at any frequency, incidence and polarisation; all reflect like mirrors.

Sea: physics and fits of Meissner and Wentz (2004, 2012). Land, snow and ice: tables of rounded published values, told below; both
polarisations meet at nadir.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation.lookup import Table, table
from gpm_assets.simulation.physics import Physics
from gpm_assets.simulation.world import World

Float = NDArray[np.float64]
Values = NDArray[np.floating[Any]]

SALINITY_PSU = 35.0
SEA_AXIS = np.linspace(270.0, 306.0, 10)
"""K."""
WIND_AXIS = np.linspace(0.0, 30.0, 21)
"""m/s at 10 m."""
INCIDENCE_AXIS = np.linspace(0.0, 66.0, 12)
"""Degrees."""

_WIND_GHZ = np.array([6.8, 10.7, 18.7, 37.0, 85.5])
_WIND = np.fromstring(
    """
    4.96726E-05 -3.03363E-04 5.60506E-05 -2.86408E-06 4.88803E-08   3.85750E-03 -5.10844E-04 4.89469E-05 -1.50552E-06 1.20306E-08
    -2.35464E-04 -2.76866E-04 5.73583E-05 -2.94364E-06 4.89421E-08   4.17650E-03 -6.20751E-04 6.82607E-05 -2.47982E-06 2.80155E-08
    3.26502E-05 -3.65935E-04 6.62807E-05 -3.40705E-06 5.81231E-08   5.06330E-03 -7.41324E-04 8.54446E-05 -3.28225E-06 4.01950E-08
    -7.03594E-04 -2.17673E-04 4.00659E-05 -1.84769E-06 2.76830E-08   5.63832E-03 -8.43744E-04 1.06734E-04 -4.61253E-06 6.67315E-08
    -3.14175E-03 4.06967E-04 -3.33273E-05 1.26520E-06 -1.67503E-08   6.01311E-03 -7.00158E-04 1.26075E-04 -7.27339E-06 1.35737E-07
    """,
    sep=" ",
).reshape(5, 2, 5)
"""Wind-induced emissivity (frequency, V or H, power 1 to 5 of m/s) at 55.2 degrees, 20 C (Meissner and Wentz 2012, table 2)."""
_WIND_INCIDENCE_DEG = 55.2
_WIND_EXPONENT = np.array([4.0, 1.5])
_WIND_LINEAR_ABOVE = 20.0

_LAND_GHZ = np.array([10.65, 18.7, 36.64, 89.0, 166.0])
_CLASSES = {
    "forest": [[0.930, 0.932, 0.936, 0.940, 0.942], [0.922, 0.921, 0.918, 0.920, 0.922]],
    "desert": [[0.945, 0.945, 0.938, 0.930, 0.922], [0.775, 0.800, 0.835, 0.865, 0.880]],
    "fresh snow": [[0.950, 0.945, 0.920, 0.860, 0.840], [0.880, 0.875, 0.860, 0.820, 0.810]],
    "old snow": [[0.940, 0.915, 0.820, 0.730, 0.760], [0.840, 0.820, 0.740, 0.690, 0.730]],
    "first-year ice": [[0.950, 0.950, 0.940, 0.910, 0.890], [0.850, 0.870, 0.880, 0.870, 0.860]],
    "multi-year ice": [[0.930, 0.880, 0.760, 0.690, 0.720], [0.840, 0.800, 0.690, 0.650, 0.690]],
}
"""Emissivity (V or H, frequency) at 53 degrees: land and snow of the order of TELSEM (Prigent et al. 2006) and of Hewison and
English 1999, ice of NORSEX (Svendsen et al. 1983) and of Comiso's tie points; rounded, tuned within their spread."""
_WETNESS = np.array([[0.027, 0.0218, 0.0130, 0.006, 0.0048], [0.063, 0.0510, 0.0302, 0.014, 0.0112]])
"""How much a standard deviation of terrain (soil moisture, lakes, roughness) changes emissivity; water polarises."""
_SINE_SQUARED = float(np.sin(np.deg2rad(52.8)) ** 2)
_MOST = 0.99


@dataclass(frozen=True)
class Surface:
    """Emission in K and reflectivity (2, channel, n), first V, then H, of what is at each place.

    `rough` (2, channel, n): reflectivity times `sky_gain` of the share of open sea.
    """

    emission: Values
    reflectivity: Values
    rough: Values


def surface(world: World, channels: tuple[Channel, ...], incidence_deg: Values, physics: Physics) -> Surface:
    """The mixture of open sea, sea ice, land and snow at n places seen at one incidence, a number or (n,)."""
    sine_squared = np.sin(np.deg2rad(incidence_deg)) ** 2
    ground, kelvin = _ground_terms(world)
    coefficients = land_coefficients(channels, physics)
    merge = np.minimum(sine_squared / np.float32(_SINE_SQUARED), np.float32(1.3))
    mean, half = (np.array(sign, np.float32) @ coefficients for sign in ((0.5, 0.5), (0.5, -0.5)))  # (term, channel)
    flat, slant = ((mean.T @ terms, (half.T @ (terms * merge))) for terms in (ground, ground * kelvin))
    open_sea = (1 - world.land) * (1 - world.sea_ice)
    emissivity = _sea(world, channels, incidence_deg, physics)
    reflectivity, emission = np.empty_like(emissivity), np.empty_like(emissivity)
    for polarisation, sign in enumerate((np.float32(1), np.float32(-1))):
        reflectivity[polarisation] = 1 - open_sea * emissivity[polarisation] - (flat[0] + sign * flat[1])
        emission[polarisation] = open_sea * world.sea_surface * emissivity[polarisation] + (slant[0] + sign * slant[1])
    rough = (1 - emissivity) * sky_gain(channels, world.wind, sine_squared)
    return Surface(emission, reflectivity, rough * open_sea)


def permittivity(
    frequency_ghz: ArrayLike, temperature_k: ArrayLike, salinity_psu: float = SALINITY_PSU
) -> NDArray[np.complex128]:
    """Complex relative permittivity of sea water, positive imaginary part (Meissner and Wentz 2004, with the changes of 2012)."""
    f, t, s = np.asarray(frequency_ghz, np.float64), np.asarray(temperature_k, np.float64) - 273.15, salinity_psu
    static = (3.70886e4 - 8.2168e1 * t) / (4.21854e2 + t) * np.exp(-3.33330e-3 * s + 4.74868e-6 * s**2)
    middle = (5.7230 + 2.2379e-2 * t - 7.1237e-4 * t**2) * np.exp(-6.28908e-3 * s + 1.76032e-4 * s**2 - 9.22144e-5 * s * t)
    salted = 2.3232e-3 - 7.9208e-5 * t + 3.6764e-6 * t**2 - 3.5594e-7 * t**3 + 8.9795e-9 * t**4
    salted = np.where(t <= 30, salted, 9.1873715e-04 + 1.5012396e-04 * (t - 30))
    first = (45 + t) / (5.0478 - 7.0315e-2 * t + 6.0059e-4 * t**2) * (1 + s * salted)
    second = (45 + t) / (1.3652e-1 + 1.4825e-3 * t + 2.4166e-4 * t**2) * (1 + s * (-1.99723e-2 + 0.9058800e-4 * (t + 30)))
    high = (3.6143 + 2.8841e-2 * t) * (1 + s * (-2.04265e-3 + 1.57883e-4 * t))
    conductivity = 2.903602 + 8.607e-2 * t + 4.738817e-4 * t**2 - 2.991e-6 * t**3 + 4.3047e-9 * t**4  # S/m at 35 psu
    ratio = s * (37.5109 + 5.45216 * s + 1.4409e-2 * s**2) / (1004.75 + 182.283 * s + s**2)
    slope = (6.9431 + 3.2841 * s - 9.9486e-2 * s**2) / (84.850 + 69.024 * s + s**2)
    conductivity = conductivity * ratio * (1 + (t - 15) * slope / (49.843 - 0.2276 * s + 1.98e-3 * s**2 + t))
    debye = (static - middle) / (1 - 1j * f / first) + (middle - high) / (1 - 1j * f / second) + high
    return debye + 1j * conductivity * 17.97510 / f  # 17.975 = 1 / (2 pi eps0) in GHz m/S


def fresnel(epsilon: NDArray[np.complex128], incidence_deg: ArrayLike) -> Float:
    """Emissivity (2, ...) of a flat surface: V, H."""
    angle = np.deg2rad(incidence_deg)
    cosine, root = np.cos(angle), np.sqrt(epsilon - np.sin(angle) ** 2)
    vertical = (epsilon * cosine - root) / (epsilon * cosine + root)
    return np.stack([1 - np.abs(vertical) ** 2, 1 - np.abs((cosine - root) / (cosine + root)) ** 2])


@lru_cache(maxsize=64)
def sea_table(channels: tuple[Channel, ...], physics: Physics) -> Table:
    """Emissivity (2, channel) of the sea over temperature in K, wind in m/s and incidence in degrees."""
    result = np.empty((2, len(channels), len(SEA_AXIS), len(WIND_AXIS), len(INCIDENCE_AXIS)))
    for index, channel in enumerate(channels):
        epsilon = permittivity(channel.frequency_ghz, SEA_AXIS)
        flat = fresnel(epsilon[:, None], INCIDENCE_AXIS)  # (2, temperature, incidence)
        usual = fresnel(permittivity(channel.frequency_ghz, 293.15), _WIND_INCIDENCE_DEG)
        warmer = fresnel(epsilon, _WIND_INCIDENCE_DEG) / usual[:, None]
        rough = physics.sea_roughness * wind_emissivity(channel.frequency_ghz)[:, None] * warmer[..., None]
        result[:, index] = np.minimum(flat[:, :, None] + _at_incidence(rough), _MOST)
    return table((SEA_AXIS, WIND_AXIS, INCIDENCE_AXIS), result)


def wind_emissivity(frequency_ghz: float) -> Float:
    """What wind adds to emissivity (2, wind) at 55.2 degrees and 20 C; above 85.5 GHz as there."""
    share = [[np.interp(frequency_ghz, _WIND_GHZ, column) for column in polarised.T] for polarised in np.moveaxis(_WIND, 1, 0)]
    power = np.arange(1, 6)[:, None]
    cut = np.minimum(WIND_AXIS, _WIND_LINEAR_ABOVE)
    terms = cut**power + power * (WIND_AXIS - cut) * _WIND_LINEAR_ABOVE ** (power - 1)
    return np.array(share) @ terms


def _at_incidence(rough: Float) -> Float:
    """(2, temperature, wind, incidence) of wind-induced emissivity (2, temperature, wind) at 55.2 degrees (equation 18)."""
    nadir = rough.mean(axis=0, keepdims=True)
    ratio = INCIDENCE_AXIS / _WIND_INCIDENCE_DEG
    x = _WIND_EXPONENT[:, None]
    growth = np.where(ratio <= 1, ratio**x, 1 + x * (ratio - 1))  # (2, incidence)
    return nadir[..., None] + (rough - nadir)[..., None] * growth[:, None, None]


def sky_gain(channels: tuple[Channel, ...], wind: Values, sine_squared: Values) -> Values:
    """(2, channel, n): by which share the slopes of a rough sea see more of the sky's excess over cosmos, in clear dry air.

    V falls off with the 3.4th, H with the 2nd power of the sky's transmittance (Wentz and Meissner 2000, theoretical basis of
    AMSR, for 53 degrees; here in proportion to the squared sine of incidence).
    """
    f = np.array([channel.frequency_ghz for channel in channels])
    low = np.minimum(f, 37.0)
    variance = 5.22e-3 * (1 - 0.00748 * (37.0 - low) ** 1.3)
    strength = np.stack([2.5 + 0.018 * (37.0 - low), 6.2 - 0.001 * (37.0 - low) ** 2])[..., None].astype(np.float32)
    slope = np.minimum(variance.astype(np.float32)[:, None] * wind, np.float32(0.069))
    return strength * (slope - 70 * slope**3) * (sine_squared / np.float32(_SINE_SQUARED))


@lru_cache(maxsize=64)
def land_coefficients(channels: tuple[Channel, ...], physics: Physics) -> NDArray[np.float32]:
    """(term, 2, channel) of emissivity at 53 degrees, see `_ground_terms`."""
    frequency = np.array([channel.frequency_ghz for channel in channels])

    def at(values: ArrayLike) -> Float:
        return np.stack([np.interp(frequency, _LAND_GHZ, row) for row in np.asarray(values)])

    kind = {name: at(values) for name, values in _CLASSES.items()}
    scattered = physics.snow_emissivity * frequency / 89.0
    rows = [
        kind["forest"] + physics.land_emissivity,
        kind["desert"] - kind["forest"],
        at(_WETNESS),
        kind["fresh snow"] + scattered,
        kind["old snow"] - kind["fresh snow"],
        kind["first-year ice"] + scattered,
        kind["multi-year ice"] - kind["first-year ice"],
    ]
    return np.stack(rows).astype(np.float32)


def _ground_terms(world: World) -> tuple[Values, Values]:
    """Weights (term, n) of the rows of `land_coefficients`, and the temperature (term, n) at which each emits.

    Snow grows old, coarse and scattering where it is cold for long.
    """
    ice = world.sea_ice * (1 - world.land)
    bare, white = world.land * (1 - world.snow), world.land * world.snow
    old = np.clip((266.0 - world.air) / 25.0 + 0.15 * world.terrain, 0, 1)
    terms = (bare, bare * world.dryness, bare * np.minimum(world.terrain, 1.5), white, white * old, ice, ice * world.old_ice)
    kelvin = np.concatenate(
        [np.broadcast_to(world.land_surface, (5, len(ice))), np.broadcast_to(np.minimum(world.air, 271.3), (2, len(ice)))]
    )
    return np.stack(terms).astype(np.float32), kelvin


def _sea(world: World, channels: tuple[Channel, ...], incidence_deg: Values, physics: Physics) -> Values:
    """Emissivity (2, channel, n) of the open sea."""
    return sea_table(channels, physics)(world.sea_surface, world.wind, incidence_deg)
