"""The gate of a retrieval: whether new versions become its champion, from validation patches alone.

A retrieval is judged by the mean CRPS of its seeds, the challenger is the median seed. It has to know more than that rain is
rare, to get the volume of rain right, and to beat the champion on the same patches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpm_assets.evaluation.bootstrap import Blocks, Measures, blocks, by_method, estimate, resample
from gpm_assets.evaluation.gate import beats, median_version
from gpm_assets.evaluation.scores import Sums, rain_measures
from gpm_assets.evaluation.table import require_comparable

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_BIAS = 0.1
"""Share of the rain's volume by which a champion may be off, where its interval excludes zero."""


@dataclass(frozen=True)
class Verdict:
    """The version that challenges, whether it passes, and why."""

    challenger: int
    passes: bool
    reason: str


def judge(challengers: DataFrame, champion: DataFrame | None) -> Verdict:
    """Hold a retrieval's new versions, one a seed, against its champion (None: there is none) on the same validation patches.

    Both are score tables of one method, see `validation_table`. Raises GpmAssetsError where they are of different patches.
    """
    import pandas

    version = median_version(challengers)
    old = None if champion is None or int(champion["version"].iloc[0]) in set(challengers["version"]) else champion
    require_comparable(challengers if old is None else pandas.concat([challengers, old]))
    drawn = blocks(challengers)
    (measured,) = by_method(challengers, drawn, _measures).values()
    for fault in (_ignorant(measured, drawn), _biased(measured)):
        if fault:
            return Verdict(version, False, fault)
    if old is None:
        return Verdict(version, True, _skill(measured))
    better, how = beats(measured["crps"], _measures(resample(old, drawn))["crps"], f"version {old['version'].iloc[0]}", drawn)
    return Verdict(version, better, how)


def _measures(sums: Sums) -> Measures:
    """CRPS, what it would be if no rain were ever retrieved (the mean rain), and the relative bias."""
    found = rain_measures(sums)
    return {"crps": found["crps"], "never": sums["y"] / sums["n"], "relative_bias": found["relative_bias"]}


def _skill(measured: Measures) -> str:
    return f"CRPS {measured['crps'][0, 0]:.4f} mm/h; {measured['never'][0, 0]:.4f} if no rain were ever retrieved"


def _ignorant(measured: Measures, drawn: Blocks) -> str | None:
    better, how = beats(measured["crps"], measured["never"], "no rain at all", drawn)
    return None if better else how


def _biased(measured: Measures) -> str | None:
    bias = estimate(measured["relative_bias"])
    if abs(bias.value) <= MOST_BIAS or not bias.excludes_zero:
        return None
    return f"its rain is off by {bias.value:+.0%} ({bias.low:+.0%} to {bias.high:+.0%}); at most {MOST_BIAS:.0%} passes"
