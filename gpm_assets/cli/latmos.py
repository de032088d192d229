"""LATMOS' protocol, tables and JSON: `gpm-assets latmos` on a home's scores, `gpm-assets benchmark latmos` on their file."""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table

    from gpm_assets.benchmarks.latmos import LatmosReport

_ERRORS = ("bias", "mae", "rmse", "mean_overpass_rmse")
_DETECTION = ("csi", "pod", "far", "frequency_bias", "precision")
_TITLES = {
    "mean_overpass_rmse": "rmse, mean of overpasses",
    "csi": "CSI (IoU)",
    "pod": "POD (recall)",
    "far": "FAR",
    "frequency_bias": "frequency bias",
}


def latmos(*, sensor: str | None = None, validation: bool = False, json: bool = False) -> None:
    """Show scores by LATMOS' protocol at overlaps with GMI: 10 km, 3 neighbours, 1/d2, 15 minutes, their rain classes.

    Parameters
    ----------
    sensor
        One sensor, by default all that are scored.
    validation
        Months of validation instead of test.
    json
        Print JSON instead of tables.
    """
    from rich.console import Console

    from gpm_assets.assets.score_tables import latmos_tables
    from gpm_assets.settings import Home

    found = latmos_tables(Home(), sensor=sensor, split="validation" if validation else "test")
    if json:
        rows = {name: part.astype(object).where(part.notna(), None).to_dict("records") for (name, _), part in found.items()}
        print(json_module.dumps(rows, indent=1))
        return
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)
    for (name, models), table in found.items():
        for reference, part in table.groupby("reference", sort=False):
            for shown in (_errors(f"{reference}, {name}", part, models), _detection(f"{reference}, {name}", part, models)):
                console.print(shown)


def document(report: LatmosReport) -> dict[str, Any]:
    """The report as what JSON knows: NaN becomes null."""
    table = report.table.astype(object).where(report.table.notna(), None).to_dict("records")
    return {"benchmark": "latmos", "subject": dict(report.subject), "table": table, "notes": list(report.notes)}


def show(report: LatmosReport) -> None:
    """Print subject, a table of errors and one of detection for each reference, and the notes."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)
    width = 1 + max(map(len, report.subject))
    for name, value in report.subject.items():
        console.print(f"{name:<{width}} {value}")
    for reference, part in report.table.groupby("reference", sort=False):
        for shown in (
            _errors(str(reference), part, report.subject["models"]),
            _detection(str(reference), part, report.subject["models"]),
        ):
            console.print(shown)
    for note in report.notes:
        console.print(f"note: {note}")


def _errors(reference: str, part: DataFrame, models: str | int) -> Table:
    table = _table(f"errors against {reference} in mm/h, by rain class; models: {models}")
    for title in ("by", "class", "method", "pixels", *(_TITLES.get(name, name) for name in _ERRORS)):
        table.add_column(title, justify="left" if title in ("by", "class", "method") else "right")
    for (by, name), rows in part.groupby(["by", "class"], sort=False):
        for row in rows.to_dict("records"):
            table.add_row(str(by), str(name), row["method"], f"{row['n']:,}", *_numbers(row, _ERRORS))
        table.add_section()
    return table


def _detection(reference: str, part: DataFrame, models: str | int) -> Table:
    table = _table(f"rain of 0.1 mm/h and more against {reference}; models: {models}")
    for title in ("method", *(_TITLES.get(name, name) for name in _DETECTION)):
        table.add_column(title, justify="left" if title == "method" else "right")
    for row in part[part["class"] == "all"].to_dict("records"):
        table.add_row(row["method"], *_numbers(row, _DETECTION))
    return table


def _table(title: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(title=title, title_justify="left", box=SIMPLE_HEAD)


def _numbers(row: dict[Any, Any], names: tuple[str, ...]) -> Iterator[str]:
    return (f"{row[name]:.4f}" if row[name] == row[name] else "–" for name in names)
