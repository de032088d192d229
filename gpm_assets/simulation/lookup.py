"""Multilinear interpolation in tables with evenly spaced axes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Table:
    """`values` (..., axis 1, axis 2, ...) float32 at the product of `axes`, each evenly spaced."""

    axes: tuple[NDArray[np.float32], ...]
    values: NDArray[np.float32]

    def __call__(self, *points: ArrayLike) -> Values:
        """Values (..., n) at points, one array (n,) or number per axis, clamped to the axes; one of them is an array."""
        values = self.values.reshape(*self.values.shape[: -len(self.axes)], *(len(axis) for axis in self.axes))
        first = values.ndim - len(self.axes)
        index: NDArray[np.intp] = np.zeros((1, 1), np.intp)
        weight: Values = np.ones((1, 1), np.float32)
        for axis, point in zip(self.axes, points, strict=True):
            position = np.clip((point - axis[0]) / (axis[1] - axis[0]), 0, np.float32(len(axis) - 1.001))
            low = position.astype(np.intp)
            share = (position - low).astype(np.float32)
            if position.ndim == 0:  # one number for all places: its axis goes
                values = values.take(low, axis=first) * (1 - share) + values.take(low + 1, axis=first) * share
                continue
            index = np.concatenate([index * len(axis) + low, index * len(axis) + low + 1])
            weight = np.concatenate([weight * (1 - share), weight * share])
            first += 1
        rows = values.reshape(*self.values.shape[: self.values.ndim - len(self.axes)], -1)
        return functools.reduce(np.add, (rows.take(at, axis=-1) * by for at, by in zip(index, weight, strict=True)))


def table(axes: tuple[ArrayLike, ...], values: ArrayLike) -> Table:
    """A table in single precision."""
    return Table(tuple(np.asarray(axis, np.float32) for axis in axes), np.ascontiguousarray(values, np.float32))
