"""The antenna pattern that averages rain, one for the labels and for the truth: a Gaussian of GMI's 36.64 GHz widths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE

Float = NDArray[np.float64]

RAIN_CHANNEL = next(channel for channel in INSTRUMENTS[REFERENCE].channels if channel.name == "36.64V")
"""The channel whose footprint averages rain: half-power widths of 15.6 km along the view and 9.4 km across."""

SIGMA_PER_WIDTH = 1 / np.sqrt(8 * np.log(2))
"""Standard deviation of a Gaussian over its half-power width."""

RAIN_SIGMA_KM = (RAIN_CHANNEL.along_km * SIGMA_PER_WIDTH, RAIN_CHANNEL.cross_km * SIGMA_PER_WIDTH)
"""Standard deviations of the rain pattern along and across the view."""
RAIN_AREA_KM2 = 2 * np.pi * RAIN_SIGMA_KM[0] * RAIN_SIGMA_KM[1]
"""Integral of the rain pattern over the ground."""


def rain_pattern(along_km: Float, across_km: Float) -> Float:
    """Weights of places at an offset from the pixel, along and across the view: 1 at the centre, one half at half a width."""
    along, across = RAIN_SIGMA_KM
    return np.exp(-0.5 * ((along_km / along) ** 2 + (across_km / across) ** 2))
