"""Make the raster of the ground from an image of the Earth: `python -m gpm_assets.geography.generate_ground bmng.jpg`.

The image is the cloud-free composite that README.md names, equirectangular, 15 pixels a degree, north at its top.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt, gaussian_filter

from gpm_assets.geography.raster import percent_raster

HERE = Path(__file__).parent
DARK = 30
"""Sum of red, green and blue (each to 255) under which an inland pixel is water: lakes have 8-18, rain forests 48 and more."""
FOREST_RED, DESERT_RED = 30, 170
"""Red of closed forest (15-31) and of the Sahara (174): what lies between is taken for a mixture of both."""
SNOW_BLUE = 150
"""Blue above which land is under snow and tells nothing of its ground."""
STEP_PERCENT = 4
"""Bare ground is kept in steps of that many percent: the image says no more, and the file is a third as large."""


def ground_percent(image: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """`water` (720, 1440) and `bare` (360, 720) in percent, latitude from -90, of an image (2700, 5400, 3)."""
    colour = image[::-1].astype(np.int16)
    land = percent_raster("land_percent.npz", "percent")
    inland = binary_erosion(np.pad(land == 1, ((0, 0), (2, 2)), mode="wrap"), np.ones((3, 3)))[:, 2:-2]
    water = np.where(inland, cell_means(colour.sum(axis=-1) < DARK, land.shape), 0)
    clear = (colour.sum(axis=-1) >= DARK) & (colour[..., 2] < SNOW_BLUE) & (colour[..., 2] <= colour[..., 0] + 8)
    shape = (land.shape[0] // 2, land.shape[1] // 2)
    known = cell_means(clear, shape)
    red = cell_means(np.where(clear, colour[..., 0], 0), shape) / np.maximum(known, 1e-6)
    red = _filled(red, (known > 0.5) & (cell_means(land > 0.5, shape) > 0.5))
    bare = np.clip((red - FOREST_RED) / (DESERT_RED - FOREST_RED), 0, 1)
    return {
        "water": np.rint(100 * water).astype(np.uint8),
        "bare": (STEP_PERCENT * np.rint(100 * gaussian_filter(bare, 0.6, mode="wrap") / STEP_PERCENT)).astype(np.uint8),
    }


def cell_means(values: NDArray[np.generic], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Means over the cells of a coarser raster, whose sides need not divide those of the finer one."""
    sums = np.asarray(values, np.float64)
    for axis, cells in enumerate(shape):
        edges = np.arange(cells) * sums.shape[axis] // cells
        counts = np.diff(np.append(edges, sums.shape[axis]))
        sums = np.add.reduceat(sums, edges, axis=axis) / np.expand_dims(counts, 1 - axis)
    return sums


def _filled(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Values where they are known, the nearest known elsewhere (across the dateline too)."""
    columns = values.shape[1]
    wide = np.tile(known, (1, 3))
    rows, nearest = distance_transform_edt(~wide, return_distances=False, return_indices=True)
    return values[rows, nearest % columns][:, columns : 2 * columns]


def main(path: str) -> None:
    """Write the raster beside this file."""
    from PIL import Image

    with Image.open(path) as image:
        percent = ground_percent(np.asarray(image.convert("RGB")))
    np.savez_compressed(HERE / "ground_percent.npz", water=percent["water"], bare=percent["bare"])


if __name__ == "__main__":
    main(*sys.argv[1:])
