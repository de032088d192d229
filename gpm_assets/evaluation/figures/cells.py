"""Coloured tables: cells with their numbers, hatched where there is no value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.evaluation.figures.scales import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_cells(axes: Axes, values: NDArray[np.float64], scale: Scale, text: Callable[[int, int], str]) -> None:
    """Values (row, column) as colours with their `text(row, column)`; NaN is hatched and has none."""
    axes.patch.set(hatch="////", edgecolor="0.75")
    axes.imshow(np.ma.masked_invalid(values), cmap=scale.colours, norm=scale.norm, aspect="auto", interpolation="nearest")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            red, green, blue, _ = scale.colours(scale.norm(value))
            ink = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
            axes.text(column, row, text(row, column), ha="center", va="center", fontsize=7, color=ink)
    axes.tick_params(length=0)
