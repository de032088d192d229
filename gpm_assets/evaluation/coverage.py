"""Whether quantiles hold what they say: how often the reference lies below them where rain is likely; and the bias.

Only pixels with P(rain >= 0.1 mm/h) of at least 0.05 are asked: elsewhere nearly all quantiles and references are zero. Which
they are is told from the retrieval alone. A pixel on the atom at zero counts evenly at all levels that the atom covers (the
non-random integral transform of `reliability`), the mean of what drawing at random would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gpm_assets.evaluation.bootstrap import RESAMPLES, Blocks, Measures, blocks, by_method, estimate
from gpm_assets.evaluation.reliability import LEVELS, PIT_BINS, pit_kind
from gpm_assets.evaluation.scores import Sums, at
from gpm_assets.evaluation.table import KEYS, completed, newest

if TYPE_CHECKING:
    from pandas import DataFrame

GROUP = ("world", "sensor", "reference", "split")
"""What is never pooled."""
JUDGED: tuple[float, ...] = tuple(sorted((*LEVELS.tolist(), 1 / 3, 2 / 3)))
"""Levels: twentieths and terciles. All are edges of bins."""
TOLERANCE = {"coverage": 0.02, "bias": 3.0}
"""What may be wrong in any case: share of pixels, and percent of the reference's rain."""
COLUMNS = (
    *GROUP,
    *("method", "measure", "level", "value", "low", "high", "expected", "holds"),
    *("likely", "pixels", "seeds", "overpasses", "blocks", "block_unit"),
)
_LIKELY = "likely"


def calibration(rain: DataFrame, reliability: DataFrame, *, resamples: int = RESAMPLES, seed: int = 0) -> DataFrame:
    """A row a sensor, reference, method and statement, in this order.

    `rain` and `reliability` are score tables of these names. `measure` is `coverage`, how often the reference lies below the
    quantile of `level`, or `bias` in percent of the reference's rain over all pixels. `holds` where `value` is within 0.02 (3 %)
    of what is `expected`, or within half its interval; None without a value: the method never finds rain likely. Values are means
    over seeds, intervals (95 %, `low` and `high`) as in the leaderboard, NaN below 20 blocks; `likely` of the `pixels` of a seed
    were asked for coverage. Empty without pixels.
    """
    import pandas

    found: list[dict[str, Any]] = []
    current = newest(rain)
    for group, rows in current.groupby(list(GROUP)) if len(current) else ():
        keys = dict(zip(GROUP, group, strict=True))
        own = completed(_with_counts(rows, reliability))
        drawn = blocks(own, resamples, seed)
        for method, measures in by_method(own, drawn, _measures, _SUMS).items():
            found += [keys | row for row in _rows(own[own["method"] == method], method, measures, drawn)]
    return pandas.DataFrame.from_records(found, columns=list(COLUMNS))


def _with_counts(rain: DataFrame, reliability: DataFrame) -> DataFrame:
    """Rows of scores with how many likely pixels they hold, and how many of these lie below every level."""
    likely = reliability[reliability["kind"] == pit_kind(_LIKELY)]
    counts = likely.pivot_table(index=list(KEYS), columns="bin", values="n", aggfunc="sum", fill_value=0.0)
    below = counts.reindex(columns=range(PIT_BINS), fill_value=0.0).cumsum(axis=1)
    columns = {_LIKELY: below[PIT_BINS - 1], **{_below(level): below[round(level * PIT_BINS) - 1] for level in JUDGED}}
    found = rain.merge(below.assign(**columns)[list(columns)].reset_index(), how="left", on=list(KEYS))
    return found.fillna(dict.fromkeys(columns, 0.0))


def _below(level: float) -> str:
    return at("below", level)


_SUMS: Sequence[str] = ("n", "missing", "x", "y", _LIKELY, *map(_below, JUDGED))


def _measures(sums: Sums) -> dict[str, Any]:
    shares = {_below(level): sums[_below(level)] / np.where(sums[_LIKELY] > 0, sums[_LIKELY], np.nan) for level in JUDGED}
    return shares | {"bias": 100 * (sums["x"] / np.where(sums["y"] > 0, sums["y"], np.nan) - 1)}


def _rows(rows: DataFrame, method: str, measures: Measures, drawn: Blocks) -> list[dict[str, Any]]:
    """Rows of one method."""
    seeds = rows["seed"].nunique()
    counts = {
        "likely": round(rows[_LIKELY].sum() / seeds),
        "pixels": round(rows["n"].sum() / seeds),
        "seeds": seeds,
        "overpasses": rows.loc[rows["n"] + rows["missing"] > 0, "granule"].nunique(),
        "blocks": len(drawn.labels),
        "block_unit": drawn.unit,
    }
    found = []
    for measure, level, expected in (*(("coverage", level, level) for level in JUDGED), ("bias", np.nan, 0.0)):
        seen = estimate(measures["bias" if measure == "bias" else _below(level)])
        allowed = np.fmax(TOLERANCE[measure], (seen.high - seen.low) / 2)
        told = {"method": method, "measure": measure, "level": level, "value": seen.value, "low": seen.low, "high": seen.high}
        holds = None if np.isnan(seen.value) else bool(abs(seen.value - expected) <= allowed)
        found.append(told | {"expected": expected, "holds": holds} | counts)
    return found
