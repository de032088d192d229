"""Quick-look of one granule: every channel, or rain and its type, at the pixels of its own swath group.

A piece that fits on a map is drawn on maps. A whole orbit crosses both poles and the dateline: its swath is unrolled into
strips (scans across, pixels up) with the coasts it crosses, under a map of the world with marks at the same times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.maps import ELEMENTS_PER_INCH, Window, draw_field, nearest_footprint, window
from gpm_assets.evaluation.figures.scales import Scale, rain_scale, rain_type_scale, tb_scale
from gpm_assets.evaluation.figures.world import AnySwath, Mark, draw_world, time_marks
from gpm_assets.geography.coastline import REGIONAL_DEG
from gpm_assets.geography.land import land_fraction
from gpm_assets.granules.gprof import GprofSwath
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MISSING = "0.62"
"""Grey of pixels without a valid value; darker than that of dry ones."""
WIDTH_IN = 13.0
STRIPS_NOTE = "first pixel of a scan below, last above"
MARGIN_DEG = 0.15
"""Empty rim of a map: about a footprint, so that a cut of ten scans still fills it."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One field (scan, pixel) of a swath group, NaN where missing."""

    swath: AnySwath
    name: str
    values: NDArray[Any]
    scale: Scale

    @property
    def empty(self) -> bool:
        """Whether no value is valid at a known position."""
        return not bool(np.isfinite(self.values + self.swath.latitude + self.swath.longitude).any())

    @property
    def unit(self) -> str:
        """Unit of the values as the scale's label has it, "" for classes and probabilities."""
        return self.scale.label.partition("(")[2].rstrip(")")

    @property
    def extremes(self) -> str:
        """Least and greatest value in words, "" for classes."""
        if self.empty or self.scale.classes:
            return ""
        return f"{np.nanmin(self.values):.1f} to {np.nanmax(self.values):.1f} {self.unit}"


def quicklook(swaths: Sequence[AnySwath], *, channels: Sequence[str] = (), title: str = "") -> Figure:
    """A panel for each of the `channels`, by default for all; of a radar, `rain` and `type` of each swath; of GPROF, `rain`.

    Where nothing is valid the picture says so, and why. Raises GpmAssetsError for a channel that the swaths do not have.
    """
    panels = [panel for swath in swaths for panel in _panels_of(swath)]
    known = [panel.name for panel in panels]
    if unknown := [name for name in channels if name not in known]:
        raise GpmAssetsError(f"no channel {', '.join(unknown)} in this granule; it has {', '.join(dict.fromkeys(known))}")
    panels = [panel for panel in panels if not channels or panel.name in channels]
    if all(panel.empty for panel in panels):
        return _nothing(swaths, title)
    drawn = {id(panel.swath): panel.swath for panel in panels}.values()
    latitude, longitude = (
        np.concatenate([getattr(swath, axis).ravel() for swath in drawn]) for axis in ("latitude", "longitude")
    )
    shown = window(latitude, longitude, MARGIN_DEG)
    regional = max(shown.east - shown.west, shown.north - shown.south) < REGIONAL_DEG
    return _maps(panels, shown, title) if regional else _strips(panels, title)


def _panels_of(swath: AnySwath) -> list[Panel]:
    if isinstance(swath, Swath):
        return [Panel(swath, name, swath.tb[:, :, i], tb_scale(name)) for i, name in enumerate(swath.channels)]
    rain = Panel(swath, "rain", swath.rain_mm_h, rain_scale())
    if isinstance(swath, GprofSwath):
        return [rain]
    kind = np.where(swath.rain_type < 0, np.nan, swath.rain_type)
    return [rain, Panel(swath, "type", kind, rain_type_scale())]


def _group(swath: AnySwath) -> str:
    return swath.group if isinstance(swath, Swath) else swath.swath


def _placed(swath: AnySwath) -> bool:
    return bool(np.isfinite(swath.latitude + swath.longitude).any())


