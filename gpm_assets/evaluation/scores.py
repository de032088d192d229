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
from gpm_assets.evaluation.retrieved import CRPS_THRESHOLDS_MM_H, RAIN_THRESHOLDS_MM_H, Retrieved

SMAPE_FROM_MM_H = 0.1
"""Reference rain from which the symmetric relative error counts: below, it says nothing."""

PAIR_SUMS = ("n", "missing", "x", "y", "xx", "yy", "xy", "absolute", "squared")
"""Pixels scored, pixels with a reference only, and sums over the scored ones: x is retrieved, y the reference."""
CONTINGENCY = ("hits", "misses", "false_alarms", "correct_negatives")


def at(name: str, threshold: float) -> str:
    """Name of a sum or measure at a rain rate in mm/h: `csi@0.1`."""
    return f"{name}@{threshold:g}"


SMAPE = at("smape", SMAPE_FROM_MM_H)
RAIN_SUMS = (
    *PAIR_SUMS,
    "crps",
    *(at("crps_above", threshold) for threshold in CRPS_THRESHOLDS_MM_H),
    SMAPE,
    *(at(name, threshold) for threshold in RAIN_THRESHOLDS_MM_H for name in CONTINGENCY),
)

Sums = Mapping[str, Any]
"""Sums by name: floats, or arrays of one shape (resamples)."""


def rain_pixels(retrieved: Retrieved, reference: ArrayLike) -> NDArray[np.float64]:
    """What every pixel adds to `RAIN_SUMS`, (pixel, sum); `reference` rain in mm/h, NaN where unknown, flattened like the pixels.

    A pixel with a reference and without a retrieval counts as `missing` and adds to nothing else; one without a reference adds
    nothing. The reference exceeds a threshold from the threshold itself on. Raises GpmAssetsError when shapes differ.
    """
    y = np.asarray(reference, np.float64)
    if y.shape != retrieved.shape:
        raise GpmAssetsError(f"scores need arrays of one shape: retrieved {retrieved.shape}, reference {y.shape}")
    y = y.reshape(-1)
    x, crps = (np.asarray(values, np.float64).reshape(-1) for values in (retrieved.mean, retrieved.crps))
    above = np.asarray(retrieved.crps_above, np.float64).reshape(len(y), len(CRPS_THRESHOLDS_MM_H))
    valued = np.isfinite(x) & np.isfinite(crps)
    scored = valued & np.isfinite(y)
    found = np.zeros((len(y), len(RAIN_SUMS)))
    found[:, : len(PAIR_SUMS)] = _pair_pixels(x, y, valued)
    size = np.abs(x) + np.abs(y)
    smape = np.divide(2 * np.abs(x - y), size, out=np.zeros_like(size), where=scored & (y >= SMAPE_FROM_MM_H) & (size > 0))
    rest = [crps, *above.T, smape, *_contingency(retrieved.exceeds.reshape(len(y), len(RAIN_THRESHOLDS_MM_H)), y)]
    found[:, len(PAIR_SUMS) :] = np.where(scored[:, None], np.stack(rest, axis=-1), 0.0)
    return found


def rain_sums(retrieved: Retrieved, reference: ArrayLike) -> dict[str, float]:
    """Sums over pixels with a finite reference, see `rain_pixels`."""
    return _named(RAIN_SUMS, rain_pixels(retrieved, reference))


