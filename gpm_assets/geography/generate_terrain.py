"""Make the raster of terrain from a relief map of the Earth: `python -m gpm_assets.geography.generate_terrain etopo1.jpg`.

The image is the one that README.md names, equirectangular, 15 pixels a degree, north at its top: colours tell height, and hill
shading darkens slopes. Height is read from what shading leaves, the proportions of red, green and blue.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, uniform_filter, uniform_filter1d
from scipy.spatial import cKDTree

from gpm_assets.geography.generate_ground import cell_means
from gpm_assets.geography.raster import percent_raster

HERE = Path(__file__).parent
Float = NDArray[np.float64]
Mask = NDArray[np.bool_]

COLOURS = np.array([
    (51, 102, 0), (51, 204, 102), (187, 228, 146), (255, 220, 185), (243, 202, 137), (230, 184, 88), (217, 166, 39),
    (168, 154, 31), (164, 144, 25), (162, 134, 19), (159, 123, 13), (156, 113, 7), (153, 102, 0), (162, 89, 89), (178, 118, 118),
    (183, 147, 147), (194, 176, 176), (204, 204, 204), (229, 229, 229),
])  # fmt: skip
COLOUR_M = 0.69 * np.array([0, 100, 200, *range(500, 8001, 500)])
"""Colours of land in the table of the ETOPO1 map (a variant of GMT's `globe`), and the heights in m that they mean here. The
image has the table compressed: 28 plains and plateaus of known height lie at 0.60 to 0.77 of it, half of them at 0.66 to 0.73."""
GREY_M = 0.69 * 5500
"""Height from which colours turn grey. Sunlit slopes and shores are grey too: it is believed where most pixels around say so."""
GREY_PIXELS, GREY_ERROR = 9, 0.015
"""Pixels around, to a side, and how far from the table's proportions such a grey may be: Tibet is 0.005 off, lakes 0.02."""
ICE_LATITUDE_DEG, ICE_SPREAD = 59.0, 12
"""Poleward of that, colours whose red, green and blue are so close are ice sheets, which have no height and count as flat."""
SHORE_PIXELS = 2
"""So many pixels around water are mixtures of both."""
REACH_CELLS = 2
"""Relief is taken over so many cells of 0.25 degrees to every side: within 56 km."""
CLASS_LIMITS_M = (75.0, 300.0)
"""Relief (standard deviation of height) from which a place is hilly, mountainous. Shaded slopes read too high, so relief is two
to three times what it is in mountains; the limits are those that tell known landscapes apart."""


def terrain_classes(image: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Codes (720, 1440) 0 flat, 1 hilly, 2 mountainous, latitude from -90, of an image (row, column, 3) of at least that size."""
    return np.digitize(relief_m(image), CLASS_LIMITS_M).astype(np.int8)


def relief_m(image: NDArray[np.uint8]) -> Float:
    """Standard deviation of height (720, 1440) in m within 56 km of the cells of land; 0 at sea and on ice sheets."""
    colour = image[::-1].astype(np.int16)
    land = percent_raster("land_percent.npz", "percent")
    height, known = _heights(colour)
    share, first, second = (_around(cell_means(part, land.shape)) for part in (known, known * height, known * height**2))
    enough = (share > 0.1) & (land > 0.5)
    share = np.where(enough, share, 1)
    return np.where(enough, np.sqrt(np.maximum(second / share - (first / share) ** 2, 0)), 0)


def _heights(colour: NDArray[np.int16]) -> tuple[Float, Mask]:
    """Heights (row, column) in m of colours (row, column, 3), and where they are to be believed."""
    red, green, blue = np.moveaxis(colour, -1, 0)
    steps = np.arange(0, COLOUR_M[-1] + 1, 17.25)
    table = np.stack([np.interp(steps, COLOUR_M, shade) for shade in COLOURS.T], axis=-1)
    error, nearest = cKDTree(_proportions(table)).query(_proportions(colour).reshape(-1, 3))
    height = steps[nearest].reshape(red.shape)
    water = (blue > red) & (blue > 0.75 * green)  # green lowlands have half as much blue as green
    grey = height >= GREY_M
    clear = grey & ~water & (error.reshape(red.shape) < GREY_ERROR)
    plateau = uniform_filter(clear.astype(np.float32), GREY_PIXELS, mode="wrap") > 0.5
    latitude = (np.arange(len(red)) + 0.5) * (180 / len(red)) - 90
    ice = (np.ptp(colour, axis=-1) < ICE_SPREAD) & (np.abs(latitude) > ICE_LATITUDE_DEG)[:, None]
    shore = binary_dilation(water, np.ones((3, 3)), iterations=SHORE_PIXELS)
    return height, ~ice & ~shore & (grey == plateau)


def _proportions(colour: NDArray[np.generic]) -> Float:
    return colour / np.maximum(colour.sum(axis=-1, keepdims=True), 1)


def _around(cells: Float) -> Float:
    """Means of a raster over as many km along the parallel as along the meridian."""
    tall = uniform_filter1d(cells, 2 * REACH_CELLS + 1, axis=0, mode="nearest")
    latitude = (np.arange(len(cells)) + 0.5) * (180 / len(cells)) - 90
    reach = np.minimum(np.rint(REACH_CELLS / np.cos(np.deg2rad(latitude))), cells.shape[1] // 2 - 1).astype(int)
    return np.stack([uniform_filter1d(row, 2 * wide + 1, mode="wrap") for row, wide in zip(tall, reach, strict=True)])


def main(path: str) -> None:
    """Write the raster beside this file."""
    from PIL import Image

    with Image.open(path) as image:
        codes = terrain_classes(np.asarray(image.convert("RGB")))
    np.savez_compressed(HERE / "terrain_classes.npz", terrain=codes)


if __name__ == "__main__":
    main(*sys.argv[1:])
