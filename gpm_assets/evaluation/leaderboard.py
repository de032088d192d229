"""The leaderboard: methods side by side for every sensor and reference, with intervals, yardsticks, and what they rest on.

Only scores over the same overpasses and pixels are compared, nothing is pooled over references. Negative results stay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.bootstrap import RESAMPLES, Measures, blocks, by_method, estimate
from gpm_assets.evaluation.claims import BASIS, basis
from gpm_assets.evaluation.references import base
from gpm_assets.evaluation.retrieved import CRPS_THRESHOLDS_MM_H, RAIN_THRESHOLDS_MM_H
from gpm_assets.evaluation.scores import SMAPE, Sums, at, rain_measures, tb_measures
from gpm_assets.evaluation.table import check, completed, only, require_comparable, sums
from gpm_assets.evaluation.yardsticks import DIFFERENCES, GMI, YARDSTICKS, Together, anchor_of, yardsticks

if TYPE_CHECKING:
    from pandas import DataFrame

HEADLINE_MM_H = {"truth": 0.1, "DPR": 0.5, "DRAIN(GMI)": 0.1, "CMB": 0.5}
"""Rain from which detection is judged first against each reference, in the order of the tables; radars see little below 0.5."""
DECIDING = ("truth", "DPR")
"""References that decide; the others are shown: CMB uses GMI's brightness temperatures, and DRAIN(GMI) is a retrieval itself."""

AT_HEADLINE = ("csi", "pod", "far", "frequency_bias", "hss")
"""Measures of detection at the headline threshold, without it in their names."""
RAIN = (
    *AT_HEADLINE,
    *("crps", "rmse", "mae", "r", "bias", "relative_bias", SMAPE),
    *(at(name, threshold) for name in AT_HEADLINE for threshold in RAIN_THRESHOLDS_MM_H),
    *(at("crps_above", threshold) for threshold in CRPS_THRESHOLDS_MM_H),
)
ESTIMATES = (*RAIN, "tb_rmse", *DIFFERENCES, *YARDSTICKS)
"""Columns that come with an interval: `csi`, `csi_low`, `csi_high`."""
SPREAD = ("csi", "crps", "bias")
"""Measures whose standard deviation over seeds has a column: `csi_seed_std`."""
COLUMNS = (
    *("world", "trained_in", "sensor", "reference", "decides", "split", "method", "anchor", "threshold", *BASIS),
    *(f"{name}{suffix}" for name in ESTIMATES for suffix in ("", "_low", "_high")),
    *(f"{name}_seed_std" for name in SPREAD),
)


