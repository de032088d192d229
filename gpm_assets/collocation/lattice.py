"""Positions of a swath as a lattice (scan, pixel) of unit vectors: filling gaps, finding fractional coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Float = NDArray[np.float64]

_WINDOW_SCANS = 128
"""Scans of one polynomial fit: 1700 km of track, over which the swath bends by a smooth cubic."""


def fill(vectors: Float) -> Float:
    """Unit vectors (scan, pixel, 3) with missing nodes continued from their neighbours.

    Least-squares polynomials (cubic in the scan, sixth degree in the pixel) over windows of 128 scans reproduce real SSMIS
    positions to 0.1 km and those of ATMS, whose pixels stretch to the ends of the scan, to 3 km in the median; a higher degree
    would fail in the empty half of a swath. Nodes of a window with fewer than 64 valid positions stay NaN.
    """
    missing = np.isnan(vectors[..., 0])
    if not missing.any():
        return vectors
    filled = vectors.copy()
    scans, pixels = missing.shape
    for start in range(0, scans, _WINDOW_SCANS):
        hole = missing[start : start + _WINDOW_SCANS]
        if not hole.any():
            continue
        low = max(0, min(start - _WINDOW_SCANS // 4, scans - _WINDOW_SCANS))
        window = slice(low, start + _WINDOW_SCANS + _WINDOW_SCANS // 4)
        known = ~missing[window]
        if known.sum() < 64:
            continue
        scan, pixel = np.meshgrid(
            np.linspace(-1, 1, known.shape[0]), np.linspace(-1, 1, pixels) if pixels > 1 else np.zeros(1), indexing="ij"
        )
        basis = np.polynomial.legendre.legvander2d(scan, pixel, [3, 6])
        coefficients, *_ = np.linalg.lstsq(basis[known], vectors[window][known], rcond=None)
        fitted = basis @ coefficients
        fitted /= np.linalg.norm(fitted, axis=-1, keepdims=True)
        offset = start - low
        filled[start : start + _WINDOW_SCANS][hole] = fitted[offset : offset + hole.shape[0]][hole]
    return filled


def interpolate(values: Float, scan: Float, pixel: Float) -> Float:
    """Bilinear values (..., k) of a lattice (scan, pixel, k) at fractional coordinates; the border is continued linearly."""
    p = np.clip(np.floor(scan).astype(np.intp), 0, max(values.shape[0] - 2, 0))
    q = np.clip(np.floor(pixel).astype(np.intp), 0, values.shape[1] - 2)
    p1 = np.minimum(p + 1, values.shape[0] - 1)
    a, b = (scan - p)[..., None], (pixel - q)[..., None]
    near = values[p, q] * (1 - b) + values[p, q + 1] * b
    far = values[p1, q] * (1 - b) + values[p1, q + 1] * b
    return near * (1 - a) + far * a


def nearest(lattice: Float, points: Float) -> NDArray[np.intp]:
    """Flat index of the node nearest to each point (...,); -1 where a point has no position or lies outside the lattice.

    Near the ends of a conical scan the lattice is so skewed that the nearest node is not the one with the nearest coordinates.
    Outside means farther from the nearest node than half a spacing both ways: half the diagonal of its cell.
    """
    found = np.full(points.shape[:-1], -1, np.intp)
    nodes = np.flatnonzero(np.isfinite(lattice[..., 0]))
    valid = np.isfinite(points[..., 0])
    if not len(nodes) or not valid.any():
        return found
    reach = (0.5 * np.hypot(_longest_step(lattice, 0), _longest_step(lattice, 1))).reshape(-1)[nodes]
    tree = cKDTree(lattice.reshape(-1, 3)[nodes], compact_nodes=False, balanced_tree=False)
    distance, index = tree.query(points[valid])
    found[valid] = np.where(distance <= reach[index], nodes[index], -1)
    return found


def _longest_step(lattice: Float, axis: int) -> Float:
    """Length (scan, pixel) of the longer step to a neighbour along an axis: steps of a cross-track scan grow to its ends."""
    steps = np.linalg.norm(np.diff(lattice, axis=axis), axis=-1)
    before, after = [(0, 0), (0, 0)], [(0, 0), (0, 0)]
    before[axis], after[axis] = (1, 0), (0, 1)
    return np.fmax(np.pad(steps, before, constant_values=np.nan), np.pad(steps, after, constant_values=np.nan))


def coordinates(lattice: Float, points: Float) -> tuple[Float, Float]:
    """Fractional (scan, pixel) of points (..., 3) in a lattice (scan, pixel, 3); NaN where a point has no position.

    Nearest node by kd-tree, then two Gauss-Newton steps with the local tangents: exact for locally affine lattices, better
    than 0.01 pixel for real scans. Points outside the lattice get coordinates beyond its border.
    """
    scans, pixels = lattice.shape[:2]
    shape = points.shape[:-1]
    points = points.reshape(-1, 3)
    nodes = np.flatnonzero(np.isfinite(lattice[..., 0]))
    found = np.isfinite(points[:, 0])
    scan, pixel = np.full(len(points), np.nan), np.full(len(points), np.nan)
    if not len(nodes) or not found.any():
        return scan.reshape(shape), pixel.reshape(shape)
    target = points[found]
    _, nearest = cKDTree(lattice.reshape(-1, 3)[nodes], compact_nodes=False, balanced_tree=False).query(target)
    s, x = (part.astype(np.float64) for part in np.divmod(nodes[nearest], pixels))
    along, across = np.gradient(lattice, axis=0) if scans > 1 else np.zeros_like(lattice), np.gradient(lattice, axis=1)
    for _ in range(2):
        p = np.clip(np.rint(s).astype(np.intp), 0, scans - 1)
        q = np.clip(np.rint(x).astype(np.intp), 0, pixels - 1)
        step = _solve(along[p, q], across[p, q], target - interpolate(lattice, s, x))
        s, x = s + np.nan_to_num(step[0]), x + np.nan_to_num(step[1])
    scan[found], pixel[found] = s, x
    return scan.reshape(shape), pixel.reshape(shape)


def _solve(along: Float, across: Float, residual: Float) -> tuple[Float, Float]:
    """Least-squares steps (a, b) with a * along + b * across = residual, row by row."""
    aa, bb, ab = (np.einsum("ij,ij->i", u, v) for u, v in ((along, along), (across, across), (along, across)))
    ar, br = (np.einsum("ij,ij->i", u, residual) for u in (along, across))
    determinant = aa * bb - ab * ab
    with np.errstate(divide="ignore", invalid="ignore"):
        return (bb * ar - ab * br) / determinant, (aa * br - ab * ar) / determinant
