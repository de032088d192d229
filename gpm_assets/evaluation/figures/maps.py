"""Maps of swaths, right across the dateline and over the poles.

Every picture element of the map asks for the nearest footprint on the sphere and stays empty where none reaches it. So a missing
position, a turn of longitude or a pole leaves no smear, and a long orbit costs no more than the map has elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.sphere import longitude_arc, unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.scales import Scale, rain_scale, tb_scale
from gpm_assets.geography.coastline import draw_coastline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ELEMENTS_PER_INCH = 70
"""Picture elements along the longer side of a map, for each inch of the figure."""
MARGIN_DEG = 0.5
GLOBAL_DEG = 330.0
"""A swath that leaves a smaller gap in longitude than 30 degrees is drawn on the whole globe."""
REACH = 0.75
"""A footprint reaches this share of the distance to its neighbours: over half, so that no holes open between scans."""

WIDEST_STEP = 5.0
"""Longest distance between neighbours, in medians of the swath."""


@dataclass(frozen=True)
class Window:
    """The part of the Earth a map shows, degrees; `east` may pass 180."""

    west: float
    east: float
    south: float
    north: float

    @property
    def aspect(self) -> float:
        """Length of a degree of latitude over one of longitude in the middle of the map, at most 3."""
        return min(1 / np.cos(np.deg2rad((self.south + self.north) / 2)), 3.0)

    def grid(self, elements: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Latitude (row,) and longitude (column,) of picture elements, square on the map, so many along its longer side."""
        width, height = self.east - self.west, (self.north - self.south) * self.aspect
        step = max(width, height) / elements
        columns, rows = max(round(width / step), 1), max(round(height / step), 1)
        latitude = self.south + (np.arange(rows) + 0.5) / rows * (self.north - self.south)
        return latitude, self.west + (np.arange(columns) + 0.5) / columns * width


def window(latitude: NDArray[np.float64], longitude: NDArray[np.float64], margin_deg: float = MARGIN_DEG) -> Window:
    """The smallest window about all finite positions and a margin; raises GpmAssetsError where there is none."""
    known = np.isfinite(latitude) & np.isfinite(longitude)
    if not known.any():
        raise GpmAssetsError("a map needs at least one known position, all are missing")
    south = max(float(latitude[known].min()) - margin_deg, -90.0)
    north = min(float(latitude[known].max()) + margin_deg, 90.0)
    west, width = longitude_arc(longitude[known])
    if width + 2 * margin_deg > GLOBAL_DEG:
        return Window(-180.0, 180.0, south, north)
    return Window(west - margin_deg, west + width + margin_deg, south, north)


def nearest_footprint(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], shown: Window, elements: int
) -> NDArray[np.intp]:
    """Flat index into the swath (scan, pixel) for every picture element (row, column), -1 where no footprint reaches."""
    from scipy.spatial import cKDTree

    places = unit_vectors(latitude, longitude)
    known = np.flatnonzero(np.isfinite(places).all(axis=-1))
    row, column = shown.grid(elements)
    if not known.size:
        return np.full((len(row), len(column)), -1)
    step = np.deg2rad(row[1] - row[0]) if len(row) > 1 else 0.0
    reach = np.maximum(_reach(places).ravel()[known], step)
    asked = unit_vectors(*np.meshgrid(row, column, indexing="ij"))
    distance, index = cKDTree(places.reshape(-1, 3)[known]).query(asked, distance_upper_bound=float(reach.max()))
    found = np.isfinite(distance)
    found[found] = distance[found] <= reach[index[found]]
    return np.where(found, known[np.where(found, index, 0)], -1)


def swath_map(
    latitude: NDArray[Any],
    longitude: NDArray[Any],
    values: NDArray[Any],
    *,
    kind: Literal["tb", "rain"],
    channel: str = "",
    title: str = "",
) -> Figure:
    """Map of one field (scan, pixel): TB of `channel` in K, or rain in mm/h; NaN values are left out."""
    scale = rain_scale() if kind == "rain" else tb_scale(channel)
    return _panels(latitude, longitude, [[("", values, scale)]], title)


def rain_map(latitude: NDArray[Any], longitude: NDArray[Any], fields: Mapping[str, NDArray[Any]], *, title: str = "") -> Figure:
    """Maps of rain fields (scan, pixel) in mm/h side by side, by name."""
    scale = rain_scale()
    return _panels(latitude, longitude, [[(name, values, scale) for name, values in fields.items()]], title)


