"""Samplings: rows and pixels on which the swath groups of an instrument are put.

The GMI-like sampling of a sensor follows its own scans, so that a network trained on GMI finds the spacing it knows:

- rows: `Instrument.rows_per_scan` rows a native scan, row k at scan k / rows_per_scan. The ratio is the simplest one near GMI's
  13.5 km (SSMIS 1, ATMS 4/3): rows hit native scans periodically and every native scan has a row within half its spacing.
- pixels: equidistant along the scan at GMI's own S1 spacing (5.8 km), symmetric about the middle of the reference group, whose
  outermost pixel centres they span, with `Instrument.edge_pixels` more on either side. For GMI this is the identity.
- a few rows beyond the reference group's first and last scan, which keep what only another group saw.

The native sampling is the reference group's own scans and pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE, Instrument

Float = NDArray[np.float64]

_MARGIN_ROWS = 5
"""GMI S2 lies four scans before S1, F16's S1 up to four after S4."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Targets of an instrument: rows a native scan, fractional reference pixels (pixel,), rows beyond either end."""

    name: str
    rows_per_scan: Fraction
    pixels: Float
    margin: int

    @property
    def edge(self) -> int:
        """Whole reference pixels that targets reach beyond either end: they are symmetric about the middle."""
        return max(0, math.ceil(-self.pixels[0]))

    def scans(self, first: int, rows: int) -> Float:
        """Fractional reference scans (row,) of some rows, counted from the first scan."""
        return np.arange(first, first + rows, dtype=np.float64) * float(1 / self.rows_per_scan)


def pixel_coordinates(instrument: Instrument) -> Float:
    """Fractional reference pixels (pixel,) of the GMI-like sampling: equidistant on the ground, GMI's spacing.

    Beyond the reference group they are continued with its outermost spacing.
    """
    _, between_km = spacing_km(instrument)
    native_km = instrument.along_scan_km(instrument.group(instrument.reference_group))
    steps = int(native_km[-1] / between_km + 1e-6)
    edge = instrument.edge_pixels
    wanted_km = native_km[-1] / 2 + (np.arange(-edge, steps + 1 + edge) - steps / 2) * between_km
    beyond = np.minimum(wanted_km, 0.0) / (native_km[1] - native_km[0])
    beyond += np.maximum(wanted_km - native_km[-1], 0.0) / (native_km[-1] - native_km[-2])
    inside = np.interp(wanted_km, native_km, np.arange(len(native_km)))
    return np.asarray(inside + beyond, np.float64)


def spacing_km(instrument: Instrument) -> tuple[float, float]:
    """Kilometres between rows and between pixels of the GMI-like sampling of an instrument."""
    gmi = INSTRUMENTS[REFERENCE]
    gmi_km = gmi.along_scan_km(gmi.group(gmi.reference_group))
    return instrument.scan_spacing_km / float(instrument.rows_per_scan), float(gmi_km[-1] / (len(gmi_km) - 1))


def row_coordinates(instrument: Instrument, scans: int, *, margin: int = 0) -> Float:
    """Fractional scans (row,) of the GMI-like rows of a granule with that many scans, and of `margin` rows before and after."""
    grid = _gmi_like(instrument)
    return grid.scans(-margin, int((scans - 1) * grid.rows_per_scan) + 1 + 2 * margin)


def _gmi_like(instrument: Instrument) -> Grid:
    return Grid("GMI-like", instrument.rows_per_scan, pixel_coordinates(instrument), _MARGIN_ROWS)


def _native(instrument: Instrument) -> Grid:
    pixels = instrument.group(instrument.reference_group).pixels
    return Grid("native", Fraction(1), np.arange(pixels, dtype=np.float64), 0)


SAMPLINGS: dict[str, Callable[[Instrument], Grid]] = {"GMI-like": _gmi_like, "native": _native}
"""Where swaths can be put, as settings name it."""
