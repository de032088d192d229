"""Positions of a swath as a lattice (scan, pixel) of unit vectors: filling gaps, finding fractional coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Float = NDArray[np.float64]

_WINDOW_SCANS = 128
"""Scans of one polynomial fit: 1700 km of track, over which the swath bends by a smooth cubic."""
_CANDIDATE_SCANS = 4
"""Scans either way in which a nearest node may lie: at the ends of SSMIS's scan, half a cell's diagonal (14 km) crosses 3.6."""


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


def along(values: Float, places: Float, axis: int) -> Float:
    """Linear values of a lattice at fractional places (place,) of one axis; the border is continued linearly."""
    low = np.clip(np.floor(places).astype(np.intp), 0, max(values.shape[axis] - 2, 0))
    high = np.minimum(low + 1, values.shape[axis] - 1)
    weight = (places - low).reshape([-1 if other == axis else 1 for other in range(values.ndim)])
    return np.take(values, low, axis) * (1 - weight) + np.take(values, high, axis) * weight


def interpolate(values: Float, scan: Float, pixel: Float) -> Float:
    """Bilinear values (..., k) of a lattice (scan, pixel, k) at fractional coordinates; the border is continued linearly."""
    p = np.clip(np.floor(scan).astype(np.intp), 0, max(values.shape[0] - 2, 0))
    q = np.clip(np.floor(pixel).astype(np.intp), 0, max(values.shape[1] - 2, 0))
    p1, q1 = np.minimum(p + 1, values.shape[0] - 1), np.minimum(q + 1, values.shape[1] - 1)
    a, b = (scan - p)[..., None], (pixel - q)[..., None]
    near = values[p, q] * (1 - b) + values[p, q1] * b
    far = values[p1, q] * (1 - b) + values[p1, q1] * b
    return near * (1 - a) + far * a


def refine(lattice: Float, points: Float, scan: Float, pixel: Float, steps: int = 4) -> tuple[Float, Float]:
    """Fractional (scan, pixel) of points (n, 3) in a lattice (scan, pixel, 3) from approximate ones, by Gauss-Newton steps.

    A lattice of scans is smooth: even from 400 scans away four steps came as close as 0.01 km. Points outside get coordinates
    beyond the border. NaN where a position is missing.
    """
    for _ in range(steps):
        p, q = _nearest_index(lattice, scan, pixel)
        step = _solve(*_tangents(lattice, p, q), points - interpolate(lattice, scan, pixel))
        scan, pixel = scan + step[0], pixel + step[1]
    return scan, pixel


def search(lattice: Float, points: Float) -> tuple[Float, Float]:
    """Fractional (scan, pixel) of points (..., 3) anywhere in a lattice (scan, pixel, 3); NaN where a point has no position.

    Nearest node by kd-tree, then Gauss-Newton. Where an orbit crosses itself, points have two places in it: give a part of it.
    """
    shape, points = points.shape[:-1], points.reshape(-1, 3)
    nodes = np.flatnonzero(np.isfinite(lattice[..., 0]))
    found = np.isfinite(points[:, 0])
    scan, pixel = np.full(len(points), np.nan), np.full(len(points), np.nan)
    if len(nodes) and found.any():
        tree = cKDTree(lattice.reshape(-1, 3)[nodes], compact_nodes=False, balanced_tree=False)
        near_scan, near_pixel = np.divmod(nodes[tree.query(points[found])[1]].astype(np.float64), lattice.shape[1])
        scan[found], pixel[found] = refine(lattice, points[found], near_scan, near_pixel, steps=2)
    return scan.reshape(shape), pixel.reshape(shape)


def nearest(lattice: Float, points: Float, scan: Float, pixel: Float) -> NDArray[np.intp]:
    """Flat index (n,) of the node nearest to points (n, 3) with known coordinates; -1 without a position or outside the lattice.

    Near the ends of a conical scan the lattice is so skewed that the nearest node is not the one with the nearest coordinates:
    in each of nine scans the two nodes about the foot of the perpendicular are tried. Outside means farther from the nearest
    node than half a spacing both ways: half the diagonal of its cell.
    """
    scans, pixels = lattice.shape[:2]
    p, q = _nearest_index(lattice, scan, pixel)
    ahead, aside = _tangents(lattice, p, q)
    aa, bb, ab = _dot(ahead, ahead), _dot(aside, aside), _dot(ahead, aside)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.nan_to_num(ab / bb, posinf=0.0, neginf=0.0)
        # so many scans, or pixels beyond the border, are 1.4 times half the diagonal
        far_scans, far_pixels = (np.sqrt(0.5 * (aa + bb) / (one - ab * ab / other)) for one, other in ((aa, bb), (bb, aa)))
    beyond = np.abs(pixel - np.clip(pixel, 0, pixels - 1)) > far_pixels
    found, least = np.full(len(points), -1, np.intp), np.full(len(points), np.inf)
    for offset in range(-_CANDIDATE_SCANS, _CANDIDATE_SCANS + 1):
        s = p + offset
        here = np.flatnonzero((s >= 0) & (s < scans) & ~beyond & ~(np.abs(scan - s) > far_scans))
        foot = np.floor(np.nan_to_num(pixel[here] + (scan[here] - s[here]) * slope[here])).astype(np.intp)
        for x in (np.clip(foot, 0, pixels - 1), np.clip(foot + 1, 0, pixels - 1)):
            away = points[here] - lattice[s[here], x]
            distance = np.nan_to_num(_dot(away, away), nan=np.inf)
            closer = distance < least[here]
            found[here[closer]], least[here[closer]] = (s[here] * pixels + x)[closer], distance[closer]
    reach = 0.25 * (_longest_step(lattice, found, 0) + _longest_step(lattice, found, 1))
    return np.where(least <= reach, found, -1)


def shear(lattice: Float) -> float:
    """Pixels by which the foot of the perpendicular moves from scan to scan, at most: 0 for a cross-track scan, 3 for GMI's."""
    scans, pixels = lattice.shape[:2]
    p, q = np.meshgrid(np.linspace(0, scans - 1, 9).astype(np.intp), np.arange(pixels), indexing="ij")
    ahead, aside = _tangents(lattice, p, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(_dot(ahead, aside) / _dot(aside, aside))
    return float(np.max(ratio, where=np.isfinite(ratio), initial=0.0))


def _nearest_index(lattice: Float, scan: Float, pixel: Float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    whole = (np.rint(np.nan_to_num(part)).astype(np.intp) for part in (scan, pixel))
    p, q = (np.clip(part, 0, size - 1) for part, size in zip(whole, lattice.shape[:2], strict=True))
    return p, q


def _tangents(lattice: Float, p: NDArray[np.intp], q: NDArray[np.intp]) -> tuple[Float, Float]:
    """Steps (..., 3) to the next scan and to the next pixel at nodes, from both neighbours."""
    (p0, p1), (q0, q1) = (
        (np.maximum(at - 1, 0), np.minimum(at + 1, size - 1)) for at, size in zip((p, q), lattice.shape[:2], strict=True)
    )
    ahead = (lattice[p1, q] - lattice[p0, q]) / np.maximum(p1 - p0, 1)[..., None]
    aside = (lattice[p, q1] - lattice[p, q0]) / np.maximum(q1 - q0, 1)[..., None]
    return ahead, aside


def _longest_step(lattice: Float, flat: NDArray[np.intp], axis: int) -> Float:
    """Squared length (n,) of the longer step from nodes to a neighbour along an axis: cross-track steps grow to the ends."""
    at = np.divmod(np.maximum(flat, 0), lattice.shape[1])
    here, longest = lattice[at], np.zeros(len(flat))
    for offset in (-1, 1):
        there = list(at)
        there[axis] = np.clip(at[axis] + offset, 0, lattice.shape[axis] - 1)
        step = lattice[tuple(there)] - here
        longest = np.fmax(longest, _dot(step, step))
    return longest


def _solve(ahead: Float, aside: Float, residual: Float) -> tuple[Float, Float]:
    """Least-squares steps (a, b) with a * ahead + b * aside = residual, row by row."""
    aa, bb, ab = _dot(ahead, ahead), _dot(aside, aside), _dot(ahead, aside)
    ar, br = _dot(ahead, residual), _dot(aside, residual)
    determinant = aa * bb - ab * ab
    with np.errstate(divide="ignore", invalid="ignore"):
        return (bb * ar - ab * br) / determinant, (aa * br - ab * ar) / determinant


def _dot(one: Float, other: Float) -> Float:
    return np.einsum("...i,...i->...", one, other)
