"""Coastlines for maps, offline: bundled lines of Natural Earth (README.md says how they were made)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Resolution = Literal["auto", "110m", "50m"]
REGIONAL_DEG = 90.0
"""Maps narrower than this get the fine coastline."""


@cache
def coastline(resolution: Literal["110m", "50m"]) -> NDArray[np.float32]:
    """All coasts (point, 2) as longitude in [-180, 180] and latitude in degrees, pieces separated by rows of NaN."""
    with np.load(Path(__file__).parent / f"coastline_{resolution}.npz") as arrays:
        return arrays["line"]


def draw_coastline(axes: Axes, resolution: Resolution = "auto", *, colour: str = "0.15", width_pt: float = 0.6) -> None:
    """Draw coasts on axes of longitude and latitude in degrees, inside the limits they have now, which stay as they are.

    Limits may pass ±180 (a map from 150 to 210 shows the dateline in one piece). `auto` takes 1:50 m below 90 degrees of width.
    """
    (west, east), (south, north) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    if resolution == "auto":
        resolution = "50m" if east - west < REGIONAL_DEG else "110m"
    line = coastline(resolution)
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east + 180) / 360))):
        shown = _near(line + np.array([360 * turn, 0], np.float32), west, east, south, north)
        axes.plot(*shown.T, color=colour, linewidth=width_pt, scalex=False, scaley=False, zorder=3)


def _near(line: NDArray[np.float32], west: float, east: float, south: float, north: float) -> NDArray[np.float32]:
    """The line with points outside a box (and 5 degrees about it) set to NaN, runs of NaN shortened to one."""
    margin = 5.0
    x, y = line.T
    inside = (x > west - margin) & (x < east + margin) & (y > south - margin) & (y < north + margin)
    kept = np.where(inside[:, None], line, np.float32(np.nan))
    gap = np.isnan(kept[:, 0])
    return kept[~(gap & np.roll(gap, 1))]
