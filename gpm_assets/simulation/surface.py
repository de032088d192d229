"""Emission and reflection of sea, land, snow and sea ice at any frequency, incidence and polarisation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation.gas import INCIDENCE_AXIS
from gpm_assets.simulation.world import World

Float = NDArray[np.float64]
Values = NDArray[np.floating[Any]]

SEA_AXIS = np.linspace(270.0, 306.0, 10)
"""K; the first axis of `sea_table`."""

_LAND_GHZ = np.array([10.65, 18.7, 36.64, 89.0, 166.0])
_FOREST = np.array([0.920, 0.922, 0.926, 0.930, 0.932])
_DESERT_V = np.array([0.945, 0.945, 0.938, 0.930, 0.922])
_DESERT_H = np.array([0.775, 0.800, 0.835, 0.865, 0.880])
_WETNESS = np.array([0.030, 0.026, 0.018, 0.010, 0.008])
"""How much a standard deviation of terrain (soil moisture, lakes, roughness) changes the emissivity."""
_SNOW_V = np.array([0.945, 0.930, 0.870, 0.800, 0.800])
_SNOW_H = np.array([0.860, 0.850, 0.800, 0.760, 0.770])
_SEA_ICE_V = np.array([0.950, 0.950, 0.940, 0.910, 0.890])
_SEA_ICE_H = np.array([0.850, 0.870, 0.880, 0.870, 0.860])
_REFERENCE_SINE_SQUARED = float(np.sin(np.deg2rad(52.8)) ** 2)
"""The incidence at which the emissivities of land and ice above hold; both polarisations meet at nadir."""


def permittivity(frequency_ghz: Float, temperature_k: Float) -> NDArray[np.complex128]:
    """Complex relative permittivity (positive imaginary part) of sea water of 35 psu.

    Double Debye model of Liebe, Hufford and Manabe 1991; static permittivity and conductivity for salt after Stogryn 1971.
    """
    theta = 300.0 / temperature_k
    celsius = temperature_k - 273.15
    static = (77.66 + 103.3 * (theta - 1)) * (1 - 0.0030 * 35 + 0.00003 * celsius)
    middle, high = 0.0671 * static, 3.52
    first = 20.20 - 146.0 * (theta - 1) + 316.0 * (theta - 1) ** 2
    second = 39.8 * first
    water = high + (static - middle) / (1 - 1j * frequency_ghz / first) + (middle - high) / (1 - 1j * frequency_ghz / second)
    conductivity = 2.903 + 0.0861 * celsius + 4.7e-4 * celsius**2  # S/m
    return water + 1j * conductivity * 17.975 / frequency_ghz  # 17.975 = 1 / (2 pi eps0) in GHz m/S


@lru_cache(maxsize=16)
def sea_table(channels: tuple[Channel, ...]) -> Values:
    """Emissivity of a flat sea (temperature, incidence, 2, channel): vertical, horizontal (Fresnel)."""
    temperature, incidence = SEA_AXIS[:, None], np.deg2rad(INCIDENCE_AXIS)[None, :]
    result = np.empty((len(SEA_AXIS), len(INCIDENCE_AXIS), 2, len(channels)), np.float32)
    for index, channel in enumerate(channels):
        epsilon = permittivity(np.array(channel.frequency_ghz), temperature)
        root = np.sqrt(epsilon - np.sin(incidence) ** 2)
        cosine = np.cos(incidence)
        result[:, :, 0, index] = 1 - np.abs((epsilon * cosine - root) / (epsilon * cosine + root)) ** 2
        result[:, :, 1, index] = 1 - np.abs((cosine - root) / (cosine + root)) ** 2
    return result


def rough_sea(flat: Values, vertical: Values, wind: Values, sine_squared: Values, frequency_ghz: Values) -> Values:
    """Emissivity of a wind-roughened sea (n, channel) from the flat `flat` (n, 2, channel); `vertical` is the share of V.

    Roughness raises H more than V, both alike at nadir, foam adds above 7 m/s (Meissner and Wentz 2012 for the shape); the
    strength is fitted to the mean polarisation that GMI and TMI see over sea and includes the sky reflected by slopes.
    """
    slope = np.minimum(sine_squared / _REFERENCE_SINE_SQUARED, 1.3)
    strength = (frequency_ghz / 37.0) ** 0.25
    horizontal_gain = (0.0024 + 0.0046 * slope) * strength
    vertical_gain = (0.0024 - 0.0013 * slope) * strength
    foam = 0.0028 * np.maximum(wind - 7.0, 0.0)[:, None]
    wind = wind[:, None]
    emissivity = vertical * (flat[:, 0] + wind * vertical_gain) + (1 - vertical) * (flat[:, 1] + wind * horizontal_gain)
    return emissivity + foam * (1 - emissivity)


def ground(world: World, vertical: Values, sine_squared: Values, frequency_ghz: Values) -> Values:
    """Emissivity of land (n, channel): forest to desert by dryness, snow where the ground freezes."""
    dry, snow = world.dryness[:, None], _snow(world)[:, None]
    share = _mixed_share(vertical, sine_squared)
    forest = _at(frequency_ghz, _FOREST) + 0.012 * (2 * share - 1)
    desert = share * _at(frequency_ghz, _DESERT_V) + (1 - share) * _at(frequency_ghz, _DESERT_H)
    white = share * _at(frequency_ghz, _SNOW_V) + (1 - share) * _at(frequency_ghz, _SNOW_H)
    wet = _at(frequency_ghz, _WETNESS) * (1.4 - 0.8 * share)  # water polarises
    bare = forest + dry * (desert - forest) + wet * np.minimum(world.terrain, 1.5)[:, None]
    return np.minimum(bare + snow * (white + 0.02 * world.terrain[:, None] - bare), 0.99)


def sea_ice(world: World, vertical: Values, sine_squared: Values, frequency_ghz: Values) -> tuple[Values, Values]:
    """Concentration (n,) of sea ice and its emissivity (n, channel) (first-year ice)."""
    concentration = np.clip((272.6 - world.sea_surface + 0.5 * world.terrain) / 1.2, 0, 1) * np.clip(
        (272.0 - world.air) / 4, 0, 1
    )
    share = _mixed_share(vertical, sine_squared)
    return concentration, share * _at(frequency_ghz, _SEA_ICE_V) + (1 - share) * _at(frequency_ghz, _SEA_ICE_H)


def _snow(world: World) -> Values:
    return np.clip((271.0 - world.air + 1.5 * world.terrain) / 8.0, 0.0, 0.85)


def _mixed_share(vertical: Values, sine_squared: Values) -> Values:
    """Share of V after polarisations have merged towards nadir."""
    return 0.5 + (vertical - 0.5) * np.minimum(sine_squared / _REFERENCE_SINE_SQUARED, 1.3)


def _at(frequency_ghz: Values, emissivity: Float) -> Values:
    return np.interp(frequency_ghz, _LAND_GHZ, emissivity).astype(np.float32)
