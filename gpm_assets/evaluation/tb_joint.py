"""Joint distributions of pseudo-GMI and GMI brightness temperatures (TB): whether channels go together as GMI's do.

Each channel may be right by itself while rain over sea has the polarisation of dry land; histograms of two channels show it. x is
the pseudo-TB and y GMI's, at the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.binned import Float, Row, hellinger, require_added, rows, wasserstein
from gpm_assets.evaluation.realism.signatures import polarisation_corrected
from gpm_assets.inference.translation import GMI_CHANNELS

if TYPE_CHECKING:
    from pandas import DataFrame

Image = NDArray[np.floating[Any]]

QUANTITIES: dict[str, Callable[[Image], Image]] = {
    "36.64V": lambda tb: _channel(tb, "36.64V"),
    "36.64H": lambda tb: _channel(tb, "36.64H"),
    "89V": lambda tb: _channel(tb, "89V"),
    "89H": lambda tb: _channel(tb, "89H"),
    "89V-89H": lambda tb: _channel(tb, "89V") - _channel(tb, "89H"),
    "PCT89": lambda tb: polarisation_corrected(_channel(tb, "89V"), _channel(tb, "89H")),
}
"""What is counted, in K, from TB (..., 13)."""
HISTOGRAMS: dict[str, tuple[tuple[str, ...], float]] = {
    "36.64 GHz": (("36.64V", "36.64H"), 4.0),
    "89 GHz": (("89V", "89H"), 4.0),
    "89V-89H": (("89V-89H",), 2.0),
    "PCT89": (("PCT89",), 2.0),
}
"""One or two quantities of each histogram, and the width of its bins in K."""
LOWEST_K, HIGHEST_K = -100.0, 500.0
"""What lies beyond belongs to the outermost bin."""
KEYS = ("histogram", "bin_1", "bin_2")
"""Bin b of width w starts at b w (K); `bin_2` is 0 where there is one quantity only."""
SUMS = ("n_x", "n_y", "x_1", "y_1", "x_2", "y_2")
"""Pixels, and sums of the first and second quantity in K."""


def sums(pseudo: ArrayLike, gmi: ArrayLike) -> list[Row]:
    """Rows of `KEYS` and `SUMS` of TB (..., 13) in K with channels as `GMI_CHANNELS`, NaN where unknown.

    Only pixels where both know all quantities of a histogram count. Raises GpmAssetsError when shapes differ.
    """
    x, y = np.asarray(pseudo), np.asarray(gmi)
    if x.shape != y.shape or x.shape[-1] != len(GMI_CHANNELS):
        raise GpmAssetsError(f"joint TB need shapes (..., {len(GMI_CHANNELS)}): pseudo-TB {x.shape}, GMI's {y.shape}")
    found: list[Row] = []
    for name, (quantities, width) in HISTOGRAMS.items():
        sides = [np.stack([QUANTITIES[one](tb).ravel() for one in quantities]).astype(np.float64) for tb in (x, y)]
        both = np.isfinite(sides[0]).all(axis=0) & np.isfinite(sides[1]).all(axis=0)
        found += _rows(name, width, *(side[:, both] for side in sides))
    return found


def cells(table: DataFrame, histogram: str) -> tuple[Float, Float, tuple[Float, ...]]:
    """Counts of pseudo-TB and of GMI's (bin,) or (bin, bin), and the edges of their bins in K along each axis."""
    rows_, (quantities, width) = _of(table, histogram), HISTOGRAMS[histogram]
    bins = rows_[["bin_1", "bin_2"]].to_numpy(np.intp)[:, : len(quantities)]
    if not len(bins):
        raise GpmAssetsError(f"no pixels have {' and '.join(quantities)} of both; there is nothing to show of {histogram}")
    low = bins.min(axis=0)
    shape = bins.max(axis=0) - low + 1
    counts = np.zeros((2, *shape))
    for side, column in enumerate(("n_x", "n_y")):
        counts[(side, *(bins - low).T)] = rows_[column]
    edges = tuple(width * (start + np.arange(length + 1.0)) for start, length in zip(low, shape, strict=True))
    return counts[0], counts[1], edges


def measures(table: DataFrame) -> DataFrame:
    """A row for each histogram that has pixels: `histogram`, `n` and the distances of pseudo-TB to GMI's TB.

    `hellinger` of the cells; `wasserstein_1_k` and `wasserstein_2_k` of each quantity by itself, in K, every pixel taken at the
    mean of its bin (the second NaN where there is one quantity only). Raises GpmAssetsError for rows that were not added up.
    """
    import pandas

    found = []
    for name, (quantities, _) in HISTOGRAMS.items():
        if len(rows_ := _of(table, name)):
            n_x, n_y = (rows_[side].to_numpy(np.float64) for side in ("n_x", "n_y"))
            found.append({"histogram": name, "n": n_y.sum(), "hellinger": hellinger(n_x, n_y)})
            for axis in (1, 2):
                there = axis <= len(quantities)
                found[-1][f"wasserstein_{axis}_k"] = _marginal(rows_, axis) if there else np.nan
    return pandas.DataFrame(found, columns=["histogram", "n", "hellinger", "wasserstein_1_k", "wasserstein_2_k"])


def _rows(name: str, width: float, x: Float, y: Float) -> list[Row]:
    """Rows of one histogram of values (quantity, pixel) of both sides."""
    low, high = int(LOWEST_K // width), int(HIGHEST_K // width)
    shape = (high - low,) * len(x)
    sums_ = {name: np.zeros(int(np.prod(shape))) for name in SUMS}
    for side, values in (("x", x), ("y", y)):
        bins = np.clip(np.floor(values / width), low, high - 1).astype(np.intp) - low
        cell = np.ravel_multi_index(tuple(bins), shape)
        sums_[f"n_{side}"] += np.bincount(cell, minlength=len(sums_["n_x"]))
        for axis, quantity in enumerate(values, 1):
            sums_[f"{side}_{axis}"] += np.bincount(cell, quantity, len(sums_["n_x"]))
    kept = np.flatnonzero(sums_["n_x"] + sums_["n_y"])
    index = [(part + low).tolist() for part in np.unravel_index(kept, shape)]
    keys = {"histogram": name, "bin_1": index[0], "bin_2": index[1] if len(index) > 1 else 0}
    return rows(keys, {name: values[kept] for name, values in sums_.items()})


def _of(table: DataFrame, histogram: str) -> DataFrame:
    require_added(table, KEYS)
    return table[table["histogram"] == histogram]


def _marginal(rows_: DataFrame, axis: int) -> float:
    of_bin = rows_.groupby(f"bin_{axis}")[["n_x", "n_y", f"x_{axis}", f"y_{axis}"]].sum()
    n_x, n_y, x, y = of_bin.to_numpy(np.float64).T
    return wasserstein(n_x, n_y, x, y)


def _channel(tb: Image, name: str) -> Image:
    return tb[..., GMI_CHANNELS.index(name)]
