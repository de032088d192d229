"""An example swath: what was measured, the rain of the references, and what retrievals made of it, unrolled under each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.headline import headline
from gpm_assets.evaluation.figures.quicklook import STRIPS_NOTE, Panel, draw_strips, finish
from gpm_assets.evaluation.figures.scales import OKABE_ITO
from gpm_assets.evaluation.figures.world import time_marks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH_IN, _STRIP_IN = 11.0, 1.2


def example_swath_figure(
    panels: Sequence[Panel], *, world: str, outlined: NDArray[np.bool_] | None = None, title: str = ""
) -> Figure:
    """Fields (scan, pixel) of one swath; what is `outlined` (scan, pixel), the radar's swath, has its rim on all of them.

    Raises GpmAssetsError for no field.
    """
    from matplotlib.figure import Figure

    if not panels:
        raise GpmAssetsError("an example swath needs at least one field to draw")
    figure = Figure(figsize=(_WIDTH_IN, _STRIP_IN * len(panels) + 1.1), layout="constrained")
    grid = figure.subplots(len(panels), 1, squeeze=False).ravel()
    draw_strips(grid, panels, [panel.name for panel in panels], time_marks(panels[0].swath))
    note = STRIPS_NOTE
    if outlined is not None and outlined.any() and not outlined.all():
        note += "      orange: the radar's swath"
        for axes in grid:
            axes.contour(outlined.T, levels=[0.5], colors=OKABE_ITO[1], linewidths=0.9, extent=(0, 1, 0, 1), origin="lower")
    finish(figure, headline(title, world), note)
    return figure
