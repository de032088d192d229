"""`gpm-assets leaderboard`: methods side by side."""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Any

from gpm_assets.settings import Home

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table


def leaderboard(*, json: bool = False) -> None:
    """Show the rain skill of every method on the test months, one row per sensor and method.

    Parameters
    ----------
    json
        Print JSON with all columns and intervals instead of a table.
    """
    from gpm_assets.assets.leaderboard import read

    board = read(Home())
    if json:
        rows = board.astype(object).where(board.notna(), None).to_dict("records")
        print(json_module.dumps(rows, indent=1))
        return
    from rich.console import Console

    console = Console()
    console.print(table(board))


def table(board: DataFrame) -> Table:
    """The leaderboard for a terminal; intervals (95 %, block bootstrap) in brackets."""
    from rich.table import Table

    unit = ", ".join(sorted(set(board["block_unit"])))
    title = "Rain of DRAIN on test months (mm/h; TB in K; 95 % intervals by "
    shown = Table(title=f"{title}{unit} blocks)", caption="G: share of the gap from raw to true GMI that a method closes")
    for name in ("sensor", "method", "seeds", "overpasses"):
        shown.add_column(name, justify="left" if name in ("sensor", "method") else "right")
    columns = {"csi": 3, "crps": 4, "rmse": 3, "r": 3, "bias": 4, "tb_rmse": 2, "gap_closed_csi": 2, "gap_closed_crps": 2}
    for name in columns:
        shown.add_column({"gap_closed_csi": "G csi", "gap_closed_crps": "G crps"}.get(name, name), justify="right")
    for row in board.to_dict("records"):
        cells = [str(row[name]) for name in ("sensor", "method", "seeds", "overpasses")]
        shown.add_row(*cells, *(_cell(row, name, digits) for name, digits in columns.items()))
    return shown


def _cell(row: dict[Any, Any], name: str, digits: int) -> str:
    value, low, high = row[name], row.get(f"{name}_low"), row.get(f"{name}_high")
    if value is None or value != value:
        return "–"
    text = f"{value:.{digits}f}"
    if name in ("csi", "crps", "gap_closed_csi", "gap_closed_crps") and low is not None and low == low:
        text += f"\n[dim]{low:.{digits}f}…{high:.{digits}f}[/]"
    return text
