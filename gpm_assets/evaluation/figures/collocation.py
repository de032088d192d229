"""Collocations: where and when pairs were found, what both sensors measured there, and which rain it was.

Every figure raises GpmAssetsError where it has nothing to draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.collocation.label_tally import WET_MM_H
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM
from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.maps import draw_field
from gpm_assets.evaluation.figures.scales import OKABE_ITO, TB_STEPS, Scale, tb_range
from gpm_assets.evaluation.figures.world import WORLD
from gpm_assets.evaluation.scores import tb_measures, tb_sums

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Float = NDArray[np.float64]

CELL_DEG = 2
"""Side of the cells of the density map."""
AREA_KM2 = 1e4
"""Pairs are counted per so much area."""
TIME_BINS = 60
TB_BINS = 50
COLUMNS = 4
RAIN_EDGES_MM_H: Float = np.logspace(-1, 2.2, 33)
"""Ten bins a decade from 0.1 to 158 mm/h, where the retrieval ends (150 mm/h); more counts in the last."""


def match_density(latitude: ArrayLike, longitude: ArrayLike, *, title: str = "") -> Figure:
    """World map of pairs per 10,000 km2 in cells of 2 by 2 degrees, from positions (pair,) in degrees; empty cells stay white."""
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    latitude, longitude = (np.asarray(part, np.float64).ravel() for part in (latitude, longitude))
    known = np.isfinite(latitude) & np.isfinite(longitude)
    if not known.any():
        raise GpmAssetsError("a map of pairs needs at least one pair with a position, there is none")
    density = pair_density(latitude[known], longitude[known])
    found = density[density > 0]
    norm = LogNorm(found.min(), max(found.max(), 2 * found.min()))
    scale = Scale(colormaps["viridis"].resampled(TB_STEPS), norm, "pairs per 10,000 km²", "neither")
    figure = Figure(figsize=(7.4, 3.7), layout="constrained")
    axes = figure.subplots()
    index = np.arange(density.size).reshape(density.shape)
    image = draw_field(axes, WORLD, index, np.where(density > 0, density, np.nan), scale)
    axes.set_xticks(range(-180, 181, 60))
    axes.set_yticks(range(-90, 91, 30))
    axes.grid(color="0.8", linewidth=0.4)
    axes.set_title(f"{title} ({known.sum():,} pairs)".strip(), fontsize=10)
    figure.colorbar(image, ax=axes, label=scale.label, pad=0.02, shrink=0.85, format="%g")
    return figure


def pair_density(latitude: Float, longitude: Float) -> Float:
    """Pairs per 10,000 km2 (row, column) in cells from the south pole and 180 W on, from positions (pair,), none missing.

    A cell between latitudes a and b and over a width w has the area R^2 w (sin b - sin a).
    """
    south, west = np.arange(-90, 91, CELL_DEG), np.arange(-180, 181, CELL_DEG)
    counts, _, _ = np.histogram2d(latitude, (longitude + 180) % 360 - 180, [south, west])
    area = EARTH_RADIUS_KM**2 * np.deg2rad(CELL_DEG) * np.diff(np.sin(np.deg2rad(south)))
    return np.asarray(counts / area[:, None] * AREA_KM2, np.float64)


def time_differences(seconds: ArrayLike, *, window_s: float = 900.0, title: str = "") -> Figure:
    """Histogram of time differences (pair,) in s over the window of collocation, drawn in minutes, with median and quartiles."""
    from matplotlib.figure import Figure

    minutes = np.asarray(seconds, np.float64).ravel() / 60
    minutes = minutes[np.isfinite(minutes)]
    if not minutes.size:
        raise GpmAssetsError("a histogram of time differences needs at least one pair, there is none")
    half = window_s / 60
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.subplots()
    edges = np.linspace(-half, half, TIME_BINS + 1)
    counts, _ = np.histogram(np.clip(minutes, -half, half), edges)
    lower, median, upper = np.percentile(minutes, [25, 50, 75])
    axes.stairs(counts / minutes.size * 100, edges, color=OKABE_ITO[5], fill=True)
    axes.axvline(median, color=OKABE_ITO[1], linewidth=1.6, label=f"median {median:+.1f} min")
    for quartile in (lower, upper):
        axes.axvline(quartile, color=OKABE_ITO[1], linewidth=1.2, linestyle="--")
    axes.lines[-1].set_label(f"quartiles {lower:+.1f} and {upper:+.1f} min")
    axes.set(xlim=(-half, half), xlabel="time difference (minutes)", ylabel="% of pairs")
    axes.set_title(f"{title} ({minutes.size:,} pairs)".strip(), fontsize=10)
    axes.grid(alpha=0.3)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure


def matched_channels(
    source: ArrayLike, target: ArrayLike, names: Sequence[tuple[str, str]], *, reference: str = "GMI", title: str = ""
) -> Figure:
    """Joint counts of TB (pair, channel) in K: a partner's channel up, the reference's across, a panel each with the 1:1 line.

    `names` are those of both, as `domain_shift.gmi_pairs` gives them. Bias (partner minus reference), rmse and r are over all
    pairs with both; colours are logarithmic and the same in all panels. Raises GpmAssetsError where shapes do not fit.
    """
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    sums = tb_sums(source, target, [f"{own} and {other}" for own, other in names])
    if not sum(row["n"] for row in sums):
        raise GpmAssetsError(f"TB of {len(names)} channels at {len(source)} pairs: there is no pair with both")
    limits = [np.linspace(*tb_range(other), TB_BINS + 1) for _, other in names]
    counts = [_joint(target[:, index], source[:, index], edges) for index, edges in enumerate(limits)]
    norm = LogNorm(1, max(2, *(part.max() for part in counts)))
    columns = min(len(names), COLUMNS)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(2.35 * columns + 0.9, 2.4 * rows + 0.4), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (own, other), edges, part, row in zip(panels, names, limits, counts, sums, strict=False):
        mesh = axes.pcolormesh(edges, edges, np.ma.masked_equal(part.T, 0), cmap="viridis", norm=norm)
        axes.plot(edges[[0, -1]], edges[[0, -1]], color=OKABE_ITO[1], linewidth=0.8)
        axes.set(aspect="equal")
        axes.set_xlabel(f"{reference} {other} (K)", fontsize=8, labelpad=1)
        axes.set_ylabel(f"{own} (K)", fontsize=8, labelpad=1)
        axes.tick_params(labelsize=7)
        _note(axes, row)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    figure.colorbar(mesh, ax=list(panels), label="pairs", pad=0.01, shrink=0.8, aspect=40)
    figure.suptitle(title, fontsize=10)
    return figure


def rain_histogram(samples: Mapping[str, ArrayLike], *, title: str = "") -> Figure:
    """How often each rain rate occurs, and which rates bring the volume, of samples in mm/h by name, NaN where unknown.

    On the left % of all pixels per decade of the rate, on the right % of the sample's volume from 0.1 mm/h on; the legend has
    the share of dry pixels, below 0.1 mm/h. A sample without a known pixel is named and has no line.
    """
    from matplotlib.figure import Figure

    rates = {name: np.asarray(sample, np.float64).ravel() for name, sample in samples.items()}
    rates = {name: sample[np.isfinite(sample)] for name, sample in rates.items()}
    if not any(sample.size for sample in rates.values()):
        raise GpmAssetsError(f"histograms of rain need a known pixel, there is none in: {', '.join(rates) or 'no samples'}")
    figure = Figure(figsize=(8.4, 3.6), layout="constrained")
    occurrence, volume = figure.subplots(1, 2)
    for (name, sample), colour in zip(rates.items(), OKABE_ITO, strict=False):
        often, much = rain_shares(sample)
        dry = f"{100 * np.mean(sample < WET_MM_H):.1f} % of {sample.size:,} pixels dry" if sample.size else "no pixels"
        occurrence.stairs(often, RAIN_EDGES_MM_H, color=colour, linewidth=1.3, label=f"{name}: {dry}")
        volume.stairs(much, RAIN_EDGES_MM_H, color=colour, linewidth=1.3)
    for axes, label in ((occurrence, "% of pixels per decade"), (volume, "% of volume per decade")):
        axes.set(xscale="log", xlabel="rain rate (mm/h)", ylabel=label, ylim=(0, None), xlim=tuple(RAIN_EDGES_MM_H[[0, -1]]))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.grid(alpha=0.3)
    legend = occurrence.get_legend_handles_labels()
    figure.legend(*legend, loc="outside lower center", ncols=min(len(rates), 2), fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    return figure


def rain_shares(rain: Float) -> tuple[Float, Float]:
    """% per decade in classes of RAIN_EDGES_MM_H: of all pixels, and of the volume of wet ones; `rain` (pixel,), none missing."""
    width = np.diff(np.log10(RAIN_EDGES_MM_H))
    wet = np.minimum(rain[rain >= WET_MM_H], RAIN_EDGES_MM_H[-1])
    often, _ = np.histogram(wet, RAIN_EDGES_MM_H)
    much, _ = np.histogram(wet, RAIN_EDGES_MM_H, weights=rain[rain >= WET_MM_H])
    return 100 * often / max(rain.size, 1) / width, 100 * much / max(much.sum(), 1e-9) / width


def _joint(across: Float, up: Float, edges: Float) -> Float:
    """Counts (across, up) of pairs with both; what lies outside counts at the edge."""
    both = np.isfinite(across) & np.isfinite(up)
    x, y = (np.clip(part[both], edges[0], edges[-1]) for part in (across, up))
    counts, _, _ = np.histogram2d(x, y, [edges, edges])
    return np.asarray(counts, np.float64)


def _note(axes: Axes, sums: Mapping[str, Any]) -> None:
    """Number of pairs and measures in the corner that hot pairs leave empty."""
    found = tb_measures(sums)
    lines = [f"n {sums['n']:,.0f}", f"bias {found['bias']:+.1f} K", f"rmse {found['rmse']:.1f} K", f"r {found['r']:.2f}"]
    box = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
    axes.text(0.03, 0.97, "\n".join(lines) if sums["n"] else "no pairs", transform=axes.transAxes, va="top", fontsize=7, bbox=box)
