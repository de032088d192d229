"""Scores over months, as people ask for them: by strata, and by LATMOS' protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gpm_assets.assets.scores import RAIN_SCORES, read_all, scored_months
from gpm_assets.constellation.instruments import INSTRUMENTS, instrument
from gpm_assets.errors import RequestError
from gpm_assets.evaluation.scores import RAIN_SUMS
from gpm_assets.evaluation.strata import pair_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from gpm_assets.settings import Home


def by_strata(
    home: Home,
    strata: Sequence[str],
    *,
    sensor: str | None = None,
    reference: str | None = None,
    channel: str | None = None,
    split: str = "test",
) -> DataFrame:
    """Measures of every method by one stratum or two crossed, of all scored months of a split: of rain, or of a channel's TB.

    Raises RequestError where nothing of what is asked for is scored.
    """
    import pandas

    from gpm_assets.evaluation.by_strata import measures_by

    first, second = pair_of(*strata)
    wanted = [("first", "==", first), ("second", "==", second)]
    wanted += [("reference", "==", reference)] if reference else []
    wanted += [("channel", "==", channel)] if channel else []
    tables = _by_sensor(home, "tb_strata" if channel else "strata", sensor, split, wanted)
    return measures_by(pandas.concat(tables.values(), ignore_index=True), *strata)


def latmos_tables(home: Home, *, sensor: str | None = None, split: str = "test") -> dict[tuple[str, str], DataFrame]:
    """Scores by LATMOS' protocol, by sensor and the world of its models: `latmos.table` of the first seed of every method.

    Raises RequestError where no overlap is scored.
    """
    from gpm_assets.evaluation import latmos
    from gpm_assets.evaluation.table import newest, require_same_overpasses

    found = {}
    for name, rows in _by_sensor(home, "latmos", sensor, split).items():
        current = newest(rows)
        require_same_overpasses(current)
        first = current[current["seed"] == current.groupby("method")["seed"].transform("min")]
        kept = ["granule", "reference", "method", latmos.REFERENCE_CLASS, latmos.RETRIEVED_CLASS, *RAIN_SUMS]
        found[name, str(first["trained_in"].iloc[0])] = latmos.table(first[kept].to_dict("records"))
    return found


def _by_sensor(home: Home, table: str, sensor: str | None, split: str, filters: Any = None) -> dict[str, DataFrame]:
    """Rows of a table by sensor, those that have any; raises RequestError where none has."""
    found = {
        name: rows
        for name in ([instrument(sensor).name] if sensor else INSTRUMENTS)
        if len(rows := read_all(home, name, scored_months(home, name, split), table, filters))
    }
    if not found:
        what = "overlaps" if table == "latmos" else "references, channels or months"
        raise RequestError(
            f"{sensor or 'no sensor'} has scores of no such {what} in {split} months: materialise {RAIN_SCORES} of one first"
        )
    return found
