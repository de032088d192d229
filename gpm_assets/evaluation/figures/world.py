"""The world with what a swath saw of it, and marks of time along the swath."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpm_assets.evaluation.figures.maps import Window, degrees_east, degrees_north, draw_field, nearest_footprint
from gpm_assets.evaluation.figures.scales import OKABE_ITO, Scale
from gpm_assets.granules.gprof import GprofSwath
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS_MIN = (1, 2, 5, 10, 15, 20, 30)
"""Minutes between time marks along an orbit: the first that needs at most `MOST_MARKS`."""
MOST_MARKS = 10
WORLD = Window(-180.0, 180.0, -90.0, 90.0)

AnySwath = Swath | RadarSwath | GprofSwath
Mark = tuple[float, str]
"""Place along the orbit as a share of its scans, and what is written there."""


def time_marks(swath: AnySwath) -> list[Mark]:
    """Places along the strips, as shares of their length, with time and position of the middle pixel; none without times."""
    known = np.flatnonzero(~np.isnat(swath.time))
    if known.size < 2:
        return []
    time = swath.time[known].astype("datetime64[ms]").astype(np.int64)
    minutes = (time[-1] - time[0]) / 60_000
    every = 60_000 * next((step for step in MARKS_MIN if minutes / step <= MOST_MARKS), 60)
    marks = []
    for moment in range(-(-int(time[0]) // every) * every, int(time[-1]), every):
        scan = int(known[np.searchsorted(time, moment)])
        marks.append(((scan + 0.5) / len(swath.time), f"{str(np.datetime64(moment, 'ms'))[11:16]}\n{_place(swath, scan)}"))
    return marks


def _place(swath: AnySwath, scan: int) -> str:
    middle = swath.latitude.shape[1] // 2
    latitude, longitude = float(swath.latitude[scan, middle]), float(swath.longitude[scan, middle])
    if not np.isfinite(latitude + longitude):
        return "no position"
    return f"{degrees_north(round(latitude))} {degrees_east(round(longitude))}"


def draw_world(axes: Axes, swath: AnySwath, marks: Sequence[Mark] = ()) -> None:
    """The world and the part of it that the swath saw, with the time marks on its middle, or a ring where there are none."""
    from matplotlib.colors import ListedColormap, Normalize

    every = max(swath.latitude.shape[1] // 30, 1)
    thin = swath.latitude[::every, ::every], swath.longitude[::every, ::every]
    index = nearest_footprint(*thin, WORLD, 600)
    seen = Scale(ListedColormap([OKABE_ITO[5]]), Normalize(0, 1), "", "neither")
    draw_field(axes, WORLD, index, np.zeros(thin[0].shape), seen)
    axes.set_xticks(range(-180, 181, 60))
    axes.set_yticks(range(-90, 91, 30))
    axes.grid(color="0.8", linewidth=0.4)
    scans, pixels = swath.latitude.shape
    for x, label in marks:
        scan = int(x * scans)
        _mark(axes, float(swath.latitude[scan, pixels // 2]), float(swath.longitude[scan, pixels // 2]), label[:5])
    if not marks:
        place = np.flatnonzero(np.isfinite(swath.latitude))[0]
        axes.plot(
            swath.longitude.flat[place], swath.latitude.flat[place], "o", color=OKABE_ITO[1], markersize=14, fillstyle="none"
        )


def _mark(axes: Axes, latitude: float, longitude: float, label: str) -> None:
    from matplotlib.patheffects import withStroke

    if not np.isfinite(latitude + longitude):
        return
    side, offset = ("right", -4) if longitude > 140 else ("left", 4)  # inside the map
    axes.plot(longitude, latitude, "o", color="black", markersize=3, zorder=4)
    axes.annotate(
        label,
        (longitude, latitude),
        xytext=(offset, 3),
        textcoords="offset points",
        ha=side,
        fontsize=7,
        path_effects=[withStroke(linewidth=2, foreground="white")],
        zorder=5,
    )
