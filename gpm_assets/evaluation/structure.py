"""What sums by bin tell of every method: resolution, spectra, distributions, calibration, joint TB."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gpm_assets.evaluation import binned, distributions, reliability, spectra, tb_joint
from gpm_assets.evaluation.table import newest

if TYPE_CHECKING:
    from pandas import DataFrame

GROUP = ("sensor", "reference", "method")
Measures = Mapping[str, Any]


def _tb(table: DataFrame) -> Measures:
    """Distances of joint TB by histogram: `hellinger 89 GHz`, `wasserstein PCT89` in K."""
    found: dict[str, Any] = {}
    for row in tb_joint.measures(table).to_dict("records"):
        found |= {f"hellinger {row['histogram']}": row["hellinger"], f"wasserstein {row['histogram']}": row["wasserstein_1_k"]}
    return found


PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[DataFrame], Measures]]] = MappingProxyType(
    {
        "spectra": (spectra.KEYS, spectra.SUMS, spectra.measures),
        "distributions": (distributions.KEYS, distributions.SUMS, distributions.measures),
        "reliability": (reliability.KEYS, reliability.SUMS, reliability.measures),
        "tb_joint": (tb_joint.KEYS, tb_joint.SUMS, _tb),
    }
)
"""Tables of sums by bin: their keys, their sums, and the measures of what has been added up."""


def structure(read: Callable[[str], DataFrame]) -> DataFrame:
    """Measures by sensor, reference and method of the first seed of every method; `read` gives a table by its name.

    Columns as the modules of `PARTS` name them, prefixed by `tb ` for joint TB. Empty where no table has rows.
    """
    import pandas

    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for name, (keys, sums, measures) in PARTS.items():
        for group, part in _first_seed(read(name)):
            found = measures(binned.add(part, keys, sums))
            prefix = "tb " if name == "tb_joint" else ""
            row = rows.setdefault(group, dict(zip(GROUP, group, strict=True)))
            row |= {f"{prefix}{key}": value for key, value in found.items()}
    return pandas.DataFrame.from_records(list(rows.values()))


def _first_seed(table: DataFrame) -> Any:
    if not len(table):
        return ()
    rows = newest(table)
    rows = rows[rows["seed"] == rows.groupby(list(GROUP))["seed"].transform("min")]
    return rows.groupby(list(GROUP), observed=True)
