"""Charts: joint and single distributions, the leaderboard, training curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.scales import OKABE_ITO, RAIN_LEVELS_MM_H, tb_range
from gpm_assets.evaluation.yardsticks import CEILING, GMI, RAW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

BINS = 60


def joint_histogram(
    retrieved: ArrayLike, reference: ArrayLike, *, kind: Literal["tb", "rain"], channel: str = "", title: str = ""
) -> Figure:
    """Counts of pixels by reference (across) and retrieval (up): TB of `channel` in K, or rain in mm/h on logarithmic axes.

    Rain below 0.1 mm/h gathers in a band of its own at the lower edge, so dry pixels stay in sight. The line is perfection.
    """
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    x, y = (np.asarray(values, np.float64).ravel() for values in (reference, retrieved))
    both = np.isfinite(x) & np.isfinite(y)
    edges, label = _edges(kind, channel)
    x, y = (np.clip(values[both], edges[0], edges[-1]) for values in (x, y))
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.subplots()
    counts, _, _ = np.histogram2d(x, y, [edges, edges])
    mesh = axes.pcolormesh(edges, edges, np.ma.masked_equal(counts.T, 0), cmap="viridis", norm=LogNorm(1, max(counts.max(), 2)))
    if kind == "rain":
        axes.set(xscale="log", yscale="log")
    axes.plot(edges[[0, -1]], edges[[0, -1]], color="0.3", linewidth=0.8)
    axes.set(xlabel=f"reference {label}", ylabel=f"retrieved {label}", aspect="equal")
    axes.set_title(f"{title} ({both.sum():,} pixels)".strip(), fontsize=10)
    figure.colorbar(mesh, ax=axes, label="pixels")
    return figure


def tb_histograms(samples: Mapping[str, Mapping[str, ArrayLike]], *, title: str = "") -> Figure:
    """Densities of TB in K per channel, one line a sample: `{"source": {"37V": tb, ...}, "target": {...}, "translated": {...}}`.

    Panels follow the channels of the first sample; other samples may have them in any order and lack some.
    """
    from matplotlib.figure import Figure

    if not samples or not next(iter(samples.values())):
        raise GpmAssetsError("histograms of TB need at least one sample with one channel")
    channels = list(next(iter(samples.values())))
    columns = min(len(channels), 4)
    rows = -(-len(channels) // columns)
    figure = Figure(figsize=(2.6 * columns + 0.6, 2.1 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, channel in zip(panels, channels, strict=False):
        edges = np.linspace(*tb_range(channel), BINS + 1)
        for (name, sample), colour in zip(samples.items(), OKABE_ITO, strict=False):
            if channel in sample:
                axes.stairs(_density(sample[channel], edges), edges, color=colour, label=name, linewidth=1.2)
        axes.set_title(f"{channel} TB (K)", fontsize=9)
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
    for axes in panels[len(channels) :]:
        axes.set_axis_off()
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(samples), fontsize=8, frameon=False
    )
    figure.suptitle(title, fontsize=10)
    return figure


def leaderboard_figure(table: DataFrame, *, title: str = "") -> Figure:
    """CSI and CRPS of every method with their intervals, a row of panels a sensor and reference; the yardsticks are grey."""
    from matplotlib.figure import Figure

    boards = [rows for _, rows in table.groupby(["sensor", "reference"], sort=False)]
    if not boards:
        raise GpmAssetsError("the leaderboard has no rows to draw")
    lines = [len(rows) for rows in boards]
    figure = Figure(figsize=(7.6, 0.28 * sum(lines) + 0.9 * len(boards) + 0.4), layout="constrained")
    panels = figure.subplots(len(boards), 2, squeeze=False, height_ratios=[number + 1 for number in lines])
    for (left, right), rows in zip(panels, boards, strict=True):
        first = rows.iloc[0]
        _intervals(left, rows, "csi", f"CSI at {first['threshold']:g} mm/h (more is better)")
        _intervals(right, rows, "crps", "CRPS (mm/h, less is better)")
        right.set_yticklabels([])
        where = f"{first['sensor']} against {first['reference']}, {first['world']} world"
        counts = f"{first['overpasses']} overpasses, {first['blocks']} {first['block_unit']} blocks"
        left.set_title(f"{where}: {counts}", fontsize=9, loc="left")
    figure.suptitle(title, fontsize=10)
    return figure


def training_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, label: str = "loss", title: str = ""
) -> Figure:
    """Curves by name, each its steps and values; logarithmic where all values are positive."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.4), layout="constrained")
    axes = figure.subplots()
    for (name, (steps, values)), colour in zip(curves.items(), OKABE_ITO * (len(curves) // len(OKABE_ITO) + 1), strict=False):
        axes.plot(steps, values, color=colour, label=name, linewidth=1.2, marker="." if len(values) < 30 else "")
    drawn = np.concatenate([np.asarray(values, np.float64) for _, values in curves.values()])
    if np.all(drawn[np.isfinite(drawn)] > 0):
        axes.set_yscale("log")
    axes.set(xlabel="step", ylabel=label)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    return figure


def _edges(kind: Literal["tb", "rain"], channel: str) -> tuple[NDArray[np.float64], str]:
    """Bin edges and the label of their quantity."""
    if kind == "tb":
        return np.linspace(*tb_range(channel), BINS + 1), f"{channel} TB (K)"
    wet = np.geomspace(RAIN_LEVELS_MM_H[0], 2 * RAIN_LEVELS_MM_H[-1], BINS)
    return np.concatenate([[wet[0] * 0.7], wet]), "rain rate (mm/h)"


def _density(tb: ArrayLike, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.asarray(tb, np.float64)
    counts, _ = np.histogram(values[np.isfinite(values)], edges)
    return counts / max(counts.sum(), 1)


def _intervals(axes: Axes, rows: DataFrame, name: str, label: str) -> None:
    """Values with their intervals, the first row at the top."""
    for height, row in enumerate(rows.to_dict("records")):
        colour = "0.45" if row["method"] in (RAW, GMI, CEILING) else OKABE_ITO[0]
        axes.plot([row[f"{name}_low"], row[f"{name}_high"]], [height, height], color=colour, linewidth=1.6)
        axes.plot(row[name], height, "o", color=colour, markersize=4)
    axes.set_yticks(range(len(rows)), list(rows["method"]), fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(label, fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x", alpha=0.3)
