"""Block bootstrap over days or overpasses: intervals of any function of merged sums, paired between methods.

Pixels of one overpass share one scene, and poleward of 50 degrees consecutive orbits see it again; so blocks, not pixels, are
drawn with replacement. Every method is resampled with the same blocks: differences between methods keep their pairing. Row 0 of
all resampled arrays is the sample itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.evaluation.scores import Sums
from gpm_assets.evaluation.table import sums

if TYPE_CHECKING:
    from pandas import DataFrame

FEWEST_DAYS = 20
"""Fewer days than this and an overpass becomes the block."""
RESAMPLES = 2000
LEVEL = 0.95
UNDEFINED_SHARE = 0.05
"""With more undefined resamples than this an interval would describe the lucky ones only; it is NaN."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of a table and how often each resample draws them: `weights` (1 + resample, block), row 0 all ones."""

    column: str
    """The key column whose values are blocks: `block` (a UTC day) or `granule` (an overpass)."""
    labels: tuple[str, ...]
    weights: NDArray[np.float64]

    @property
    def unit(self) -> str:
        """What a block is, for people."""
        return "day" if self.column == "block" else "overpass"


@dataclass(frozen=True)
class Estimate:
    """A value and its percentile interval (NaN where undefined)."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval is defined and lies on one side of zero."""
        return self.low > 0 or self.high < 0


def blocks(scores: DataFrame, resamples: int = RESAMPLES, seed: int = 0) -> Blocks:
    """Days of a score table, or its overpasses where there are fewer than 20 days, drawn with a fixed seed."""
    column = "block" if scores["block"].nunique() >= FEWEST_DAYS else "granule"
    labels = tuple(sorted(scores[column].unique()))
    count = len(labels)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples).astype(np.float64)
    if count == 1:
        drawn[:] = np.nan  # one block tells nothing about the spread between blocks
    return Blocks(column, labels, np.concatenate([np.ones((1, count)), drawn]))


def resample(scores: DataFrame, drawn: Blocks) -> dict[str, NDArray[np.float64]]:
    """Sums of a table (one method and seed) by name, each (1 + resample,); a block that the table lacks adds nothing."""
    names = sums(scores)
    by_block = scores.groupby(drawn.column)[names].sum().reindex(list(drawn.labels), fill_value=0.0)
    merged = drawn.weights @ by_block.to_numpy(np.float64)
    return dict(zip(names, merged.T, strict=True))


def estimate(values: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """The value of the sample (element 0) and the percentile interval of the resamples; one block has none."""
    value, drawn = float(values[0]), values[1:]
    finite = drawn[np.isfinite(drawn)]
    if len(finite) < (1 - UNDEFINED_SHARE) * len(drawn) or len(finite) == 0:
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.percentile(finite, [50 * (1 - level), 50 * (1 + level)])
    return Estimate(value, float(low), float(high))


def by_method(
    scores: DataFrame, drawn: Blocks, measures: Callable[[Sums], dict[str, Any]]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Measures of every method of one sensor, each (1 + resample,): the mean over its seeds, all on the same resampled blocks."""
    return {
        str(method): _mean([measures(resample(rows, drawn)) for _, rows in part.groupby("seed")])
        for method, part in scores.groupby("method")
    }


def _mean(seeds: list[dict[str, NDArray[np.float64]]]) -> dict[str, NDArray[np.float64]]:
    return {name: np.mean([measures[name] for measures in seeds], axis=0) for name in seeds[0]}
