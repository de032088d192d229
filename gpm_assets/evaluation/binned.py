"""Sums by bin in long tables: one row a bin, its keys and its sums, and bins where nothing fell have no row.

Rows of the same keys add up, over granules, months and sensors alike. What to pool is for the caller to say: measures are taken
only of tables in which that has been done (`add`). x is retrieved and y the reference, as in `scores`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.retrieved import Retrieved

if TYPE_CHECKING:
    from pandas import DataFrame

Float = NDArray[np.float64]
Row = dict[str, Any]


def scored(retrieved: Retrieved, reference: ArrayLike) -> NDArray[np.bool_]:
    """Pixels (...) that `scores` counts as `n`: rain was retrieved and the reference in mm/h is known.

    Raises GpmAssetsError when shapes differ.
    """
    y = np.asarray(reference)
    if y.shape != retrieved.shape:
        raise GpmAssetsError(f"sums by bin need arrays of one shape: retrieved {retrieved.shape}, reference {y.shape}")
    return np.isfinite(retrieved.mean) & np.isfinite(retrieved.crps) & np.isfinite(y)


def rows(keys: Mapping[str, Any], sums: Mapping[str, NDArray[Any]]) -> list[Row]:
    """Rows of bins (bin,) with anything in them; a key is one value of all rows or a sequence (bin,)."""
    names = list(sums)
    values = np.stack([np.asarray(sums[name], np.float64) for name in names], axis=-1)
    kept = np.flatnonzero(values.any(axis=1)).tolist()
    columns = {name: [value] * len(values) if np.ndim(value) == 0 else value for name, value in keys.items()}
    return [
        {name: column[index] for name, column in columns.items()} | dict(zip(names, values[index].tolist(), strict=True))
        for index in kept
    ]


def add(table: DataFrame, keys: Sequence[str], sums: Sequence[str], by: Sequence[str] = ()) -> DataFrame:
    """A table of the columns `by`, `keys` and `sums` with one row for each combination of the first two."""
    return table.groupby([*by, *keys], as_index=False, sort=True)[list(sums)].sum()


def require_added(table: DataFrame, keys: Sequence[str]) -> None:
    """Make sure that a table holds every bin once; raises GpmAssetsError otherwise: several granules, methods or worlds."""
    repeated = table.duplicated(list(keys))
    if repeated.any():
        first = table[repeated].iloc[0]
        which = ", ".join(f"{name}={first[name]}" for name in keys)
        raise GpmAssetsError(
            f"{repeated.sum()} bins occur more than once, the first is {which}; select one method, reference, world and sensor "
            "and add its rows first"
        )


def wasserstein(n_x: Float, n_y: Float, x: Float, y: Float) -> float:
    """Wasserstein-1 distance of two histograms, in the unit of the values whose counts and sums by bin (bin,) are given.

    Every value counts as the mean of its bin and side: so the distance is never less than the difference of the means, and lies
    within a bin's width of the distance of the values themselves (half a width a side, at most). NaN where a side is empty.
    """
    from scipy.stats import wasserstein_distance

    if not (n_x.any() and n_y.any()):
        return float("nan")
    in_x, in_y = n_x > 0, n_y > 0
    return float(wasserstein_distance(x[in_x] / n_x[in_x], y[in_y] / n_y[in_y], n_x[in_x], n_y[in_y]))


def hellinger(n_x: Float, n_y: Float) -> float:
    """Hellinger distance sqrt(1 - sum sqrt(p q)) of two histograms (bin,), 0 for the same and 1 for disjoint ones; NaN if empty.

    Two samples of one distribution differ too: with k bins and n values each, its square is about k / (4 n).
    """
    if not (n_x.any() and n_y.any()):
        return float("nan")
    overlap = np.sum(np.sqrt(n_x / n_x.sum() * (n_y / n_y.sum())))
    return float(np.sqrt(max(1.0 - overlap, 0.0)))
