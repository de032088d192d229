"""The leaderboard: methods side by side for every sensor, with intervals and the share of the gap to true GMI that they close.

Only scores over the same overpasses and pixels are compared. Negative results stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.evaluation.bootstrap import RESAMPLES, Blocks, blocks, by_method, estimate
from gpm_assets.evaluation.scores import Sums, rain_measures, tb_measures
from gpm_assets.evaluation.table import check, only, require_comparable

if TYPE_CHECKING:
    from pandas import DataFrame

RAW = "raw"
"""DRAIN on the partner's own brightness temperatures: where a translation starts."""
GMI = "gmi"
"""DRAIN on GMI's brightness temperatures at the same pixels: where it can end."""

RAIN = ("csi", "crps", "rmse", "r", "bias", "relative_bias", "frequency_bias")
GAPS = ("csi", "crps")
ESTIMATES = (*RAIN, "tb_rmse", *(f"gap_closed_{name}" for name in GAPS))
"""Columns that come with an interval: `csi`, `csi_low`, `csi_high`."""
COLUMNS = (
    *("sensor", "method", "seeds", "overpasses", "blocks", "block_unit", "pixels", "missing"),
    *(f"{name}{suffix}" for name in ESTIMATES for suffix in ("", "_low", "_high")),
)


def leaderboard(rain: DataFrame, tb: DataFrame | None = None, *, resamples: int = RESAMPLES, seed: int = 0) -> DataFrame:
    """One row per sensor and method, GMI first, then by CRPS; NaN where a value does not exist.

    `rain` and `tb` are score tables (`tb` with a column `channel`) of one split and one version per sensor, method and seed.
    Measures are means over seeds in the units of `scores`; `tb_rmse` in K is pooled over the channels that every method has.
    Intervals (95 %) describe the choice of days or overpasses, not of seeds. `missing` is the share of reference pixels without
    a retrieval. Raises GpmAssetsError where methods were scored on different overpasses or pixels.
    """
    import pandas

    only(check(rain), "split")
    rows: list[dict[str, Any]] = []
    for sensor, scores in rain.groupby("sensor"):
        temperatures = None if tb is None else check(tb)[tb["sensor"] == sensor]
        rows += _sensor_rows(str(sensor), scores, temperatures, resamples, seed)
    rows.sort(key=lambda row: (row["sensor"], row["method"] != GMI, row["crps"]))
    return pandas.DataFrame.from_records(rows, columns=list(COLUMNS))


def gap_closed(error: NDArray[np.float64], start: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """(start - error) / (start - goal) for resampled measures (element 0 the sample): 0 at the start, 1 at the goal.

    Works for errors and for skill alike. None where the interval of the denominator contains zero: there is no gap to close.
    """
    gap = start - goal
    if not estimate(gap).excludes_zero:
        return None
    return np.divide(start - error, np.where(gap == 0, np.nan, gap))


def _sensor_rows(sensor: str, rain: DataFrame, tb: DataFrame | None, resamples: int, seed: int) -> list[dict[str, Any]]:
    _require_one_version(rain)
    require_comparable(rain)
    drawn = blocks(rain, resamples, seed)
    measured = by_method(rain, drawn, _measures)
    tb_rmse = {} if tb is None or tb.empty else _tb_rmse(tb, resamples, seed)
    rows = []
    for method, measures in measured.items():
        values = {name: measures[name] for name in RAIN}
        values |= {"tb_rmse": tb_rmse[method]} if method in tb_rmse else {}
        for name in GAPS:
            if RAW in measured and GMI in measured:
                closed = gap_closed(measures[name], measured[RAW][name], measured[GMI][name])
                values |= {} if closed is None else {f"gap_closed_{name}": closed}
        rows.append({"sensor": sensor, "method": method} | _counts(rain[rain["method"] == method], drawn) | _estimates(values))
    return rows


def _measures(sums: Sums) -> dict[str, Any]:
    """All measures of rain, those of detection at 0.1 mm/h without their threshold as well."""
    found = rain_measures(sums)
    return found | {name: found[f"{name}@0.1"] for name in ("csi", "frequency_bias")}


def _tb_rmse(tb: DataFrame, resamples: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """RMSE in K of every method, over the channels that all of them have."""
    only(tb, "split")
    _require_one_version(tb)
    common = set.intersection(*(set(part["channel"]) for _, part in tb.groupby("method")))
    tb = tb[tb["channel"].isin(common)]
    if tb.empty:
        return {}
    require_comparable(tb)
    return {method: measures["rmse"] for method, measures in by_method(tb, blocks(tb, resamples, seed), tb_measures).items()}


def _require_one_version(scores: DataFrame) -> None:
    for _, run in scores.groupby(["method", "seed"]):
        only(run, "version")


def _counts(scores: DataFrame, drawn: Blocks) -> dict[str, Any]:
    seeds = scores["seed"].nunique()
    pixels, missing = scores["n"].sum() / seeds, scores["missing"].sum() / seeds
    return {
        "seeds": seeds,
        "overpasses": scores["granule"].nunique(),
        "blocks": len(drawn.labels),
        "block_unit": drawn.unit,
        "pixels": round(pixels),
        "missing": missing / (pixels + missing) if pixels + missing else float("nan"),
    }


def _estimates(values: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    row: dict[str, float] = {}
    for name, resampled in values.items():
        found = estimate(resampled)
        row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return row