def _maps(panels: Sequence[Panel], shown: Window, title: str) -> Figure:
    """Maps of equal size, in rows."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    side = 2.6 if len(panels) > 4 else 3.2
    indices = {id(panel.swath): _index(panel.swath, shown, side) for panel in panels}
    height, width = next(iter(indices.values())).shape
    size = side * width / max(width, height), side * height / max(width, height)
    beside = 1.2 if any(panel.scale.classes for panel in panels) else 0.8  # colour bar with its labels
    above = 0.5  # title
    most = max(int(WIDTH_IN / (size[0] + beside)), 1)
    rows = -(-len(panels) // most)
    columns = -(-len(panels) // rows)
    figsize = max((size[0] + beside) * columns, 6.5), (size[1] + above) * rows + 1.0
    figure = Figure(figsize=figsize, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, panel in zip(grid.ravel(), panels, strict=False):
        index = indices[id(panel.swath)]
        _draw_missing(axes, shown, index)
        image = draw_field(axes, shown, index, panel.values, panel.scale)
        axes.set_title(f"{_group(panel.swath)}  {panel.name}\n{panel.extremes}", fontsize=8, loc="left")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        _colour_bar(axes, image, panel, width=0.05)
        _say_empty(axes, panel)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    for axes in grid.ravel()[max(len(panels) - columns, 0) : len(panels)]:
        axes.tick_params(labelbottom=True)
    finish(figure, title, "white: no position")
    return figure


def _strips(panels: Sequence[Panel], title: str) -> Figure:
    """The world with the swath on it, and the swath unrolled, a strip for each panel."""
    from matplotlib.figure import Figure

    strip, world = (0.62 if len(panels) > 4 else 1.1), 3.1
    figure = Figure(figsize=(WIDTH_IN, world + strip * len(panels) + 1.5), layout="constrained")
    grid = figure.subplots(len(panels) + 1, 1, height_ratios=[world, *[strip] * len(panels)])
    located = next(panel.swath for panel in panels if _placed(panel.swath))
    marks = time_marks(located)
    draw_world(grid[0], located, marks)
    draw_strips(grid[1:], panels, [f"{_group(panel.swath)}\n{panel.name}" for panel in panels], marks)
    finish(figure, title, STRIPS_NOTE)
    return figure


def draw_strips(grid: Iterable[Axes], panels: Sequence[Panel], labels: Sequence[str], marks: Sequence[Mark]) -> None:
    """Fields unrolled under each other, scans across and pixels up, with coasts and the marks of time under the last."""
    coasts = {id(panel.swath): land_fraction(panel.swath.latitude, panel.swath.longitude).T for panel in panels}
    grid = list(grid)
    for axes, panel, label in zip(grid, panels, labels, strict=True):
        image = axes.imshow(
            np.ma.masked_invalid(panel.values.T),
            origin="lower",
            extent=(0, 1, 0, 1),
            aspect="auto",
            interpolation="nearest" if panel.scale.classes else "auto",
            cmap=panel.scale.colours,
            norm=panel.scale.norm,
        )
        axes.set_facecolor(MISSING)
        _draw_coast(axes, coasts[id(panel.swath)])
        axes.set_ylabel(label, fontsize=8, rotation=0, ha="right", va="center")
        axes.set_yticks([])
        axes.set_xticks([x for x, _ in marks], [])
        _colour_bar(axes, image, panel, width=0.012)
        _say_empty(axes, panel)
    grid[-1].set_xticks([x for x, _ in marks], [label for _, label in marks], fontsize=7)


def _draw_coast(axes: Axes, land: NDArray[np.float32]) -> None:
    """The coast in a strip, where the share of land (pixel, scan) passes one half."""
    if min(land.shape) > 1 and (land > 0.5).any() and (land < 0.5).any():
        axes.contour(land, levels=[0.5], colors="black", linewidths=0.5, extent=(0, 1, 0, 1), origin="lower")


def _index(swath: AnySwath, shown: Window, side_in: float) -> NDArray[np.intp]:
    return nearest_footprint(swath.latitude, swath.longitude, shown, round(side_in * ELEMENTS_PER_INCH * 1.5))


def _draw_missing(axes: Axes, shown: Window, index: NDArray[np.intp]) -> None:
    """Grey under all that the swath saw: what no value covers is missing."""
    from matplotlib.colors import ListedColormap

    extent = (shown.west, shown.east, shown.south, shown.north)
    axes.imshow(
        np.ma.masked_less(index, 0), origin="lower", extent=extent, cmap=ListedColormap([MISSING]), interpolation="nearest"
    )


def _colour_bar(axes: Axes, image: Any, panel: Panel, width: float) -> None:
    """A colour bar as high as the panel, `width` in widths of the panel."""
    scale, bar_axes = panel.scale, axes.inset_axes((1 + width / 2, 0, width, 1))
    bar = axes.figure.colorbar(image, cax=bar_axes, extend=scale.extend, format="%g")
    bar_axes.tick_params(labelsize=7)
    if scale.classes:
        bar.set_ticks(range(len(scale.classes)), labels=scale.classes)
    else:
        bar.set_label(panel.unit, fontsize=7)


def _say_empty(axes: Axes, panel: Panel) -> None:
    if panel.empty:
        axes.text(0.5, 0.5, "no valid value", transform=axes.transAxes, ha="center", va="center", fontsize=8)


def _nothing(swaths: Sequence[AnySwath], title: str) -> Figure:
    """What there is to say when nothing is valid: the reasons, and where the swath lies if that is known."""
    from matplotlib.figure import Figure

    reasons = [
        f"{_group(swath)}: {number:,} of {swath.latitude.size:,} pixels: {reason}"
        for swath in swaths
        for reason, number in swath.counts.items()
    ]
    said = "\n".join(["Nothing is valid in this granule.", *(reasons or ["It holds no swath."])])
    placed = [swath for swath in swaths if _placed(swath)]
    figure = Figure(figsize=(8.0, (5.1 if placed else 0.7) + 0.2 * said.count("\n")), layout="constrained")
    axes = figure.subplots()
    if placed:
        draw_world(axes, placed[0])
    else:
        axes.set_axis_off()
    axes.set_title(said, fontsize=10)
    figure.suptitle(title, fontsize=11)
    return figure


def finish(figure: Figure, title: str, note: str) -> None:
    """Title, and what grey is."""
    from matplotlib.patches import Patch

    figure.suptitle(title, fontsize=11)
    figure.legend(
        handles=[Patch(facecolor=MISSING, edgecolor="0.3", label=f"missing or masked      {note}")],
        loc="outside lower center",
        fontsize=8,
        frameon=False,
    )
