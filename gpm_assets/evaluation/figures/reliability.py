"""Reliability of probabilities and of quantiles, a line a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.headline import headline
from gpm_assets.evaluation.figures.scales import OKABE_ITO
from gpm_assets.evaluation.reliability import LIKELY, PIT_BINS, Selection, diagram, measures, pit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

SHOWN_MM_H = (0.1, 1.0, 10.0)
FEWEST = 100
"""Bins of fewer pixels have no point in the diagram: a frequency of ten is no frequency. They are still counted."""
_BINS = 20
"""Of the PIT histograms that are drawn."""


def reliability_figure(
    tables: Mapping[str, DataFrame], *, world: str, thresholds: Sequence[float] = SHOWN_MM_H, title: str = ""
) -> Figure:
    """Tables of `evaluation.reliability` by method: frequency by probability, how often each was said, and PIT histograms.

    PIT of all pixels, and of those where rain is likely; flat is calibrated. Raises GpmAssetsError for no method.
    """
    from matplotlib.figure import Figure

    if not tables:
        raise GpmAssetsError("reliability needs the table of at least one method")
    figure = Figure(figsize=(3.0 * len(thresholds), 7.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.55, 1))
    panels = above.subplots(2, len(thresholds), squeeze=False, sharex=True, height_ratios=(3, 1))
    for (upper, lower), threshold in zip(panels.T, thresholds, strict=True):
        _diagram(upper, lower, tables, threshold)
    panels[0, 0].set_ylabel("frequency of the event", fontsize=9)
    panels[1, 0].set_ylabel("pixels", fontsize=9)
    selections: tuple[tuple[Selection, str], ...] = (("all", "all pixels"), ("likely", f"pixels with P(rain) from {LIKELY:g}"))
    lower = below.subplots(1, 2, sharey=True)
    for axes, (selection, name) in zip(lower, selections, strict=True):
        _pit(axes, tables, selection, name)
    lower[0].set_ylim(bottom=0)  # when all are drawn: limits are shared
    lower[0].set_ylabel("density", fontsize=9)
    figure.suptitle(headline(title, world), fontsize=10)
    return figure


def _diagram(upper: Axes, lower: Axes, tables: Mapping[str, DataFrame], threshold: float) -> None:
    upper.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
    for (method, table), colour in zip(tables.items(), OKABE_ITO, strict=False):
        bins, error = diagram(table, threshold), measures(table)[f"calibration_error@{threshold:g}"]
        label = f"{method}: {error:.4f}"
        many = bins[bins["n"] >= FEWEST]
        upper.plot(many["probability"], many["frequency"], ".-", color=colour, label=label, linewidth=1.2)
        lower.plot(bins["probability"], bins["n"], ".-", color=colour, linewidth=0.8, markersize=3)
    upper.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    upper.set_title(f"at least {threshold:g} mm/h", fontsize=9)
    lower.set_yscale("log")
    lower.set_xlabel("probability", fontsize=9)
    legend = upper.legend(fontsize=7, frameon=False, title="calibration error", title_fontsize=7, loc="upper left")
    legend.set_in_layout(False)
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=7)


def _pit(axes: Axes, tables: Mapping[str, DataFrame], selection: Selection, name: str) -> None:
    axes.axhline(1, color="0.6", linewidth=0.8)
    for (method, table), colour in zip(tables.items(), OKABE_ITO, strict=False):
        counts = pit(table, selection).reshape(_BINS, PIT_BINS // _BINS).sum(axis=1)
        error = measures(table)["quantile_error" if selection == "all" else f"{selection}_quantile_error"]
        density = counts * _BINS / (counts.sum() or np.nan)
        label = f"{method}: {error:.3f}" if counts.any() else f"{method}: no such pixel"
        axes.stairs(density, np.linspace(0, 1, _BINS + 1), color=colour, label=label, linewidth=1.2)
    axes.set_xlim(0, 1)
    axes.set_xlabel("probability integral transform", fontsize=9)
    axes.set_title(name, fontsize=9)
    axes.legend(fontsize=7, frameon=False, title="mean error of quantiles", title_fontsize=7, ncols=2)
    axes.grid(alpha=0.3)
    axes.tick_params(labelsize=7)