def leaderboard(
    rain: DataFrame,
    tb: DataFrame | None = None,
    *,
    baselines: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> DataFrame:
    """One row per sensor, reference and method, GMI first, then by CRPS; NaN where a value does not exist.

    `rain` and `tb` are score tables (`tb` with a column `channel`) of one split and one version per sensor, reference, method
    and seed; `baselines` names the pixel-wise method of every sensor that validation chose (`gate.choose_baseline`), without
    which there is no A. Measures are means over seeds in the units of `scores`, `csi`, `frequency_bias` and `hss` at `threshold`
    in mm/h; `tb_rmse` in K is pooled over the channels that every method has; differences are to the method in `anchor`.
    Intervals (95 %) describe the choice of blocks and, from two seeds on, of seeds. `BASIS` says what a row rests on. Raises
    GpmAssetsError where methods were scored on different overpasses or pixels, for an unknown reference and for no rows.
    """
    import pandas

    only(check(rain), "split")
    rows: list[dict[str, Any]] = []
    for (sensor, reference), scores in rain.groupby(["sensor", "reference"]):
        temperatures = None if tb is None else check(tb)[(tb["sensor"] == sensor) & (tb["reference"] == reference)]
        rows += _rows(scores, temperatures, (baselines or {}).get(sensor), resamples, seed)
    rows.sort(key=_order)
    return pandas.DataFrame.from_records(rows, columns=list(COLUMNS))


def _rows(rain: DataFrame, tb: DataFrame | None, baseline: str | None, resamples: int, seed: int) -> list[dict[str, Any]]:
    """Rows of one sensor and reference."""
    keys = {name: only(rain, name) for name in ("world", "sensor", "reference", "split")}
    keys["trained_in"] = only(rain, "trained_in") if "trained_in" in rain else keys["world"]
    threshold = headline_mm_h(keys["reference"])
    keys |= {"decides": keys["reference"] in DECIDING, "threshold": threshold, "anchor": anchor_of(keys["sensor"])}
    _require_one_version(rain)
    rain = completed(rain)
    require_comparable(rain)
    drawn = blocks(rain, resamples, seed)
    measured = by_method(rain, drawn, measures_at(threshold))
    together = _together(rain, threshold, measured, resamples, seed)
    tb_rmse = {} if tb is None or tb.empty else _tb_rmse(tb, resamples, seed)
    rows = []
    for method, measures in measured.items():
        values = measures | tb_rmse.get(method, {}) | yardsticks(method, together, baseline, keys["anchor"])
        own = rain[rain["method"] == method]
        rows.append(keys | {"method": method} | basis(own, drawn, threshold) | _estimates(values) | _spread(own, threshold))
    return rows


def headline_mm_h(reference: str) -> float:
    """The threshold of a reference, also where it is restricted to a rival's pixels; raises GpmAssetsError for unknown ones."""
    if base(reference) not in HEADLINE_MM_H:
        raise GpmAssetsError(f"scores against {reference!r}; known references are {', '.join(HEADLINE_MM_H)}")
    return HEADLINE_MM_H[base(reference)]


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    crps, reference = math.inf if math.isnan(row["crps"]) else row["crps"], row["reference"]
    return row["sensor"], list(HEADLINE_MM_H).index(base(reference)), reference, row["method"] != GMI, crps


def measures_at(threshold: float) -> Callable[[Sums], dict[str, Any]]:
    """What the leaderboard shows of sums of rain."""

    def measures(of: Sums) -> dict[str, Any]:
        found = rain_measures(of)
        return {name: found[at(name, threshold) if name in AT_HEADLINE else name] for name in RAIN}

    return measures


def _together(rain: DataFrame, threshold: float, measured: Mapping[str, Measures], resamples: int, seed: int) -> Together:
    """Measures of some methods on the overpasses where each of them retrieved the same pixels; `measured` where that is all.

    Blocks are those of these overpasses: too few of them have no interval.
    """
    runs = rain.groupby(["method", "granule", "seed"])["n"].sum()

    @cache
    def together(*methods: str) -> Mapping[str, Measures]:
        found = runs[runs.index.get_level_values("method").isin(methods)].groupby("granule")
        same = found.min() == found.max()
        if same.all():
            return measured
        kept = rain["method"].isin(methods) & rain["granule"].isin(same.index[same])
        return by_method(rain[kept], blocks(rain[kept], resamples, seed), measures_at(threshold)) if kept.any() else {}

    return together


def _tb_rmse(tb: DataFrame, resamples: int, seed: int) -> dict[str, Measures]:
    """RMSE in K of every method, over the channels and overpasses that all of them have: one that failed has no TB there."""
    only(tb, "split")
    _require_one_version(tb)
    for name in ("channel", "granule"):
        tb = tb[tb[name].isin(set.intersection(*(set(part[name]) for _, part in tb.groupby(["method", "seed"]))))]
    if tb.empty:
        return {}
    require_comparable(tb)
    measured = by_method(tb, blocks(tb, resamples, seed), tb_measures)
    return {method: {"tb_rmse": measures["rmse"]} for method, measures in measured.items()}


def _require_one_version(scores: DataFrame) -> None:
    for _, run in scores.groupby(["method", "seed"]):
        only(run, "version")


def _spread(rain: DataFrame, threshold: float) -> dict[str, float]:
    """Standard deviations over the seeds of one method; NaN for one seed."""
    sums_ = rain.groupby("seed")[sums(rain)].sum()
    measured = measures_at(threshold)({name: sums_[name].to_numpy() for name in sums_})
    return {f"{name}_seed_std": float(np.std(measured[name], ddof=1)) if len(sums_) > 1 else math.nan for name in SPREAD}


def _estimates(values: Measures) -> dict[str, float]:
    row: dict[str, float] = {}
    for name, resampled in values.items():
        found = estimate(resampled)
        row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return row
