"""Optical depth of gases and cloud in each layer: a polynomial in its temperature, vapour and cloud water.

It is fitted to the line-by-line model (`spectroscopy`), within two per cent below 10 km; one product of matrices gives a layer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation.layers import EDGES_KM, TROPOPAUSE_K, VAPOUR_SCALE_KM
from gpm_assets.simulation.spectroscopy import absorption, cloud_absorption

Float = NDArray[np.float64]
Values = NDArray[np.floating[Any]]

SURFACE_HPA = 1013.0
_AIR_K = np.linspace(228.0, 314.0, 10)
"""Air temperatures near the ground for which the polynomials are fitted."""
_LAPSE_K_PER_KM = (5.2, 6.4)
_SATURATION = np.linspace(0.0, 1.3, 6)
"""Relative humidities, the same: the world may be somewhat moister than saturated."""
_SLICES = 6
"""Slices of a layer of which absorption is summed."""
_REFERENCE_K = 260.0
_COLDEST_CLOUD_K = 248.0
"""Below it the permittivity of supercooled water is not known (Rosenkranz 2015)."""


def features(temperature_k: Values, vapour: Values, liquid: Values) -> Values:
    """Terms (12, ...) of the polynomial: mean temperature of a layer in K, its vapour and cloud liquid in kg/m2."""
    t = (temperature_k - np.float32(_REFERENCE_K)) * np.float32(0.05)
    v2, t2 = vapour * vapour, t * t
    cool = np.maximum(t, np.float32((_COLDEST_CLOUD_K - _REFERENCE_K) * 0.05))
    c1 = liquid * cool
    c2 = c1 * cool
    return np.stack([np.ones_like(t), t, t2, vapour, vapour * t, vapour * t2, v2, v2 * t, liquid, c1, c2, c2 * cool])


@lru_cache(maxsize=64)
def polynomials(channels: tuple[Channel, ...]) -> NDArray[np.float32]:
    """Coefficients (layer, channel, 12): vertical optical depth is their product with `features`; sidebands averaged.

    Absorption, not TB, is averaged over the two sidebands: they differ by a tenth, which makes 0.1 K at most.
    """
    bands = [_bands(channel) for channel in channels]
    frequencies = np.unique(np.concatenate(bands))
    result = np.empty((len(EDGES_KM) - 1, len(channels), 12), np.float32)
    result[:, :, 8:] = [_cloud(band) for band in bands]
    for layer in range(len(result)):
        parts = [_layer(layer, lapse, frequencies) for lapse in _LAPSE_K_PER_KM]
        terms, depth = (np.concatenate(part) for part in zip(*parts, strict=True))
        for index, band in enumerate(bands):
            mean = depth[:, np.searchsorted(frequencies, band)].mean(axis=1)
            weight = 1 / (0.02 + mean)  # relative where opaque
            result[layer, index, :8] = np.linalg.lstsq(terms * weight[:, None], mean * weight, rcond=None)[0]
    return result


def pressure_hpa(height_km: Float, air: Float, lapse_k_per_km: float) -> Float:
    """Pressure over air of that temperature at the ground, hydrostatic, with a lapse rate up to the tropopause."""
    tropopause = np.maximum((air - TROPOPAUSE_K) / lapse_k_per_km, 0.0)
    below = np.minimum(height_km, tropopause)
    factor = (1 - lapse_k_per_km * below / air) ** (34.163 / lapse_k_per_km)
    return SURFACE_HPA * factor * np.exp(-34.163 * (height_km - below) / TROPOPAUSE_K)


def saturation_hpa(temperature_k: Float) -> Float:
    """Saturation vapour pressure over water (Magnus formula, WMO)."""
    celsius = temperature_k - 273.15
    return 6.112 * np.exp(17.62 * celsius / (243.12 + celsius))


def _bands(channel: Channel) -> Float:
    return np.unique([channel.frequency_ghz - channel.sideband_ghz, channel.frequency_ghz + channel.sideband_ghz])


def _layer(layer: int, lapse_k_per_km: float, frequencies: Float) -> tuple[Float, Float]:
    """Terms (sample, 8) and optical depths (sample, frequency) of a layer in all fitted states."""
    low, high = EDGES_KM[layer : layer + 2]
    height = low + (np.arange(_SLICES) + 0.5) * (high - low) / _SLICES
    air = _AIR_K[:, None, None]
    temperature = np.maximum(air - lapse_k_per_km * height, TROPOPAUSE_K)
    edge = np.maximum(_AIR_K[:, None] - lapse_k_per_km * np.array([low, high]), TROPOPAUSE_K)
    middle = edge.mean(axis=1)
    shape = np.exp(-(height - height.mean()) / VAPOUR_SCALE_KM)
    density = 216.68 * saturation_hpa(middle)[:, None, None] / middle[:, None, None] * _SATURATION[:, None] * shape  # g/m3
    vapour_hpa = density * temperature / 216.68
    dry_hpa = np.maximum(pressure_hpa(height, air, lapse_k_per_km) - vapour_hpa, 0.0)
    coefficient = absorption(frequencies, dry_hpa[..., None], temperature[..., None], vapour_hpa[..., None])
    depth = coefficient.mean(axis=2) * (high - low)
    vapour = density.mean(axis=2) * (high - low)  # kg/m2
    terms = features(np.broadcast_to(middle[:, None], vapour.shape), vapour, np.zeros_like(vapour))[:8]
    return np.asarray(terms.reshape(8, -1).T, np.float64), depth.reshape(-1, len(frequencies))


def _cloud(band: Float) -> Float:
    """Coefficients (4,) of absorption by cloud water."""
    kelvin = np.linspace(_COLDEST_CLOUD_K, 305.0, 20)
    coefficient = np.mean([cloud_absorption(frequency, kelvin) for frequency in band], axis=0)
    terms = features(kelvin, np.zeros_like(kelvin), np.ones_like(kelvin))[8:].T
    return np.linalg.lstsq(terms / coefficient[:, None], np.ones_like(kelvin), rcond=None)[0]
