"""Conditions of a swath's pixels: what their TB depend on beside the scene's rain (`models.conditions`)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gpm_assets.geography.land import land_fraction
from gpm_assets.swath import Swath
from models.conditions import CONDITIONS


def conditions(swath: Swath, names: tuple[str, ...] = tuple(CONDITIONS)) -> NDArray[np.float32]:
    """Conditions (scan, pixel, name) of a swath in their units, NaN where unknown."""
    made = [_OF[name](swath) for name in names]
    return np.stack(made, axis=-1).astype(np.float32) if made else np.zeros((*swath.shape, 0), np.float32)


def _incidence(swath: Swath) -> NDArray[np.floating]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # pixels without any
        return np.nanmean(np.abs(swath.incidence), axis=-1)


def _scan_position(swath: Swath) -> NDArray[np.floating]:
    return np.broadcast_to(np.linspace(-1, 1, swath.shape[1]), swath.shape)


_OF: Mapping[str, Callable[[Swath], NDArray[np.floating]]] = {
    "land_fraction": lambda swath: land_fraction(swath.latitude, swath.longitude),
    "incidence": _incidence,
    "scan_position": _scan_position,
    "latitude": lambda swath: swath.latitude,
}
