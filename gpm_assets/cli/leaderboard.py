"""`gpm-assets leaderboard`: methods side by side."""

from __future__ import annotations

import json as json_module
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.settings import Home

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table


def leaderboard(*, json: bool = False) -> None:
    """Show the rain skill of every method on the test months, a table per sensor and reference.

    Parameters
    ----------
    json
        Print JSON with all columns and intervals instead of tables.
    """
    from gpm_assets.assets.leaderboard import read

    board = read(Home())
    if json:
        board = board.replace([float("inf")], float("nan"))  # an effective resolution that is nowhere; JSON knows no infinity
        rows = board.astype(object).where(board.notna(), None).to_dict("records")
        print(json_module.dumps(rows, indent=1))
        return
    from rich.console import Console

    console = Console()
    for shown in tables(board, wide=console.width >= WIDE_FROM):
        console.print(shown)


WIDE_FROM = 140
"""Columns of a terminal that have room for everything."""
_NARROW = {"csi": ("csi", 3), "crps": ("crps", 4), "bias": ("bias", 4), "tb_rmse": ("TB rmse", 2)}
_YARDSTICKS = {
    "gap_closed": {"gap_closed_csi": ("G csi", 2), "gap_closed_crps": ("G crps", 2)},
    "ceiling_reached": {"ceiling_reached_csi": ("A csi", 2), "ceiling_reached_crps": ("A crps", 2)},
}
_WIDE = {"rmse": ("rmse", 3), "r": ("r", 3)}
_SPREAD = {"csi_seed_std": ("csi sd", 3), "crps_seed_std": ("crps sd", 4)}
"""Columns with their titles and digits. 80 columns have room for one yardstick: G if there is raw, else A, else differences;
the spread of seeds takes the room that yardsticks leave."""
_BARE = ("bias", "tb_rmse", "rmse", "r", *_SPREAD)
"""Columns whose intervals only JSON has, if any."""


def tables(board: DataFrame, *, wide: bool) -> Iterator[Table]:
    """The leaderboard for a terminal, a table per sensor and reference; `wide` adds what 80 columns have no room for."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    for (sensor, reference), rows in board.groupby(["sensor", "reference"], sort=False):
        first, columns = rows.iloc[0], _columns(rows, wide)
        what = "rain of retrievals" if first["sensor"] == REFERENCE else "rain of DRAIN"
        shown = Table(
            title=f"{sensor} against {reference}, {_worlds(first)}{'' if first['decides'] else ', shown without a vote'}:\n"
            f"{what} in {first['overpasses']} {first['split']} overpasses; mm/h, K; csi at {first['threshold']:g} mm/h",
            caption="\n".join(_caption(rows, columns)),
            caption_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            padding=0,
        )
        shown.add_column("method", no_wrap=True)
        for name, _ in columns.values():
            shown.add_column(name, justify="right", no_wrap=True)
        for row in rows.to_dict("records"):
            shown.add_row(row["method"], *(_cell(row, name, digits) for name, (_, digits) in columns.items()))
        yield shown


def _worlds(row: Mapping[str, Any]) -> str:
    """The world of the scores, and that of the models where it is another."""
    models = "" if row["trained_in"] == row["world"] else f", models of the {row['trained_in']} one"
    return f"{row['world']} world{models}"


def _columns(rows: DataFrame, wide: bool) -> dict[str, tuple[str, int]]:
    """What a table shows, without columns that are empty."""
    anchor = rows["anchor"].iloc[0]
    differences = {"csi_vs_anchor": (f"csi - {anchor}", 3), "crps_vs_anchor": (f"crps - {anchor}", 4)}
    shares = [one for name, one in _YARDSTICKS.items() if rows[f"{name}_crps"].notna().any()]
    if wide:
        columns = _NARROW | _WIDE | differences | ({name: how for one in shares for name, how in one.items()} or _SPREAD)
    else:
        columns = _NARROW | next(iter(shares), differences)
    return {name: how for name, how in columns.items() if rows[name].notna().any()}


def _caption(rows: DataFrame, columns: Container[str]) -> Iterator[str]:
    """What intervals and yardsticks are, and in words what a claim lacks and what is degenerate."""
    first = rows.iloc[0]
    what = f"{first['blocks']} {first['block_unit']} blocks, {rows['rainy_blocks'].max()} of them rainy"
    yield f"95 % intervals by {what}" if rows["crps_low"].notna().any() else what
    if "csi_seed_std" in columns:
        yield "sd: standard deviation over seeds"
    if "gap_closed_crps" in columns:
        yield "G: share of the gap from raw to true GMI that is closed"
    if "ceiling_reached_crps" in columns:
        yield "A: share of the way from the best pixel-wise method to the ceiling"
    for claim, those in rows[rows["claim"] != "yes"].groupby("claim", sort=False):
        yield f"no claim: {claim} ({_names(those, rows)})"
    for note, those in rows[rows["note"] != ""].groupby("note", sort=False):
        yield f"{note} ({_names(those, rows)})"


def _names(some: DataFrame, rows: DataFrame) -> str:
    return "all" if len(some) == len(rows) else ", ".join(some["method"])


def _cell(row: dict[Any, Any], name: str, digits: int) -> str:
    value, low, high = row[name], row.get(f"{name}_low"), row.get(f"{name}_high")
    if value is None or value != value:
        return "–"
    text = f"{value:.{digits}f}"
    if name not in _BARE and low is not None and low == low:
        digits = max(digits - 1, 2)
        text += f"\n[dim]{low:.{digits}f}…{high:.{digits}f}[/]"
    return text