def tb_pixels(tb: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """What every pixel adds to `PAIR_SUMS`, (pixel, sum), of brightness temperatures of one channel in K; NaN as in rain."""
    x, y = np.asarray(tb, np.float64), np.asarray(reference, np.float64)
    if x.shape != y.shape:
        raise GpmAssetsError(f"scores need arrays of one shape: tb {x.shape}, reference {y.shape}")
    return _pair_pixels(x.reshape(-1), y.reshape(-1), np.isfinite(x.reshape(-1)))


def tb_sums(tb: ArrayLike, reference: ArrayLike, channels: Sequence[str]) -> list[dict[str, Any]]:
    """Sums of brightness temperatures (..., channel) in K, one row a channel with its name as `channel`; NaN as in rain.

    Raises GpmAssetsError when shapes differ or the last axis has another length than `channels`.
    """
    tb, reference = np.asarray(tb, np.float64), np.asarray(reference, np.float64)
    if tb.shape != reference.shape:
        raise GpmAssetsError(f"scores need arrays of one shape: tb {tb.shape}, reference {reference.shape}")
    if tb.shape[-1] != len(channels):
        raise GpmAssetsError(f"TB scores: {tb.shape[-1]} channels in the data, {len(channels)} names: {', '.join(channels)}")
    return [
        {"channel": name, **_named(PAIR_SUMS, tb_pixels(tb[..., index], reference[..., index]))}
        for index, name in enumerate(channels)
    ]


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

    `bias`, `mae`, `rmse`, `crps` and `crps_above@t` in mm/h, pooled over pixels; `relative_bias` as a share of the reference
    volume; `r` Pearson's; `smape@0.1` the mean of 2 |x - y| / (|x| + |y|) over reference rain from 0.1 mm/h on; at every
    threshold `pod`, `far` (false alarm ratio), `csi`, `frequency_bias`, `hss` (Wilks 2019, section 9.2), as `csi@0.1`.
    """
    found = {
        **_pair_measures(sums),
        "relative_bias": _ratio(sums["x"] - sums["y"], sums["y"]),
        "crps": _ratio(sums["crps"], sums["n"]),
        **{name: _ratio(sums[name], sums["n"]) for name in (at("crps_above", threshold) for threshold in CRPS_THRESHOLDS_MM_H)},
        SMAPE: _ratio(sums[SMAPE], sums[at("hits", SMAPE_FROM_MM_H)] + sums[at("misses", SMAPE_FROM_MM_H)]),
    }
    for threshold in RAIN_THRESHOLDS_MM_H:
        table = (sums[at(name, threshold)] for name in CONTINGENCY)
        found |= {at(name, threshold): value for name, value in _detection(*table).items()}
    return found


def tb_measures(sums: Sums) -> dict[str, Any]:
    """`bias`, `mae`, `rmse` in K, and `r` from sums (floats or arrays alike), NaN where undefined."""
    return _pair_measures(sums)


def _detection(hits: Any, misses: Any, false_alarms: Any, negatives: Any) -> dict[str, Any]:
    by_chance = (hits + misses) * (misses + negatives) + (hits + false_alarms) * (false_alarms + negatives)
    return {
        "pod": _ratio(hits, hits + misses),
        "far": _ratio(false_alarms, hits + false_alarms),
        "csi": _ratio(hits, hits + misses + false_alarms),
        "frequency_bias": _ratio(hits + false_alarms, hits + misses),
        "hss": _ratio(2 * (hits * negatives - misses * false_alarms), by_chance),
    }


def _pair_pixels(x: NDArray[np.float64], y: NDArray[np.float64], valued: NDArray[np.bool_]) -> NDArray[np.float64]:
    known = np.isfinite(y)
    scored = known & valued
    x, y = np.where(scored, x, 0.0), np.where(scored, y, 0.0)
    return np.stack([scored, known & ~valued, x, y, x * x, y * y, x * y, np.abs(x - y), (x - y) ** 2], axis=-1).astype(np.float64)


def _contingency(said: NDArray[np.bool_], y: NDArray[np.float64]) -> Iterable[NDArray[np.bool_]]:
    """Hits, misses, false alarms and correct negatives of every threshold, each (pixel,)."""
    for threshold, wet in zip(RAIN_THRESHOLDS_MM_H, said.T, strict=True):
        seen = y >= threshold
        yield from (wet & seen, ~wet & seen, wet & ~seen, ~wet & ~seen)


def _pair_measures(sums: Sums) -> dict[str, Any]:
    n, x, y = sums["n"], sums["x"], sums["y"]
    covariance = n * sums["xy"] - x * y
    spread = np.sqrt(_variance(n, x, sums["xx"]) * _variance(n, y, sums["yy"]))
    return {
        "bias": _ratio(x - y, n),
        "mae": _ratio(sums["absolute"], n),
        "rmse": np.sqrt(_ratio(sums["squared"], n)),
        "r": np.clip(_ratio(covariance, spread), -1, 1),
    }


def _variance(n: Any, total: Any, squares: Any) -> Any:
    """n^2 times the variance; 0 where it is no more than what rounding of the sums leaves of a constant."""
    found = n * squares - total * total
    return np.where(found > 1e-12 * n * squares, found, 0.0)


def _named(names: Sequence[str], pixels: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(names, pixels.sum(axis=0).tolist(), strict=True))


def _ratio(numerator: Any, denominator: Any) -> Any:
    """The quotient; NaN where the denominator is zero."""
    denominator = np.asarray(denominator, np.float64)
    return np.divide(numerator, np.where(denominator == 0, np.nan, denominator))
