"""Make the raster of climates from a finer map: `python -m gpm_assets.geography.generate_climate kmz_int_reshape.png`.

The image is the one that README.md names: numbers of classes on cells of 100 seconds of arc, north at its top.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpm_assets.geography.climate import CLIMATE_CLASSES

HERE = Path(__file__).parent
SHAPE = (720, 1440)
NUMBERS = (
    "Af", "Am", "As", "Aw", "BSh", "BSk", "BWh", "BWk", "Cfa", "Cfb", "Cfc", "Csa", "Csb", "Csc", "Cwa", "Cwb", "Cwc",
    "Dfa", "Dfb", "Dfc", "Dfd", "Dsa", "Dsb", "Dsc", "Dsd", "Dwa", "Dwb", "Dwc", "Dwd", "EF", "ET", "sea",
)  # fmt: skip
"""What the image calls 1, 2, ...: the table `kg_zoneNum.csv` of the package."""


def climate_classes(image: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Codes (720, 1440) in CLIMATE_CLASSES, latitude from -90, of numbers (row, column) on a multiple of that shape.

    A cell is sea where most of it is, else it has the most frequent class of its land.
    """
    rows, columns = (fine // coarse for fine, coarse in zip(image.shape, SHAPE, strict=True))
    cells = image[::-1].reshape(SHAPE[0], rows, SHAPE[1], columns)
    counts = {name: (cells == NUMBERS.index(name) + 1).sum(axis=(1, 3), dtype=np.int32) for name in CLIMATE_CLASSES}
    sea = counts.pop("sea")
    land = np.stack(list(counts.values()))
    return np.where(2 * sea > rows * columns, 0, 1 + land.argmax(axis=0)).astype(np.int8)


def main(path: str) -> None:
    """Write the raster beside this file."""
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        codes = climate_classes(np.asarray(image))
    np.savez_compressed(HERE / "climate_classes.npz", climate=codes)


if __name__ == "__main__":
    main(*sys.argv[1:])
