"""`gpm-assets calibration`: whether quantiles are met as often as they say, and how far the rain is off in all."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gpm_assets.settings import Home

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table


def calibration(*, sensor: str | None = None, reference: str | None = None, json: bool = False) -> None:
    """Show how often the reference lies below each quantile where rain is likely, and the bias, on the test months.

    Parameters
    ----------
    sensor
        One sensor, by default all.
    reference
        One reference: truth, DPR, CMB or DRAIN(GMI); by default those there are.
    json
        Print JSON with all columns and intervals instead of tables.
    """
    from gpm_assets.assets.leaderboard import CALIBRATION, read
    from gpm_assets.errors import RequestError

    found = read(Home(), CALIBRATION)
    for name, asked in (("sensor", sensor), ("reference", reference)):
        there = found[name].unique()
        if asked and asked not in there:
            raise RequestError(f"no {name} {asked!r} in the leaderboard; it has {', '.join(there) or 'none'}")
        found = found[found[name] == asked] if asked else found
    if json:
        print(json_module.dumps(found.astype(object).where(found.notna(), None).to_dict("records"), indent=1))
        return
    from rich.console import Console

    console = Console(highlight=False)
    for shown in tables(found):
        console.print(shown)


def tables(found: DataFrame) -> Iterator[Table]:
    """Rows of `evaluation.coverage` for a terminal: a table a sensor and reference, levels down, methods across."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    for (sensor, reference), rows in found.groupby(["sensor", "reference"], sort=False):
        first = rows.iloc[0]
        shown = Table(
            title=f"{sensor} against {reference}, {first['world']} world:\nshare of references below each quantile of rain, "
            f"{first['overpasses']} {first['split']} overpasses",
            caption="\n".join(_caption(rows)),
            caption_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            min_width=72,  # captions want no more lines than they have
        )
        shown.add_column("level", no_wrap=True)
        methods = list(rows["method"].unique())
        for method in methods:
            shown.add_column(method, justify="right", no_wrap=True)
        for (measure, level), of in rows.groupby(["measure", "level"], sort=False, dropna=False):
            by_method = {row["method"]: row for row in of.to_dict("records")}
            shown.add_row(_label(str(measure), level), *(_cell(by_method[method]) for method in methods))
        yield shown


def _label(measure: str, level: float) -> str:
    """A twentieth as it is, a tercile as a fraction."""
    if measure == "bias":
        return "bias, %"
    return f"{level:.2f}" if abs(20 * level - round(20 * level)) < 1e-6 else f"{round(3 * level)}/3"


def _cell(row: dict[Any, Any]) -> str:
    """The value, half its interval, and a mark where it does not hold."""
    if row["value"] != row["value"]:
        return "–"
    digits = 1 if row["measure"] == "bias" else 3
    half = (row["high"] - row["low"]) / 2
    text = f"{row['value']:.{digits}f}" + (f" ±{half:.{digits}f}" if half == half else "")
    return text if row["holds"] else f"[bold]{text} *[/]"


def _caption(rows: DataFrame) -> Iterator[str]:
    first = rows.iloc[0]
    blocks = f"{first['blocks']} {first['block_unit']} blocks"
    yield f"±: half the 95 % interval by {blocks}" if rows["low"].notna().any() else f"no intervals: {blocks}"
    yield "*: off by more than 0.02 (bias: 3 %) and by more than half the interval"
    likely = rows.groupby("method", sort=False)[["likely", "pixels"]].first()
    for method, (asked, pixels) in likely.iterrows():
        yield f"{method}: P(rain) is at least 0.05 at {asked:,} of {pixels:,} pixels"
