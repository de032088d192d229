"""The table of scores: key columns that say what was scored where, and columns of sums; Parquet on disk.

Further key columns (`channel`, and strata such as `surface` or `latitude_band`) are free: rows of one table never overlap, so any
grouping of them adds up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gpm_assets.errors import GpmAssetsError, ProvenanceError
from gpm_assets.evaluation.scores import RAIN_SUMS

if TYPE_CHECKING:
    from pandas import DataFrame

KEYS = ("world", "sensor", "month", "reference", "method", "version", "seed", "split", "granule", "block")
"""`world` simulated or real, `month` YYYY-MM, `reference` what is held against (`references.REFERENCES`), `version` of the
registered model, `split` training, validation or test, `granule` the overpass, `block`
its UTC day as YYYY-MM-DD."""
UNREGISTERED = 0
"""Version of what is not in the registry, as `gmi` and GPROF: no alias can point to it."""
SUMS = RAIN_SUMS
"""Every column of sums that a table may have; all other columns are keys."""


def table(rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Rows of keys and sums as a checked table; no rows make an empty one."""
    import pandas

    rows = list(rows)
    return check(pandas.DataFrame.from_records(rows, columns=None if rows else [*KEYS, *SUMS]))


def check(scores: DataFrame) -> DataFrame:
    """The same table, after making sure that it can be added up.

    Raises GpmAssetsError for missing key columns, versions that are no integers or rows that repeat,
    ProvenanceError for several worlds.
    """
    lacking = [name for name in KEYS if name not in scores.columns]
    if lacking:
        raise GpmAssetsError(f"score table lacks the key columns {', '.join(lacking)}; it needs {', '.join(KEYS)}")
    if len(scores) and scores["version"].dtype.kind not in "iu":
        raise GpmAssetsError(
            f"score table has versions of type {scores['version'].dtype}; they must be integers, or 10 comes before 9"
        )
    worlds = sorted(scores["world"].unique())
    if len(worlds) > 1:
        raise ProvenanceError(f"score table mixes the worlds {' and '.join(worlds)}; score each world in a table of its own")
    repeated = scores[scores.duplicated(keys(scores))]
    if len(repeated):
        first = ", ".join(f"{name}={repeated.iloc[0][name]}" for name in keys(scores))
        raise GpmAssetsError(
            f"score table holds {len(repeated)} rows twice, the first is {first}; replace rows, do not add them again"
        )
    return scores


def keys(scores: DataFrame) -> list[str]:
    """The columns that are no sums."""
    return [name for name in scores.columns if name not in SUMS]


def sums(scores: DataFrame) -> list[str]:
    """The columns of sums."""
    return [name for name in scores.columns if name in SUMS]


def write(scores: DataFrame, path: Path) -> None:
    """Check the table and write it as Parquet, replacing the file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        check(scores).to_parquet(aside, index=False)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def read(path: Path) -> DataFrame:
    """A checked table from Parquet."""
    import pandas

    return check(pandas.read_parquet(path))


def newest(scores: DataFrame) -> DataFrame:
    """The rows of the newest version of every sensor, reference, method and seed; of no rows none."""
    if not len(scores):
        return scores
    return scores[scores["version"] == scores.groupby(["sensor", "reference", "method", "seed"])["version"].transform("max")]


def only(scores: DataFrame, column: str) -> Any:
    """The one value of a column; raises GpmAssetsError that names the values found."""
    values = scores[column].unique()
    if len(values) != 1:
        found = ", ".join(map(str, sorted(values))) or "nothing"
        raise GpmAssetsError(f"scores of one {column} are asked for, the table has {found}; select one")
    return values[0]


def completed(scores: DataFrame) -> DataFrame:
    """The same rows of one sensor and reference, and rows of what is not registered where it was not scored: all missing there.

    GPROF lands for some months and not for others; it must not keep the others from being compared.
    """
    import pandas

    counts = scores.groupby(["method", "seed"])["granule"].nunique()
    whole = scores[(scores["method"] == counts.idxmax()[0]) & (scores["seed"] == counts.idxmax()[1])]
    filled = [scores]
    for method, own in scores[scores["version"] == UNREGISTERED].groupby("method"):
        lacking = whole[~whole["granule"].isin(own["granule"])]
        nothing = dict.fromkeys(sums(lacking), 0.0) | {"missing": lacking["n"] + lacking["missing"]}
        filled.append(lacking.assign(method=method, version=UNREGISTERED, seed=0, **nothing))
    return pandas.concat(filled, ignore_index=True) if any(len(one) for one in filled[1:]) else scores


def require_comparable(scores: DataFrame) -> None:
    """Make sure that all methods, versions and seeds of one sensor were scored on the same overpasses and pixels of a reference.

    Raises GpmAssetsError that names the two that differ and both counts.
    """
    for reference, rows in scores.groupby("reference"):
        _require_comparable(rows, f"{only(rows, 'sensor')} against {reference}")


def require_same_overpasses(scores: DataFrame) -> None:
    """Make sure that every registered method's newest rows are of the same overpasses: not of another version's leftovers.

    Raises GpmAssetsError that names a method and an overpass; what is not registered may have fewer, what failed has no TB.
    """
    rows = scores[scores["version"] != UNREGISTERED]
    for (sensor, reference), part in rows.groupby(["sensor", "reference"]):
        every = part.groupby(["month", "method", "seed"])["granule"].nunique().unstack(["method", "seed"])
        lacking = every.isna().any(axis=1)
        if lacking.any():
            month = str(every.index[lacking][0])
            method, seed = every.columns[every.loc[month].isna()][0]
            who = f"{sensor} against {reference}: the newest {method} (seed {seed})"
            raise GpmAssetsError(f"{who} is not scored in {month}; score that month again")


def _require_comparable(scores: DataFrame, where: str) -> None:
    pixels = scores["n"] + scores["missing"]
    counts = pixels.groupby([scores[name] for name in ("method", "seed", "version", "granule")]).sum()
    runs = {run: part.droplevel([0, 1, 2]) for run, part in counts.groupby(level=[0, 1, 2])}
    (first, most), *others = sorted(runs.items(), key=lambda item: -len(item[1]))
    for run, own in others:
        if set(own.index) != set(most.index):
            lacking = sorted(set(most.index) - set(own.index)) or sorted(set(own.index) - set(most.index))
            raise GpmAssetsError(
                f"{where}: {_name(first)} was scored on {len(most)} overpasses, {_name(run)} on {len(own)}; "
                f"only scores over the same overpasses are compared. Score what is missing, e.g. {lacking[0]}"
            )
        if not np.allclose(own, most, rtol=1e-9):  # weighted pixels add up to rounding
            raise GpmAssetsError(
                f"{where}: {_name(first)} has {most.sum():.0f} reference pixels, {_name(run)} {own.sum():.0f} "
                f"on the same {len(own)} overpasses; score both against the same reference again"
            )


def _name(run: Any) -> str:
    method, seed, version = run
    return f"{method} (seed {seed}, version {version})"
