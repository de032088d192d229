"""Measures by stratum, or by two strata crossed: every method in every class, with how much each number rests on."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from gpm_assets.errors import RequestError
from gpm_assets.evaluation.bootstrap import RESAMPLES, blocks, by_method, estimate
from gpm_assets.evaluation.claims import basis
from gpm_assets.evaluation.leaderboard import HEADLINE_MM_H, measures_at
from gpm_assets.evaluation.strata import cross, of
from gpm_assets.evaluation.table import newest

if TYPE_CHECKING:
    from pandas import DataFrame

GROUP = ("world", "sensor", "reference", "split")
"""What is never pooled."""
COUNTS = ("pixels", "missing", "overpasses", "blocks", "block_unit", "rainy_blocks", "seeds", "claim", "note")


def measures_by(table: DataFrame, *strata: str, resamples: int = RESAMPLES) -> DataFrame:
    """One row a sensor, reference, class (or pair of classes) and method; classes in their order, those without pixels left out.

    `table` holds sums by pairs of strata. Columns: `GROUP`, the strata, `method`, `threshold` in mm/h of `csi`, `hss` and
    `frequency_bias`, `COUNTS`, and the measures of the leaderboard; `csi`, `crps` and `bias` with intervals from 20 blocks on.
    Raises RequestError for none or more than two strata, and for unknown ones.
    """
    import pandas

    if len(strata) not in (1, 2):
        raise RequestError(f"scores are shown by one stratum or by two, not by {len(strata)}")
    rows = newest(of(table, *strata) if len(strata) == 1 else cross(table, *strata))
    found: list[dict[str, Any]] = []
    for group, part in rows.groupby(list(GROUP), sort=False, observed=True):
        for classes in product(*(part[name].cat.categories for name in strata)):
            cell = part[(part[list(strata)] == list(classes)).all(axis=1)]
            if len(cell):
                keys = dict(zip((*GROUP, *strata), (*group, *classes), strict=True))
                found += [keys | row for row in _rows(cell, HEADLINE_MM_H[keys["reference"]], resamples)]
    return pandas.DataFrame.from_records(found)


def _rows(cell: DataFrame, threshold: float, resamples: int) -> list[dict[str, Any]]:
    """Methods in one class, on the same blocks."""
    drawn = blocks(cell, resamples)
    rows = []
    for method, measures in by_method(cell, drawn, measures_at(threshold)).items():
        counts = basis(cell[cell["method"] == method], drawn, threshold)
        row: dict[str, Any] = {"method": method, "threshold": threshold, **{name: counts[name] for name in COUNTS}}
        for name, values in measures.items():
            row[name] = float(values[0, 0])
        for name in ("csi", "crps", "bias"):
            found = estimate(measures[name])
            row |= {f"{name}_low": found.low, f"{name}_high": found.high}
        rows.append(row)
    return rows
