"""Codes of radar products and what they mean here, both ways: rain type, surface class, quality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

HIGH, LOW, BAD, UNKNOWN = 0, 1, 2, -99
"""Quality of a pixel; rain of BAD and UNKNOWN pixels is not used."""

NO_RAIN = -1111
"""Rain type where it does not rain; rates say 0 or -1111.1 there."""
_MISSING = -9999
_TYPE_UNIT = 10_000_000  # 1 stratiform, 2 convective, 3 other, followed by seven digits of detail
_SURFACE_UNIT = 100  # 0-99 ocean, 100-199 land, 200-299 coast, 300-399 inland water


def rain_type(stored: NDArray[Any]) -> NDArray[np.int8]:
    """0 none, 1 stratiform, 2 convective, 3 other, -1 missing, from `typePrecip` or `precipitationType`."""
    return np.where(stored == NO_RAIN, np.int8(0), _classes(stored, _TYPE_UNIT, range(1, 4)))


def stored_rain_type(kind: NDArray[np.int8]) -> NDArray[np.int32]:
    """The code of a rain type, without detail."""
    return np.select([kind < 0, kind == 0], [_MISSING, NO_RAIN], kind.astype(np.int32) * _TYPE_UNIT).astype(np.int32)


def surface_class(stored: NDArray[Any]) -> NDArray[np.int8]:
    """0 ocean, 1 land, 2 coast, 3 inland water, -1 missing, from `landSurfaceType` or `surfaceType`."""
    return _classes(stored, _SURFACE_UNIT, range(4))


def stored_surface_class(surface: NDArray[np.int8]) -> NDArray[np.int32]:
    """The code of a surface class, without detail."""
    return np.where(surface < 0, _MISSING, surface.astype(np.int32) * _SURFACE_UNIT).astype(np.int32)


def _classes(stored: NDArray[Any], unit: int, allowed: range) -> NDArray[np.int8]:
    classes = stored // unit
    return np.where((stored >= 0) & np.isin(classes, list(allowed)), classes, -1).astype(np.int8)


@dataclass(frozen=True)
class QualityCode:
    """How a dataset tells quality: `read` makes HIGH, LOW, BAD, UNKNOWN of what is stored, `write` the reverse.

    `read` takes (scan, ray, frequency) and gives (scan, ray): the worst of the frequencies that are present; `write` takes and
    gives (scan, ray).
    """

    read: Callable[[NDArray[Any]], NDArray[np.int8]]
    write: Callable[[NDArray[np.int8]], NDArray[Any]]


def _read_flag(stored: NDArray[Any]) -> NDArray[np.int8]:
    worst = stored.max(axis=2, initial=UNKNOWN)  # a frequency that is missing says -99
    return np.where(worst < 0, UNKNOWN, np.minimum(worst, BAD)).astype(np.int8)


def _read_io_quality(stored: NDArray[Any]) -> NDArray[np.int8]:
    digits = np.maximum(stored, 0)[..., None] // 10 ** np.arange(6) % 10
    bad = (digits[..., :5] == 9).any(axis=-1)
    low = (digits[..., 5] == 9) | (digits[..., 2] == 2)
    return _read_flag(np.select([stored < 0, bad, low], [UNKNOWN, BAD, LOW], HIGH))


def _write_io_quality(quality: NDArray[np.int8]) -> NDArray[np.int32]:
    return np.select([quality < 0, quality == BAD, quality == LOW], [_MISSING, 99_999, 200], 0).astype(np.int32)


QUALITY: Mapping[str, QualityCode] = MappingProxyType(
    {
        "FLG/qualityFlag": QualityCode(_read_flag, lambda quality: quality),
        "FLG/ioQuality": QualityCode(_read_io_quality, _write_io_quality),
    }
)
"""Quality by the dataset that tells it.

`qualityFlag` of 2A holds 0, 1, 2 themselves. `ioQuality` of 2B is a number of decimal digits, from the last: whether there is an
output; whether Ku band saw rain; the attenuation (0 known, 1 in the noise of the surface's return, 2 signal lost); where the
freezing level (0 bright band, 1 analysis) and the rain type (0 known, 1 uncertain, 2 no rain) come from; whether GMI saw the
place. 9 means that the input is missing or bad (public source of CORRA; real V07 pixels have 1100 in rain and 21110 without).
Here: BAD where one of the five radar digits is 9; LOW where GMI's is 9 or the signal is lost; HIGH otherwise. Only the digits
that decide are written.
"""
