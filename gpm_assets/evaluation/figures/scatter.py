"""Retrieved rain against the reference's, a panel a method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.distributions import EDGES_MM_H
from gpm_assets.evaluation.figures.headline import headline
from gpm_assets.evaluation.figures.scales import OKABE_ITO
from gpm_assets.evaluation.scatter import counts, measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure
    from pandas import DataFrame

COLUMNS = 3
DRY_BAND = 0.6
"""What is dry gathers in a band below the lowest class, as wide as from this share of its edge."""
_EDGES = np.concatenate([[EDGES_MM_H[0] * DRY_BAND], EDGES_MM_H, [EDGES_MM_H[-1] * 1.3]])
_CENTRES = np.sqrt(_EDGES[1:] * _EDGES[:-1])
_FEWEST = 20
"""Classes of fewer pixels have no mean."""
_TICKS = (0.01, 0.1, 1, 10, 100)


def scatter_figure(tables: Mapping[str, DataFrame], *, world: str, reference: str = "reference", title: str = "") -> Figure:
    """Tables of `evaluation.scatter` by method: pixels by class of retrieved and `reference` rain on logarithmic axes.

    Grey is identity, the points the mean of the reference by what was retrieved: on the line where a retrieval means what it
    says. Dry pixels lie in a band at the lower edges. Raises GpmAssetsError for no method or no pixel.
    """
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    if not tables:
        raise GpmAssetsError("a scatter needs the table of at least one method")
    most = max(counts(table).max() for table in tables.values())
    if not most:
        raise GpmAssetsError("a scatter needs pixels, no method has any")
    columns = min(COLUMNS, len(tables))
    rows = -(-len(tables) // columns)
    figure = Figure(figsize=(2.9 * columns + 0.9, 3.1 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    norm = LogNorm(1, max(most, 2))
    for axes, (method, table) in zip(panels.ravel(), tables.items(), strict=False):
        mesh = _panel(axes, table, norm)
        found = measures(table)
        axes.set_title(f"{method}: r {found['r']:.3f}, bias {found['bias']:+.4f} mm/h", fontsize=8)
    for axes in panels.ravel()[len(tables) :]:
        axes.set_axis_off()
    for axes in panels.ravel()[max(0, len(tables) - columns) : len(tables)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(f"{reference} rain (mm/h)", fontsize=8)
    for axes in panels[:, 0]:
        axes.set_ylabel("retrieved mean (mm/h)", fontsize=8)
    bar = figure.colorbar(mesh, ax=panels, pad=0.02, aspect=30)
    bar.set_label("pixels", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    pixels = max(counts(table).sum() for table in tables.values())
    figure.suptitle(headline(f"{title}: {pixels:,.0f} pixels".removeprefix(": "), world), fontsize=10)
    return figure


def _panel(axes: Axes, table: DataFrame, norm: LogNorm) -> QuadMesh:
    found = counts(table)
    mesh = axes.pcolormesh(_EDGES, _EDGES, np.ma.masked_equal(found, 0), cmap="viridis", norm=norm)
    axes.plot(EDGES_MM_H[[0, -1]], EDGES_MM_H[[0, -1]], color="0.45", linewidth=0.9)
    of_class = table.groupby("retrieved_rain")[["n", "y"]].sum()
    many = of_class[(of_class["n"] >= _FEWEST) & (of_class.index > 0) & (of_class["y"] > 0)]
    axes.plot(many["y"] / many["n"], _CENTRES[many.index], ".", color=OKABE_ITO[1], markersize=3)
    axes.set(xscale="log", yscale="log", xlim=_EDGES[[0, -1]], ylim=_EDGES[[0, -1]], aspect="equal")
    axes.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    axes.set_yticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    axes.minorticks_off()
    axes.axhline(EDGES_MM_H[0], color="0.7", linewidth=0.5)
    axes.axvline(EDGES_MM_H[0], color="0.7", linewidth=0.5)
    axes.tick_params(labelsize=7)
    return mesh
