"""The sparse operator that puts the native pixels of a swath group on the target positions of a granule, block of rows by block.

A row of the matrix holds the four bilinear weights of a target. Rows per scan are a simple ratio, so nominal coordinates repeat
with every block but for a whole number of scans: one `Block` is built for an instrument, an orbit era and a swath group and moved
along the granule. Where coordinates were corrected, blocks are built from theirs.

Values, validity and angles go through one matrix product. A channel has a value where the nearest native pixel of its group is
valid; that is asked only of targets near an odd native (one that is missing, flagged, or beyond the border), of all others the
answer is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter
from scipy.sparse import csr_array

from gpm_assets.collocation import lattice
from gpm_assets.swath import Swath

Float = NDArray[np.float64]
Values = NDArray[np.float32]
Index = tuple[NDArray[np.intp], NDArray[np.intp]]

_NO_WEIGHT = 1e-6
"""Rounding of coordinates: a target on a native is that native."""
_LONE = 1e-3
"""Below this share of the weights the nearest native is taken alone."""


@dataclass(frozen=True, eq=False)
class Block:
    """Weights of some rows of targets on a window of native scans that begins at scan `first`.

    `scan` (of the window) and `pixel` (row, pixel) are fractional native coordinates; `weights` and `squared` are the matrices
    (row * pixel, native scan * native pixel).
    """

    scan: Float
    pixel: Float
    first: int
    weights: csr_array
    squared: csr_array

    def moved(self, scans: int) -> Block:
        """The same weights so many native scans later."""
        return replace(self, first=self.first + scans)

    def head(self, rows: int) -> Block:
        """The first rows."""
        if rows == len(self.scan):
            return self
        targets = rows * self.scan.shape[1]
        return replace(
            self, scan=self.scan[:rows], pixel=self.pixel[:rows], weights=self.weights[:targets], squared=self.squared[:targets]
        )


@dataclass(frozen=True, eq=False)
class Part:
    """One swath group on some rows of targets: arrays (row, pixel, channel), quality (row, pixel)."""

    tb: Values
    incidence: Values
    support: Values
    squared_weights: Values
    quality: NDArray[np.int8]


def block(scan: Float, pixel: Float, pixels: int) -> Block:
    """Bilinear weights at fractional native coordinates (row, pixel) in scans of so many pixels; 0 beyond their ends."""
    below, left = np.floor(scan), np.floor(pixel)
    first = int(below.min())
    s, x = (below - first).astype(np.int32), left.astype(np.int32)
    a, b = (scan - below).astype(np.float32), (pixel - left).astype(np.float32)
    near, far = (np.where((at >= 0) & (at < pixels), part, np.float32(0)) for at, part in ((x, 1 - b), (x + 1, b)))
    weights = np.stack([(1 - a) * near, (1 - a) * far, a * near, a * far], axis=-1).reshape(-1)
    weights[weights < _NO_WEIGHT] = 0
    column = [scans * pixels + np.clip(at, 0, pixels - 1) for scans in (s, s + 1) for at in (x, x + 1)]
    shape = (scan.size, (int(s.max()) + 2) * pixels)
    rows = np.arange(0, weights.size + 1, 4, dtype=np.int32)
    columns = np.stack(column, axis=-1).reshape(-1)
    return Block(
        scan - first, pixel, first, csr_array((weights, columns, rows), shape), csr_array((weights**2, columns, rows), shape)
    )


class Natives:
    """One swath group of a granule as what blocks are applied to."""

    def __init__(self, swath: Swath, nodes: Float) -> None:
        """`nodes` (scan, pixel, 3) are its positions without gaps; natives without one count as missing."""
        self.swath, self.nodes = swath, nodes
        self.valid = _one_for_all(np.isfinite(swath.tb) & np.isfinite(nodes[..., :1]))
        self.angle = _one_for_all(swath.incidence)
        odd = ~np.all(self.valid, axis=-1) | (swath.quality != 0)
        reach = 1 + int(np.ceil(lattice.shear(nodes)))  # the nearest native lies at most 2 scans (SSMIS) and 3 pixels (GMI) away
        self._near_odd = maximum_filter(np.pad(odd, 1, constant_values=True), (5, 2 * reach + 1), mode="constant", cval=True)

    def put(self, at: Block, targets: Float) -> Part:
        """The group at targets (row, pixel, 3), unit vectors that lie where the block says; NaN where they have no position."""
        channels, masks = self.swath.tb.shape[-1], self.valid.shape[-1]
        values, known, angle, seen = self._window(at)
        product = at.weights @ np.concatenate([values, known, angle, seen], axis=-1)
        mean, total, angle, seen = np.split(product, np.cumsum([channels, masks, angle.shape[-1]]), axis=-1)
        lone = total <= _LONE
        safe = np.where(lone, 1, total).astype(np.float32)
        with np.errstate(divide="ignore", invalid="ignore"):
            angle = np.where(seen > _LONE, angle / seen, np.float32(np.nan))
        parts: dict[str, Values] = {
            "tb": (mean / safe).astype(np.float32),
            "incidence": np.broadcast_to(angle, mean.shape).copy(),
            "support": np.broadcast_to(total, mean.shape).copy(),
            "squared_weights": np.broadcast_to(np.where(lone, 1, (at.squared @ known) / safe**2).astype(np.float32), mean.shape),
        }
        quality = np.zeros(len(mean), np.int8)
        doubtful = self._doubtful(at, targets)
        native, inside = self._nearest(at, targets, doubtful)
        valued = inside[:, None] & self.valid[native]
        own = {"tb": (self.swath.tb, lone), "incidence": (self.swath.incidence, np.isnan(angle))}
        for name, (natives, alone) in own.items():
            found = np.where(alone[doubtful], natives[native], parts[name][doubtful])
            parts[name][doubtful] = np.where(valued, found, np.nan)
        parts["support"][doubtful] *= valued
        quality[doubtful] = np.where(inside, self.swath.quality[native], np.int8(-1))
        shape = at.scan.shape
        return Part(**{name: part.reshape(*shape, channels) for name, part in parts.items()}, quality=quality.reshape(shape))

    def _window(self, at: Block) -> tuple[Values, Values, Values, Values]:
        """TB, validity, incidence, and whether it is known (native, channel or 1) of a block's native scans, 0 where missing."""
        scans, pixels = self.swath.shape
        wanted = at.weights.shape[1] // pixels
        low, high = max(at.first, 0), min(at.first + wanted, scans)
        known, angle = self.valid[low:high], self.angle[low:high]
        parts = np.where(known, self.swath.tb[low:high], 0), known, np.nan_to_num(angle), np.isfinite(angle)

        def padded(part: NDArray[Any]) -> Values:
            whole = np.zeros((wanted, pixels, part.shape[-1]), np.float32)
            whole[low - at.first : low - at.first + len(part)] = part
            return whole.reshape(-1, part.shape[-1])

        values, valid, angles, seen = (padded(part) for part in parts)
        return values, valid, angles, seen

    def _doubtful(self, at: Block, targets: Float) -> NDArray[np.intp]:
        """Flat indices of targets whose nearest native may be odd, or that have no position."""
        scans, pixels = self.swath.shape
        s = np.clip(np.rint(at.scan).astype(np.intp) + at.first, -1, scans) + 1
        x = np.clip(np.rint(at.pixel).astype(np.intp), -1, pixels) + 1
        return np.flatnonzero(self._near_odd[s, x] | np.isnan(targets[..., 0]))

    def _nearest(self, at: Block, targets: Float, wanted: NDArray[np.intp]) -> tuple[Index, NDArray[np.bool_]]:
        """Scans and pixels (n,) of the natives nearest to some targets (flat indices), and whether those are inside the swath."""
        scan, pixel = at.scan.reshape(-1)[wanted] + at.first, at.pixel.reshape(-1)[wanted]
        found = lattice.nearest(self.nodes, targets.reshape(-1, 3)[wanted], scan, pixel)
        return np.divmod(np.maximum(found, 0), self.swath.shape[1]), found >= 0


def _one_for_all(values: NDArray[Any]) -> NDArray[Any]:
    """Values (scan, pixel, channel), or (scan, pixel, 1) where all channels have the same."""
    one = values[..., :1]
    return one if np.array_equal(values, np.broadcast_to(one, values.shape), equal_nan=True) else values
