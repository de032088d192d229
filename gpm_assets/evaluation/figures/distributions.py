"""Rain-rate distributions of methods beside the reference's, by occurrence and by volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.distributions import EDGES_MM_H, measures, shares
from gpm_assets.evaluation.figures.headline import headline
from gpm_assets.evaluation.figures.scales import OKABE_ITO

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def rain_distribution_figure(
    tables: Mapping[str, DataFrame], *, world: str, reference: str = "reference", title: str = ""
) -> Figure:
    """Tables of `evaluation.distributions` by method, all of the same pixels, and their `reference`, in grey.

    Raises GpmAssetsError for no method, or one that was scored on another number of pixels.
    """
    from matplotlib.figure import Figure

    if not tables:
        raise GpmAssetsError("rain-rate distributions need the table of at least one method")
    pixels = {method: float(table["n_y"].sum()) for method, table in tables.items()}
    if len(set(pixels.values())) > 1:
        found = ", ".join(f"{method} {count:.0f}" for method, count in pixels.items())
        raise GpmAssetsError(f"rain-rate distributions of other pixels cannot be compared: {found}")
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    panels = figure.subplots(1, 2)
    curves = {method: shares(table) for method, table in tables.items()}
    for axes, kind, label in zip(
        panels, ("occurrence", "volume"), ("% of pixels per decade", "% of the reference's volume per decade"), strict=True
    ):
        first = next(iter(curves.values()))
        axes.stairs(100 * first[f"{kind}_y"], EDGES_MM_H, color="0.8", fill=True, label=reference)
        for (method, curve), colour in zip(curves.items(), OKABE_ITO, strict=False):
            distance = measures(tables[method])
            name = f"{method}: W {distance['wasserstein']:.3f} mm/h, H {distance['hellinger']:.3f}"
            axes.stairs(100 * curve[f"{kind}_x"], EDGES_MM_H, color=colour, label=name, linewidth=1.2)
        axes.set(xscale="log", ylim=(0, None))
        axes.set_xlabel("rain rate (mm/h)", fontsize=9)
        axes.set_ylabel(label, fontsize=9)
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=8)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 3), fontsize=8, frameon=False)
    figure.suptitle(headline(f"{title}: {next(iter(pixels.values())):,.0f} pixels".removeprefix(": "), world), fontsize=10)
    return figure
