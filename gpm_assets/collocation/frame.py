"""A granule on a sampling while it is made: positions and times first, then the values of one swath group after another.

Rows come in blocks. Of a group whose nominal coordinates hold, every block is the first one (`precomputed` for an instrument
and orbit era) moved on by whole scans; of any other each block is built from the granule's own coordinates. What grows with the
granule are the arrays of the result alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation import lattice
from gpm_assets.collocation.alignment import Alignment, align, nominal
from gpm_assets.collocation.grid import SAMPLINGS, Grid
from gpm_assets.collocation.operator import Block, Natives, block
from gpm_assets.constellation.instruments import Instrument
from gpm_assets.constellation.nouns import MeanElements
from gpm_assets.constellation.orbits import orbit_at
from gpm_assets.constellation.sphere import degrees, unit_vectors
from gpm_assets.swath import Swath

Float = NDArray[np.float64]
Values = NDArray[np.float32]

_BLOCK_ROWS = 64
_BEYOND_SCANS = 8
"""Coordinates farther outside a granule are put here: nothing is there, and windows of native scans stay short."""


class Frame:
    """Positions, times and values on the sampling of one granule."""

    def __init__(self, reference: Swath, instrument: Instrument, grid: Grid) -> None:
        self.reference, self.instrument, self.grid = reference, instrument, grid
        self.nodes = _nodes(reference)
        rows = int((reference.shape[0] - 1) * grid.rows_per_scan) + 1 + 2 * grid.margin
        self.scans = grid.scans(-grid.margin, rows)
        self.channels = [channel.name for channel in instrument.channels]
        self.taken = np.zeros(len(self.channels), bool)
        self.alignments: dict[str, Alignment] = {}
        self.counts: dict[str, int] = {}
        shape = rows, len(grid.pixels)
        self.values: dict[str, Values] = {
            name: np.full((*shape, len(self.channels)), empty, np.float32)
            for name, empty in (("tb", np.nan), ("incidence", np.nan), ("support", 0.0), ("squared_weights", 0.0))
        }
        self.quality = np.zeros(shape, np.int8)

    def take(self, swath: Swath) -> None:
        """Put one swath group on the targets."""
        nodes = self.nodes if swath is self.reference else _nodes(swath)
        natives = Natives(swath, nodes)
        columns = [self.channels.index(name) for name in swath.channels]
        for rows, at in self._blocks(swath, nodes):
            part = natives.put(at, self.vectors(rows))
            for name, values in self.values.items():
                values[rows][..., columns] = getattr(part, name)
            self.quality[rows] = _worse(self.quality[rows], part.quality)
        self.taken[columns] = True
        self.counts |= {f"{swath.group} {reason}": number for reason, number in swath.counts.items()}

    def vectors(self, rows: slice) -> Float:
        """Unit vectors (row, pixel, 3) of the targets of some rows."""
        found = lattice.along(lattice.along(self.nodes, self.scans[rows], 0), self.grid.pixels, 1)
        return found / np.linalg.norm(found, axis=-1, keepdims=True)

    def finished(self) -> tuple[Swath, Values]:
        """The Swath of all groups that were taken, and its squared weights; rows of the margin without any value are cut."""
        valued: NDArray[np.bool_] = np.any(np.isfinite(self.values["tb"]), axis=-1)
        native = (self.scans >= 0) & (self.scans <= self.reference.shape[0] - 1)
        rows = np.flatnonzero(native | np.any(valued, axis=1))
        keep = slice(rows[0], rows[-1] + 1)
        values = {name: self._taken(array[keep]) for name, array in self.values.items()}
        latitude, longitude = self._positions(keep, valued[keep])
        self.quality[~valued] = -1
        swath = Swath(
            sensor=self.reference.sensor,
            channels=tuple(name for name, taken in zip(self.channels, self.taken, strict=True) if taken),
            tb=values["tb"],
            latitude=latitude,
            longitude=longitude,
            time=_times(self.reference.time, self.scans[keep]),
            incidence=values["incidence"],
            quality=self.quality[keep],
            granule=self.reference.granule,
            group=self.grid.name,
            aft=self.reference.aft,
            support=values["support"],
            counts=self.counts,
        )
        return swath, values["squared_weights"]

    def _taken(self, values: Values) -> Values:
        return values if self.taken.all() else values[..., self.taken]

    def _positions(self, keep: slice, valued: NDArray[np.bool_]) -> tuple[Float, Float]:
        """Latitude and longitude (row, pixel) in degrees, NaN where no channel has a value."""
        latitude, longitude = np.empty(valued.shape), np.empty(valued.shape)
        for first in range(0, len(valued), _BLOCK_ROWS):
            rows = slice(first, min(first + _BLOCK_ROWS, len(valued)))
            latitude[rows], longitude[rows] = degrees(self.vectors(slice(keep.start + rows.start, keep.start + rows.stop)))
        latitude[~valued] = longitude[~valued] = np.nan
        return latitude, longitude

    def _blocks(self, swath: Swath, nodes: Float) -> Iterator[tuple[slice, Block]]:
        """Rows, and the weights of a group there."""
        start, first = precomputed(self.instrument, self._orbit(), swath.group, self.grid.name, self.reference.aft)
        found = start if swath is self.reference else align(swath, self.reference, nodes, self.nodes, start)
        self.alignments[swath.group] = found
        size = len(first.scan)
        step = int(size / self.grid.rows_per_scan) // found.step
        for number, begin in enumerate(range(0, len(self.scans), size)):
            rows = slice(begin, min(begin + size, len(self.scans)))
            if found.way == "operator":
                yield rows, first.moved(number * step).head(rows.stop - begin)
            else:
                scan, pixel = found.at(self.scans[rows], self.grid.pixels)
                yield rows, block(np.clip(scan, -_BEYOND_SCANS, swath.shape[0] + _BEYOND_SCANS), pixel, swath.shape[1])

    def _orbit(self) -> MeanElements:
        known = self.reference.time[~np.isnat(self.reference.time)]
        return orbit_at(self.instrument, known[0]) if len(known) else self.instrument.orbit


@lru_cache(maxsize=64)
def precomputed(instrument: Instrument, orbit: MeanElements, name: str, sampling: str, aft: bool) -> tuple[Alignment, Block]:
    """Nominal coordinates of a group in an orbit era, and the weights of the first block of rows, from which all follow."""
    grid, group = SAMPLINGS[sampling](instrument), instrument.group(name)
    period = grid.rows_per_scan.numerator * math.lcm(*(one.scan_step for one in instrument.groups))
    rows = period * max(1, _BLOCK_ROWS // period)  # after them every group has gone on by whole scans
    start = nominal(instrument, orbit, group, aft=aft, edge=grid.edge)
    return start, block(*start.at(grid.scans(-grid.margin, rows), grid.pixels), group.pixels)


def _nodes(swath: Swath) -> Float:
    return lattice.fill(unit_vectors(swath.latitude, swath.longitude))


def _times(time: NDArray[np.datetime64], rows: Float) -> NDArray[np.datetime64]:
    """Times (row,), continued with the scan period beyond the first and last known scan."""
    known = np.flatnonzero(~np.isnat(time))
    if not len(known):
        return np.full(len(rows), np.datetime64("NaT", "ms"))
    start = time[known[0]]
    elapsed = (time[known] - start).astype(np.float64)
    beyond = np.minimum(rows - known[0], 0) + np.maximum(rows - known[-1], 0)
    period = elapsed[-1] / max(known[-1] - known[0], 1)
    return start + np.rint(np.interp(rows, known, elapsed) + period * beyond).astype("timedelta64[ms]")


def _worse(one: NDArray[np.int8], other: NDArray[np.int8]) -> NDArray[np.int8]:
    """The more severe quality code: any error before any warning before good."""
    least = np.minimum(one, other)
    return np.where(least < 0, least, np.maximum(one, other)).astype(np.int8)
