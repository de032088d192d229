"""Domain shift as coloured tables: channels down, surfaces and latitude bands across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.cells import draw_cells
from gpm_assets.evaluation.figures.scales import Scale
from gpm_assets.geography.zones import LATITUDE_BANDS, SURFACES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Float = NDArray[np.float64]
Pair = tuple[str, str]

MIN_PIXELS = 1000
"""Fewest pixels on either side for a cell with colour: a few scans of one place tell of its weather, not of the sensors."""
PANELS = {"mean_difference_k": ("mean of {against} (K)", "{:+.1f}"), "distance_k": ("Wasserstein distance (K)", "{:.1f}")}
"""Column of the table to the title of its panel and the format of its numbers."""
BESIDE = 4
"""Up to so many columns the panels stand side by side, else one below the other."""
COLOUR_STEPS = 15
"""Odd, so that no shift has a shade of its own; few, so that the palette of a small file holds them all."""
STRONGEST_PERCENT = 90
"""The scale ends at this percentile, or one shift of sea ice makes all others pale; numbers tell what lies beyond."""


def domain_shift_figure(
    rows: Sequence[Mapping[str, Any]], *, min_pixels: int = MIN_PIXELS, against: str = "partner minus GMI", title: str = ""
) -> Figure:
    """Mean difference and Wasserstein distance in K of every channel, surface and latitude band of `domain_shift.shift_table`.

    Cells with fewer pixels than `min_pixels` on either side are hatched; surfaces and bands without a row are left out.
    `against` says what is subtracted from what. Raises GpmAssetsError for no rows.
    """
    from matplotlib.figure import Figure

    if not rows:
        raise GpmAssetsError("the table of domain shift has no rows to draw")
    found = {(row["surface"], row["latitude_band"]) for row in rows}
    classes = [(kind, band) for kind in SURFACES for band in LATITUDE_BANDS if (kind, band) in found]
    pairs = list(dict.fromkeys((row["channel"], row["reference_channel"]) for row in rows))
    shown = [row for row in rows if min(row["pixels"], row["reference_pixels"]) >= max(min_pixels, 1)]
    across, down = 0.62 * len(classes), 0.27 * len(pairs)
    beside = len(classes) <= BESIDE
    figure = Figure(figsize=(2 * across + 5, down + 1.9) if beside else (across + 3, 2 * down + 3.6), layout="constrained")
    panels = figure.subplots(*(1, 2) if beside else (2, 1))
    scale = _scale(shown)
    for axes, (name, (label, number)) in zip(panels, PANELS.items(), strict=True):
        _draw(axes, _values(shown, name, pairs, classes), scale, number)
        axes.set_title(label.format(against=against), fontsize=9, loc="left")
        axes.set_yticks(range(len(pairs)), [own if own == other else f"{own} → {other}" for own, other in pairs], fontsize=8)
        names = [f"{kind}, {band}" for kind, band in classes]
        axes.set_xticks(range(len(classes)), names, rotation=40, ha="right", rotation_mode="anchor", fontsize=8)
        for place in range(1, len(classes)):
            if classes[place][0] != classes[place - 1][0]:
                axes.axvline(place - 0.5, color="black", linewidth=1)
    bar = figure.colorbar(
        axes.images[0], ax=list(panels), label=scale.label, extend=scale.extend, pad=0.02, shrink=0.8, aspect=35
    )
    bar.ax.tick_params(labelsize=7)
    panels[1].tick_params(labelleft=not beside)
    panels[0].tick_params(labelbottom=beside)
    figure.suptitle(f"{title}\nhatched: fewer than {min_pixels:,} pixels".strip(), fontsize=9)
    return figure


def _values(rows: Sequence[Mapping[str, Any]], name: str, pairs: Sequence[Pair], classes: Sequence[Pair]) -> Float:
    """A column of the table as (channel, class), NaN where there is no row."""
    values = np.full((len(pairs), len(classes)), np.nan)
    for row in rows:
        place = pairs.index((row["channel"], row["reference_channel"])), classes.index((row["surface"], row["latitude_band"]))
        values[place] = row[name]
    return values


def _scale(rows: Sequence[Mapping[str, Any]]) -> Scale:
    """From blue over white (0) to red, the same for both panels: a distance is at least as large as the difference of means."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    distances = [row["distance_k"] for row in rows]
    most = max(float(np.percentile(distances, STRONGEST_PERCENT)), 1.0) if distances else 1.0
    return Scale(colormaps["RdBu_r"].resampled(COLOUR_STEPS), Normalize(-most, most), "K", "both")


def _draw(axes: Axes, values: Float, scale: Scale, number: str) -> None:
    draw_cells(axes, values, scale, lambda row, column: number.format(round(values[row, column], 1) + 0.0))
