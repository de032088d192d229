"""Joint distributions of TB: GMI's as an image, pseudo-GMI's as contours on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.headline import headline
from gpm_assets.evaluation.figures.scales import OKABE_ITO
from gpm_assets.evaluation.tb_joint import HISTOGRAMS, cells, measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

Float = NDArray[np.float64]

_SHARES = (0.5, 0.9, 0.99)
"""Parts of the pixels that lie within the contours."""


def joint_tb_figure(table: DataFrame, *, world: str, title: str = "") -> Figure:
    """A table of `evaluation.tb_joint` of one method: a panel for each histogram that has pixels, with its distances.

    Contours hold 50, 90 and 99 % of the pixels. Raises GpmAssetsError where none has.
    """
    from matplotlib.figure import Figure

    found = measures(table)
    if found.empty:
        raise GpmAssetsError("the table of joint TB has no pixels to draw")
    rows = -(-len(found) // 2)
    figure = Figure(figsize=(9.0, 3.8 * rows), layout="constrained")
    panels = figure.subplots(rows, 2, squeeze=False).ravel()
    for axes, row in zip(panels, found.to_dict("records"), strict=False):
        quantities, _ = HISTOGRAMS[row["histogram"]]
        counts_x, counts_y, edges = cells(table, row["histogram"])
        distances = [f"{row[f'wasserstein_{axis}_k']:.2f}" for axis in range(1, len(quantities) + 1)]
        if len(quantities) == 2:
            _plane(axes, counts_x, counts_y, edges)
            axes.set_ylabel(f"{quantities[1]} (K)", fontsize=8)
        else:
            axes.stairs(counts_y / counts_y.sum(), edges[0], color="0.8", fill=True, label="GMI")
            axes.stairs(counts_x / counts_x.sum(), edges[0], color=OKABE_ITO[1], label="pseudo-GMI", linewidth=1.2)
            axes.set(yscale="log")
            axes.set_ylabel("share of pixels", fontsize=8)
            axes.legend(fontsize=7, frameon=False)
        axes.set_xlabel(f"{quantities[0]} (K)", fontsize=8)
        axes.set_title(f"Hellinger {row['hellinger']:.3f}, Wasserstein {' and '.join(distances)} K", fontsize=9)
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=7)
    for axes in panels[len(found) :]:
        axes.set_axis_off()
    figure.suptitle(headline(f"{title}: {found['n'].max():,.0f} pixels".removeprefix(": "), world), fontsize=10)
    return figure


def _plane(axes: Axes, x: Float, y: Float, edges: tuple[Float, ...]) -> None:
    from matplotlib.colors import LogNorm

    norm = LogNorm(1, max(y.max(), 2))
    mesh = axes.pcolormesh(*edges, np.ma.masked_equal(y.T, 0), cmap="viridis", norm=norm)
    centres = [(part[:-1] + part[1:]) / 2 for part in edges]
    levels = sorted({_level(x, share) for share in _SHARES})
    axes.contour(*centres, x.T, levels=levels, colors=OKABE_ITO[1], linewidths=1)
    axes.plot([], [], color=OKABE_ITO[1], linewidth=1, label="pseudo-GMI")
    axes.legend(fontsize=7, frameon=False, loc="upper left")
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.02)
    bar.set_label("pixels of GMI", fontsize=7)
    bar.ax.tick_params(labelsize=7)


def _level(counts: Float, share: float) -> float:
    """The count down to which cells, the fullest first, hold a share of all pixels."""
    ordered = np.sort(counts.ravel())[::-1]
    reached = int(np.searchsorted(np.cumsum(ordered), share * ordered.sum()))
    return float(max(ordered[min(reached, len(ordered) - 1)], 0.5))