def before_after(
    latitude: NDArray[Any],
    longitude: NDArray[Any],
    before: Mapping[str, NDArray[Any]],
    after: Mapping[str, NDArray[Any]],
    *,
    title: str = "",
) -> Figure:
    """TB (scan, pixel) in K by channel name, measured on the left and translated on the right, a row for each pair in order.

    Both panels of a row have the scale of the translated channel. Raises GpmAssetsError when there is not one `after` for each
    `before`.
    """
    if len(before) != len(after):
        raise GpmAssetsError(f"before has channels {', '.join(before)}, after has {', '.join(after)}: they are drawn in pairs")
    rows = []
    for (source, measured), (target, translated) in zip(before.items(), after.items(), strict=True):
        scale = tb_scale(target)
        rows.append([(f"{source} measured", measured, scale), (f"{target} translated", translated, scale)])
    return _panels(latitude, longitude, rows, title)


Panel = tuple[str, NDArray[Any], Scale]


def _panels(latitude: NDArray[Any], longitude: NDArray[Any], rows: list[list[Panel]], title: str) -> Figure:
    """Panels of fields at the same positions; every row has one colour bar, that of its first panel."""
    from matplotlib.figure import Figure

    latitude, longitude = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    shown = window(latitude, longitude)
    side = 7.0 if len(rows[0]) == 1 else 4.2
    index = nearest_footprint(latitude, longitude, shown, round(side * ELEMENTS_PER_INCH))
    height, width = index.shape
    size = (side * width / max(width, height), side * height / max(width, height))
    figure = Figure(figsize=(max(size[0], 2.2) * len(rows[0]) + 1.6, (size[1] + 0.6) * len(rows) + 0.5), layout="constrained")
    grid = figure.subplots(len(rows), len(rows[0]), squeeze=False, sharex=True, sharey=True)
    for axes_row, panels in zip(grid, rows, strict=True):
        for axes, (name, values, scale) in zip(axes_row, panels, strict=True):
            image = draw_field(axes, shown, index, values, scale)
            axes.set_title(name or title, fontsize=9 if name else 10)
        figure.colorbar(image, ax=list(axes_row), label=scale.label, extend=scale.extend, shrink=0.9, pad=0.02, format="%g")
    if rows[0][0][0]:
        figure.suptitle(title, fontsize=10)
    return figure


def draw_field(axes: Axes, shown: Window, index: NDArray[np.intp], values: NDArray[Any], scale: Scale) -> Any:
    """Draw a field (scan, pixel) on a map by the index of `nearest_footprint`, with coasts and degrees; the image drawn."""
    picture = np.where(index >= 0, np.asarray(values, np.float64).ravel()[index], np.nan)
    image = axes.imshow(
        np.ma.masked_invalid(picture),
        origin="lower",
        extent=(shown.west, shown.east, shown.south, shown.north),
        aspect=shown.aspect,
        interpolation="nearest",
        cmap=scale.colours,
        norm=scale.norm,
    )
    draw_coastline(axes)
    axes.xaxis.set_major_formatter(lambda x, _: degrees_east(x))
    axes.yaxis.set_major_formatter(lambda y, _: degrees_north(y))
    axes.tick_params(labelsize=7)
    return image


def degrees_east(longitude: float) -> str:
    """A longitude of any turn as maps write it: `12.5°W`."""
    return _degrees((longitude + 180) % 360 - 180, "W", "E")


def degrees_north(latitude: float) -> str:
    """A latitude as maps write it: `45°S`."""
    return _degrees(latitude, "S", "N")


def _degrees(value: float, negative: str, positive: str) -> str:
    side = "" if value == 0 or abs(value) == 180 else positive if value > 0 else negative
    return f"{abs(value):g}°{side}"


def _reach(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each footprint (scan, pixel) reaches, in Earth radii: from its distance to the next scan and the next pixel.

    Where a neighbour is missing the median of the swath stands in. Pixels of cross-track scanners lie up to five times as far
    apart at the edge as in the middle; a longer step than that is a gap between scans and not bridged.
    """
    reach = np.zeros(places.shape[:2])
    for axis in (0, 1):
        if places.shape[axis] < 2:
            continue
        step = np.linalg.norm(np.diff(places, axis=axis), axis=-1)
        usual = float(np.nanmedian(step)) if np.isfinite(step).any() else 0.0
        step = np.where(step <= WIDEST_STEP * usual, step, usual)
        pad = [(0, 0), (0, 0)]
        pad[axis] = (0, 1)
        reach = np.maximum(reach, np.pad(step, pad, mode="edge"))
    return REACH * reach
