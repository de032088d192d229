"""Scores by stratum as coloured tables: methods by classes, and two strata crossed for one method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.cells import draw_cells
from gpm_assets.evaluation.figures.headline import headline
from gpm_assets.evaluation.figures.scales import Scale

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

FEWEST = 1000
"""Cells of fewer pixels are grey: they tell of a few scenes, not of a class."""
_COLOUR_STEPS = 15
_FEW = "0.90"


def strata_figure(
    table: DataFrame, *, measure: str, world: str, better: int = 1, fewest: int = FEWEST, title: str = ""
) -> Figure:
    """Rows `method`, `class`, `value`, `n` (and maybe `low`, `high` of an interval) of one stratum, methods down, classes across.

    Orders are those of the rows. Cells of fewer than `fewest` pixels are grey. `measure` says what the value is, with its unit;
    `better` is 1 where more is, -1 where less is.
    Raises GpmAssetsError for no rows or cells that occur twice.
    """
    return _figure(table, ("method", "class"), measure=measure, world=world, better=better, fewest=fewest, title=title)


def crossed_strata_figure(
    table: DataFrame, *, measure: str, world: str, better: int = 1, fewest: int = FEWEST, title: str = ""
) -> Figure:
    """Rows `row`, `column`, `value`, `n` (and maybe `low`, `high`) of one method, classes of two strata; as `strata_figure`."""
    return _figure(table, ("row", "column"), measure=measure, world=world, better=better, fewest=fewest, title=title)


def _figure(
    table: DataFrame, names: tuple[str, str], *, measure: str, world: str, better: int, fewest: int, title: str
) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    if table.empty:
        raise GpmAssetsError(f"the table of {measure} has no rows to draw")
    if table.duplicated(list(names)).any():
        first = table[table.duplicated(list(names))].iloc[0]
        raise GpmAssetsError(f"the table of {measure} holds {first[names[0]]}, {first[names[1]]} twice; select one of them")
    down, across = (list(dict.fromkeys(table[name])) for name in names)
    cell = {(down.index(row[names[0]]), across.index(row[names[1]])): row for row in table.to_dict("records")}
    values = np.full((len(down), len(across)), np.nan)
    for place, row in cell.items():
        if row["n"] >= fewest:
            values[place] = row["value"]
    lines = 3 if {"low", "high"} <= set(table.columns) else 2
    figure = Figure(figsize=(0.85 * len(across) + 2.6, 0.15 * lines * len(down) + 0.12 * len(down) + 1.6), layout="constrained")
    axes = figure.subplots()
    scale = _scale(values, measure, better)
    draw_cells(axes, values, scale, lambda row, column: _text(cell[row, column]))
    for (y, x), row in cell.items():
        if np.isfinite(row["value"]) and np.isnan(values[y, x]):
            axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, color=_FEW))
            axes.text(x, y, _text(row), ha="center", va="center", fontsize=7, color="0.4")
    axes.set_yticks(range(len(down)), [str(name) for name in down], fontsize=8)
    axes.set_xticks(
        range(len(across)), [str(name) for name in across], rotation=30, ha="right", rotation_mode="anchor", fontsize=8
    )
    bar = figure.colorbar(axes.images[0], ax=axes, label=measure, extend=scale.extend, pad=0.02, aspect=25)
    bar.ax.tick_params(labelsize=7)
    figure.suptitle(f"{headline(title, world)}\ngrey: fewer than {fewest:,} pixels; hatched: no value".strip(), fontsize=9)
    return figure


def _text(row: dict[str, Any]) -> str:
    """Value, interval where there is one, and pixels."""
    lines = [f"{row['value']:.3g}"]
    if np.isfinite(row.get("low", np.nan)):
        lines.append(f"{row['low']:.3g} to {row['high']:.3g}")
    return "\n".join([*lines, f"n {_short(row['n'])}"])


def _short(count: float) -> str:
    """`850`, `12 k`, `3.4 M`."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if count >= size:
            return f"{count / size:.{1 if count < 10 * size else 0}f}{unit}"
    return f"{count:.0f}"


def _scale(values: NDArray[np.float64], label: str, better: int) -> Scale:
    """Dark is bad and bright is good, from the worst to the best value shown."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    shown = values[np.isfinite(values)]
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
    colours = colormaps["viridis" if better > 0 else "viridis_r"].resampled(_COLOUR_STEPS)
    return Scale(colours, Normalize(low, high if high > low else low + 1e-9), label, "neither")
