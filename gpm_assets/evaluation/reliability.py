"""Whether probabilities and quantiles mean what they say: reliability of P(R >= t), and the probability integral transform (PIT).

Most pixels are dry, so the distribution that is retrieved has an atom at zero and the reference often falls on it. Counting how
often y <= q then calls every quantile too high, and y < q every one too low. The non-random PIT histogram (Czado, Gneiting and
Held 2009) spreads such a pixel evenly over all levels that its atom covers: what is calibrated is flat, with zeros or without.

Nothing here may be selected by the reference: where it rained hard, the best retrieval said too little (Lerch et al. 2017).
Pixels are selected by what the retrieval said of them, where rain is likely or called wet: dry pixels are most, and flat whatever
is retrieved in rain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.binned import Float, Row, require_added, rows, scored
from gpm_assets.evaluation.retrieved import RAIN_THRESHOLDS_MM_H, Retrieved
from gpm_assets.evaluation.scores import at

if TYPE_CHECKING:
    from pandas import DataFrame

PROBABILITY_BINS = 10
PIT_BINS = 60
"""Terciles and twentieths are edges of bins."""
LEVELS: Float = np.arange(1, 20) / 20
"""Levels of the quantiles that are judged, 0.05 to 0.95."""
LIKELY = 0.05
"""P(rain >= 0.1 mm/h) from which rain is likely: where quantiles are judged, which are trivial elsewhere."""
SELECTIONS: Mapping[str, Callable[[Retrieved], NDArray[np.bool_]]] = {
    "all": lambda retrieved: np.ones(retrieved.shape, bool),
    "likely": lambda retrieved: retrieved.probability[..., 0] >= LIKELY,
    "wet": lambda retrieved: retrieved.exceeds[..., 0],
}
"""Which pixels a PIT is of, from what a retrieval said of them: likely rain, or rain that it calls such (P >= p*)."""
KEYS = ("kind", "bin")
"""`probability@0.1` ... with bins of a tenth, `pit_all`, `pit_likely` and `pit_wet` with bins of a sixtieth."""
SUMS = ("n", "probability", "events", "squared")
"""Pixels (fractions in a PIT); of probabilities their sum, how many pixels reached the threshold, and the squared errors."""

Selection = Literal["all", "likely", "wet"]


def sums(retrieved: Retrieved, reference: ArrayLike) -> list[Row]:
    """Rows of `KEYS` and `SUMS` of one retrieval against `reference` rain in mm/h, NaN where unknown.

    Raises GpmAssetsError when shapes differ, or where rain was retrieved without its probabilities.
    """
    both = scored(retrieved, reference)
    y, probability, below = np.asarray(reference)[both], retrieved.probability[both], retrieved.below[both]
    lacking = ~(np.isfinite(probability).all(axis=-1) & np.isfinite(below).all(axis=-1))
    if lacking.any():
        raise GpmAssetsError(f"reliability: {lacking.sum()} of {lacking.size} scored pixels have rain without probabilities")
    found: list[Row] = []
    for index, threshold in enumerate(RAIN_THRESHOLDS_MM_H):
        found += _probability_rows(at("probability", threshold), probability[:, index], y >= threshold)
    nothing = np.zeros(PIT_BINS)
    for name, selected in SELECTIONS.items():
        counts = pit_counts(below[selected(retrieved)[both]])
        found += rows({"kind": pit_kind(name), "bin": range(PIT_BINS)}, dict(zip(SUMS, (counts, *[nothing] * 3), strict=True)))
    return found


def pit_kind(selection: str) -> str:
    """The `kind` of rows that are the PIT of some pixels."""
    return f"pit_{selection}"


def pit_counts(below: NDArray[np.floating[Any]]) -> Float:
    """Non-random PIT counts (bin,) of pixels with P(R < y) and P(R <= y), (pixel, 2): each spreads 1 evenly between the two."""
    low, high = (np.clip(below[:, side].astype(np.float64), 0, 1) * PIT_BINS for side in (0, 1))
    first = np.minimum(low.astype(np.intp), PIT_BINS - 1)
    last = np.clip(np.ceil(high).astype(np.intp) - 1, first, PIT_BINS - 1)
    wide = last > first
    counts = _count(first[~wide])
    low, high, first, last = low[wide], high[wide], first[wide], last[wide]
    density = 1 / (high - low)
    counts += _count(first, (first + 1 - low) * density) + _count(last, (high - last) * density)
    inner = last > first + 1
    steps = np.bincount(first[inner] + 1, density[inner], PIT_BINS) - np.bincount(last[inner], density[inner], PIT_BINS)
    return counts + np.cumsum(steps)


def diagram(table: DataFrame, threshold: float) -> DataFrame:
    """Bins of P(R >= `threshold` mm/h) that have pixels: `n`, their mean `probability` and the `frequency` of the event."""
    require_added(table, KEYS)
    rows_ = _kind(table, at("probability", threshold))
    means = {"probability": rows_["probability"] / rows_["n"], "frequency": rows_["events"] / rows_["n"]}
    return rows_[["bin", "n"]].assign(**means).reset_index(drop=True)


def pit(table: DataFrame, selection: Selection = "all") -> Float:
    """PIT counts (bin,) of all pixels, or of those where rain is likely or called wet."""
    require_added(table, KEYS)
    rows_ = _kind(table, pit_kind(selection))
    counts = np.zeros(PIT_BINS)
    counts[rows_["bin"].to_numpy(np.intp)] = rows_["n"]
    return counts


def measures(table: DataFrame) -> dict[str, float]:
    """Measures, NaN without pixels; raises GpmAssetsError for rows that were not added up.

    At every threshold `brier@t`, exact, and its parts by bins of a tenth, `reliability@t` (less is better), `resolution@t` and
    `uncertainty@t` (Murphy 1973). The first is the second less the third plus the fourth, up to what varies within bins
    (Stephenson, Coelho and Jolliffe 2008). `calibration_error@t`: mean over pixels of |frequency - mean probability| of their
    bin.

    Of all pixels and, with `likely_` or `wet_` before, of those: `quantile@0.05` ... `quantile@0.95`, how often the reference
    lies below the quantile of that level; `tercile_lower`, `tercile_upper`; `quantile_error`, the mean of |frequency - level|.
    """
    require_added(table, KEYS)
    found: dict[str, float] = {}
    for threshold in RAIN_THRESHOLDS_MM_H:
        parts = _brier(_kind(table, at("probability", threshold)))
        found |= {at(name, threshold): value for name, value in parts.items()}
    return (
        found | _quantiles(pit(table), "") | _quantiles(pit(table, "likely"), "likely_") | _quantiles(pit(table, "wet"), "wet_")
    )


def _probability_rows(kind: str, probability: NDArray[np.float32], event: NDArray[np.bool_]) -> list[Row]:
    bin_ = np.clip((probability * np.float32(PROBABILITY_BINS)).astype(np.intp), 0, PROBABILITY_BINS - 1)
    p = probability.astype(np.float64)
    weights = (None, p, event, (p - event) ** 2)
    found = [np.bincount(bin_, weight, PROBABILITY_BINS) for weight in weights]
    return rows({"kind": kind, "bin": range(PROBABILITY_BINS)}, dict(zip(SUMS, found, strict=True)))


def _count(bin_: NDArray[np.intp], weight: Float | None = None) -> Float:
    return np.bincount(bin_, weight, PIT_BINS).astype(np.float64)


def _kind(table: DataFrame, kind: str) -> DataFrame:
    return table[table["kind"] == kind].sort_values("bin")


def _brier(rows_: DataFrame) -> dict[str, float]:
    n, probability, events, squared = (rows_[name].to_numpy(np.float64) for name in SUMS)
    pixels = n.sum() or np.nan
    frequency, base = events / n, events.sum() / pixels
    return {
        "brier": float(squared.sum() / pixels),
        "reliability": float(np.sum(n * (probability / n - frequency) ** 2) / pixels),
        "resolution": float(np.sum(n * (frequency - base) ** 2) / pixels),
        "uncertainty": float(base * (1 - base)),
        "calibration_error": float(np.sum(np.abs(probability - events)) / pixels),
    }


def _quantiles(counts: Float, prefix: str) -> dict[str, float]:
    below = np.cumsum(counts) / (counts.sum() or np.nan)
    frequency = below[np.rint(LEVELS * PIT_BINS).astype(np.intp) - 1]
    found = {at("quantile", level): float(value) for level, value in zip(LEVELS, frequency, strict=True)}
    found |= {"tercile_lower": float(below[PIT_BINS // 3 - 1]), "tercile_upper": float(below[2 * PIT_BINS // 3 - 1])}
    found["quantile_error"] = float(np.mean(np.abs(frequency - LEVELS)))
    return {prefix + name: value for name, value in found.items()}
