"""Scores as additive sums, and the measures that follow from them.

Sums of any two sets of pixels add up to the sums of both, so every pooled measure of any selection, and its bootstrap interval,
follows from one table of sums. Differences are retrieved minus reference everywhere: a positive bias is too much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.errors import GpmAssetsError

WET_MM_H = 0.1
"""Rain rate from which a reference pixel is wet."""

PAIR_SUMS = ("n", "missing", "x", "y", "xx", "yy", "xy", "absolute", "squared")
"""Pixels scored, pixels with a reference only, and sums over the scored ones: x is retrieved, y the reference."""
CONTINGENCY = ("hits", "misses", "false_alarms", "correct_negatives")
RAIN_SUMS = (*PAIR_SUMS, "crps", *CONTINGENCY)

Sums = Mapping[str, Any]
"""Sums by name: floats, or arrays of one shape (resamples)."""


def rain_sums(mean: ArrayLike, crps: ArrayLike, wet: ArrayLike, reference: ArrayLike) -> dict[str, float]:
    """Sums over pixels with a finite reference; all arguments of one shape.

    `mean` retrieved rain and its `crps` in mm/h, NaN where nothing was retrieved; `wet` bool, what the retrieval calls wet;
    `reference` rain in mm/h, NaN where unknown, wet from 0.1 mm/h. A pixel with a reference and without a retrieval is counted
    as `missing` and enters no other sum. Raises GpmAssetsError when shapes differ.
    """
    mean, crps, reference = (np.asarray(values, np.float64) for values in (mean, crps, reference))
    wet = np.asarray(wet, bool)
    _same_shape(mean=mean, crps=crps, wet=wet, reference=reference)
    retrieved = np.isfinite(mean) & np.isfinite(crps)
    scored = retrieved & np.isfinite(reference)
    said, seen = wet[scored], reference[scored] >= WET_MM_H
    return {
        **_pair_sums(mean, reference, retrieved),
        "crps": float(crps[scored].sum()),
        "hits": float((said & seen).sum()),
        "misses": float((~said & seen).sum()),
        "false_alarms": float((said & ~seen).sum()),
        "correct_negatives": float((~said & ~seen).sum()),
    }


def tb_sums(tb: ArrayLike, reference: ArrayLike, channels: Sequence[str]) -> list[dict[str, Any]]:
    """Sums of brightness temperatures (..., channel) in K, one row a channel with its name as `channel`; NaN as in `rain_sums`.

    Raises GpmAssetsError when shapes differ or the last axis has another length than `channels`.
    """
    tb, reference = np.asarray(tb, np.float64), np.asarray(reference, np.float64)
    _same_shape(tb=tb, reference=reference)
    if tb.shape[-1] != len(channels):
        raise GpmAssetsError(f"TB scores: {tb.shape[-1]} channels in the data, {len(channels)} names: {', '.join(channels)}")
    pairs = ((name, tb[..., index], reference[..., index]) for index, name in enumerate(channels))
    return [{"channel": name, **_pair_sums(x, y, np.isfinite(x))} for name, x, y in pairs]


def merge(rows: Iterable[Sums]) -> dict[str, Any]:
    """Sums of all rows together; raises GpmAssetsError for no row, or rows with different sums."""
    rows = list(rows)
    if not rows:
        raise GpmAssetsError("no scores to merge: the selection of rows is empty")
    if len({frozenset(row) for row in rows}) > 1:
        raise GpmAssetsError(f"scores with different sums cannot be merged: {sorted({tuple(sorted(row)) for row in rows})}")
    return {name: sum(row[name] for row in rows) for name in rows[0]}


def rain_measures(sums: Sums) -> dict[str, Any]:
    """Measures of rain from sums (floats or arrays alike), NaN where undefined.

    `bias`, `mae`, `rmse`, `crps` in mm/h, pooled over pixels; `relative_bias` as a share of the reference volume; `r` Pearson's;
    detection at 0.1 mm/h: `pod`, `far` (false alarm ratio), `csi`, `frequency_bias`, `hss` (Wilks 2019, section 9.2).
    """
    hits, misses, false_alarms, negatives = (sums[name] for name in CONTINGENCY)
    by_chance = (hits + misses) * (misses + negatives) + (hits + false_alarms) * (false_alarms + negatives)
    return {
        **_pair_measures(sums),
        "relative_bias": _ratio(sums["x"] - sums["y"], sums["y"]),
        "crps": _ratio(sums["crps"], sums["n"]),
        "pod": _ratio(hits, hits + misses),
        "far": _ratio(false_alarms, hits + false_alarms),
        "csi": _ratio(hits, hits + misses + false_alarms),
        "frequency_bias": _ratio(hits + false_alarms, hits + misses),
        "hss": _ratio(2 * (hits * negatives - misses * false_alarms), by_chance),
    }


def tb_measures(sums: Sums) -> dict[str, Any]:
    """`bias`, `mae`, `rmse` in K, and `r` from sums (floats or arrays alike), NaN where undefined."""
    return _pair_measures(sums)


def _pair_sums(x: NDArray[np.float64], y: NDArray[np.float64], retrieved: NDArray[np.bool_]) -> dict[str, float]:
    known = np.isfinite(y)
    scored = known & retrieved
    x, y = x[scored], y[scored]
    values = (
        scored.sum(),
        known.sum() - scored.sum(),
        x.sum(),
        y.sum(),
        x @ x,
        y @ y,
        x @ y,
        np.abs(x - y).sum(),
        (x - y) @ (x - y),
    )
    return {name: float(value) for name, value in zip(PAIR_SUMS, values, strict=True)}


def _pair_measures(sums: Sums) -> dict[str, Any]:
    n, x, y = sums["n"], sums["x"], sums["y"]
    covariance = n * sums["xy"] - x * y
    spread = np.sqrt(np.maximum(n * sums["xx"] - x * x, 0) * np.maximum(n * sums["yy"] - y * y, 0))
    return {
        "bias": _ratio(x - y, n),
        "mae": _ratio(sums["absolute"], n),
        "rmse": np.sqrt(_ratio(sums["squared"], n)),
        "r": _ratio(covariance, spread),
    }


def _ratio(numerator: Any, denominator: Any) -> Any:
    """The quotient; NaN where the denominator is zero."""
    denominator = np.asarray(denominator, np.float64)
    return np.divide(numerator, np.where(denominator == 0, np.nan, denominator))


def _same_shape(**arrays: NDArray[Any]) -> None:
    if len({values.shape for values in arrays.values()}) > 1:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arrays.items())
        raise GpmAssetsError(f"scores need arrays of one shape: {shapes}")
