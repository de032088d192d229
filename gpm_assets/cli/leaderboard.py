"""`gpm-assets leaderboard`: methods side by side."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
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
    for shown in tables(board, wide=console.width >= 110):
        console.print(shown)


_DIGITS = {"csi": 3, "crps": 4, "rmse": 3, "r": 3, "bias": 4, "tb_rmse": 2, "gap_closed_csi": 2, "gap_closed_crps": 2}
_TITLES = {"tb_rmse": "TB rmse", "gap_closed_csi": "G csi", "gap_closed_crps": "G crps"}
_WITH_INTERVAL = ("csi", "crps", "gap_closed_csi", "gap_closed_crps")
_ONLY_WIDE = ("rmse", "r")


def tables(board: DataFrame, *, wide: bool) -> Iterator[Table]:
    """The leaderboard for a terminal, a table a sensor; `wide` adds what 80 columns have no room for."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    for sensor, rows in board.groupby("sensor", sort=False):
        first = rows.iloc[0]
        shown = Table(
            title=f"{sensor}: rain of DRAIN, {first['overpasses']} test overpasses, {first['seeds']} seed(s); mm/h, K",
            caption=f"95 % intervals by {first['block_unit']} blocks; G: share of the gap from raw to true GMI that is closed",
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        shown.add_column("method", no_wrap=True)
        columns = [name for name in _DIGITS if wide or name not in _ONLY_WIDE]
        for name in columns:
            shown.add_column(_TITLES.get(name, name), justify="right", no_wrap=True)
        for row in rows.to_dict("records"):
            shown.add_row(row["method"], *(_cell(row, name) for name in columns))
        yield shown


def _cell(row: dict[Any, Any], name: str) -> str:
    value, low, high = row[name], row.get(f"{name}_low"), row.get(f"{name}_high")
    if value is None or value != value:
        return "–"
    text = f"{value:.{_DIGITS[name]}f}"
    if name in _WITH_INTERVAL and low is not None and low == low:
        digits = min(_DIGITS[name], 3) - 1
        text += f"\n[dim]{low:.{digits}f}…{high:.{digits}f}[/]"
    return text
