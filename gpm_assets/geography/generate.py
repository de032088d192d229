"""Make the bundled arrays from Natural Earth: `python -m gpm_assets.geography.generate land-110m.json land-50m.json`.

Each argument is a TopoJSON file of land polygons, as README.md beside this file names them; the scale is read from its name.
Both give coastlines, the 50 m one gives the land fraction.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
SUBCELL_DEG = 0.05
"""Side of the cells that are land or sea as a whole; five by five of them make a cell of the raster (0.25 degrees)."""
SUBCELLS = 5
SEAM_DEG = 179.99
"""Edges with both ends beyond this longitude are cuts of polygons, not coast."""
POLE_DEG = -89.5
"""Edges south of this close Antarctica in a flat map; there is no coast."""


def arcs(topology: dict[str, Any]) -> list[NDArray[np.float64]]:
    """The shared lines of a quantised TopoJSON, each (point, 2) longitude and latitude in degrees; every border occurs once.

    Positions are stored as differences of integers (TopoJSON specification, section 2.1.2).
    """
    scale, translate = (np.asarray(topology["transform"][name]) for name in ("scale", "translate"))
    return [np.cumsum(arc, axis=0) * scale + translate for arc in topology["arcs"]]


def coastline(topology: dict[str, Any]) -> NDArray[np.float32]:
    """All coasts as one line (point, 2), pieces separated by a row of NaN, two decimals."""
    gap = np.full((1, 2), np.nan)
    pieces: list[NDArray[np.float64]] = []
    for arc in arcs(topology):
        breaks = np.flatnonzero(~_is_coast(arc[:-1], arc[1:]) | (np.abs(np.diff(arc[:, 0])) > 180)) + 1
        for piece in np.split(arc, breaks):
            if len(piece) > 1:
                pieces += [piece, gap]
    return np.concatenate(pieces[:-1]).round(2).astype(np.float32)


def land_percent(topology: dict[str, Any]) -> NDArray[np.uint8]:
    """Share of land in percent on cells of 0.25 degrees (latitude from -90, longitude from -180).

    Every meridian is walked from the South Pole, which is land, northwards; each border crossed toggles land and sea.
    Unlike a fill of polygons in a flat map this knows no antimeridian and no seam of Antarctica.
    """
    columns, rows = round(360 / SUBCELL_DEG), round(180 / SUBCELL_DEG)
    crossings = np.zeros((rows + 1, columns), np.int16)
    for arc in arcs(topology):
        column, latitude = _meridian_crossings(arc, columns)
        row = np.clip(np.ceil((latitude + 90) / SUBCELL_DEG - 0.5).astype(int), 0, rows)
        np.add.at(crossings, (row, column), 1)
    land = np.cumsum(crossings[:rows], axis=0) % 2 == 0
    blocks = land.reshape(rows // SUBCELLS, SUBCELLS, columns // SUBCELLS, SUBCELLS)
    return np.rint(100 * blocks.mean(axis=(1, 3))).astype(np.uint8)


def _is_coast(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether edges (edge, 2) are coast and no cut of a polygon."""
    seam = (np.abs(start[:, 0]) > SEAM_DEG) & (np.abs(end[:, 0]) > SEAM_DEG)
    return ~seam & (np.minimum(start[:, 1], end[:, 1]) > POLE_DEG)


def _meridian_crossings(arc: NDArray[np.float64], columns: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Column and latitude of every crossing of an arc with the meridians through the middle of the columns."""
    x = np.unwrap(arc[:, 0], period=360) / (360 / columns) + columns / 2 - 0.5
    first, last = np.ceil(np.minimum(x[:-1], x[1:])), np.ceil(np.maximum(x[:-1], x[1:]))
    number = (last - first).astype(int) * (np.minimum(arc[:-1, 1], arc[1:, 1]) > POLE_DEG)
    edge = np.repeat(np.arange(len(number)), number)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(number) - number, number)
    column = first[edge] + step
    weight = (column - x[edge]) / (x[edge + 1] - x[edge])
    latitude = arc[edge, 1] + weight * (arc[edge + 1, 1] - arc[edge, 1])
    return np.asarray(column, np.intp) % columns, latitude


def main(paths: list[str]) -> None:
    """Write the arrays beside this file."""
    for path in map(Path, paths):
        scale = path.stem.removeprefix("land-")
        topology = json.loads(path.read_text())
        np.savez_compressed(HERE / f"coastline_{scale}.npz", line=coastline(topology))
        if scale == "50m":
            np.savez_compressed(HERE / "land_percent.npz", percent=land_percent(topology))


if __name__ == "__main__":
    main(sys.argv[1:])
