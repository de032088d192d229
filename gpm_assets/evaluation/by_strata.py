"""Measures by stratum, or by two strata crossed: every method in every class, with how much each number rests on."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from gpm_assets.evaluation.bootstrap import RESAMPLES, Measures, blocks, by_method, estimate
from gpm_assets.evaluation.claims import basis
from gpm_assets.evaluation.leaderboard import headline_mm_h, measures_at
from gpm_assets.evaluation.scores import tb_measures
from gpm_assets.evaluation.strata import cross, of, pair_of
from gpm_assets.evaluation.table import newest, require_same_overpasses

if TYPE_CHECKING:
    from pandas import DataFrame

GROUP = ("world", "sensor", "reference", "split")
"""What is never pooled."""
CHANNEL = "channel"
"""A table that has this column is one of brightness temperatures."""
COUNTS = ("pixels", "missing", "overpasses", "blocks", "block_unit", "rainy_blocks", "seeds", "claim", "note")


def measures_by(table: DataFrame, *strata: str, resamples: int = RESAMPLES) -> DataFrame:
    """One row a sensor, reference, class (or pair of classes) and method; classes in their order, those without pixels left out.

    `table` holds sums of rain, or of TB by `channel`, by pairs of strata. Columns of rain: `GROUP`, the strata, `method`,
    `threshold` in mm/h of `csi`, `hss` and `frequency_bias`, `COUNTS`, and the measures of the leaderboard; `csi`, `crps` and
    `bias` with intervals from 20 blocks on. Of TB: `GROUP`, `channel`, the strata, `method`, counts, `mae` and `r`, `bias` and
    `rmse` in K with intervals.
    Raises RequestError for none or more than two strata, and for unknown ones.
    """
    import pandas

    pair_of(*strata)
    rows = newest(of(table, *strata) if len(strata) == 1 else cross(table, *strata))
    if CHANNEL not in rows:
        require_same_overpasses(rows)
    names = (*GROUP, CHANNEL) if CHANNEL in rows else GROUP
    found: list[dict[str, Any]] = []
    for group, part in rows.groupby(list(names), sort=False, observed=True):
        for classes in product(*(part[name].cat.categories for name in strata)):
            cell = part[(part[list(strata)] == list(classes)).all(axis=1)]
            if len(cell):
                keys = dict(zip((*names, *strata), (*group, *classes), strict=True))
                made = _tb_rows(cell, resamples) if CHANNEL in keys else _rain_rows(cell, keys["reference"], resamples)
                found += [keys | row for row in made]
    return pandas.DataFrame.from_records(found)


def _rain_rows(cell: DataFrame, reference: str, resamples: int) -> list[dict[str, Any]]:
    """Methods in one class, on the same blocks."""
    drawn, threshold = blocks(cell, resamples), headline_mm_h(reference)
    rows = []
    for method, measures in by_method(cell, drawn, measures_at(threshold)).items():
        counts = basis(cell[cell["method"] == method], drawn, threshold)
        row: dict[str, Any] = {"method": method, "threshold": threshold, **{name: counts[name] for name in COUNTS}}
        rows.append(row | _measured(measures, ("csi", "crps", "bias")))
    return rows


def _tb_rows(cell: DataFrame, resamples: int) -> list[dict[str, Any]]:
    """Methods in one class and channel, on the same blocks."""
    drawn = blocks(cell, resamples)
    rows = []
    for method, measures in by_method(cell, drawn, tb_measures).items():
        of_method = cell[cell["method"] == method]
        seeds = of_method["seed"].nunique()
        counts = {
            "pixels": round(of_method["n"].sum() / seeds),
            "overpasses": of_method["granule"].nunique(),
            "blocks": len(drawn.labels),
            "block_unit": drawn.unit,
            "seeds": seeds,
        }
        rows.append({"method": method} | counts | _measured(measures, ("bias", "rmse")))
    return rows


def _measured(measures: Measures, with_interval: tuple[str, ...]) -> dict[str, float]:
    """Values of the sample, some with their intervals."""
    row = {name: float(values[0, 0]) for name, values in measures.items()}
    for name in with_interval:
        found = estimate(measures[name])
        row |= {f"{name}_low": found.low, f"{name}_high": found.high}
    return row
