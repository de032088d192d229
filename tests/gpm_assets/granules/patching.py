"""Changing and looking at single places of granules, where a test needs a file that the writers do not make."""

from pathlib import Path

import h5py
import numpy as np

from gpm_assets.swath import Swath


def put(path: Path, values: dict[str, object], where: object = ...) -> None:
    """Set values of datasets; those that do not exist are made, one value a scan."""
    with h5py.File(path, "r+") as file:
        for name, value in values.items():
            if name not in file:
                file[name] = np.zeros(len(file[name.split("/")[0]]["Latitude"]))
            file[name][where] = value


def say(path: Path, old: str, new: str, place: str = "/", attribute: str = "FileHeader") -> None:
    """Replace a text in an attribute."""
    with h5py.File(path, "r+") as file:
        stored = file[place].attrs[attribute]
        assert old.encode() in stored
        file[place].attrs.create(attribute, np.bytes_(stored.replace(old.encode(), new.encode())))


def stored(path: Path, name: str, attribute: str | None = None):
    with h5py.File(path) as file:
        return file[name][()] if attribute is None else file[name].attrs[attribute]


def same(a: tuple[Swath, ...], b: tuple[Swath, ...]) -> bool:
    arrays = ("tb", "latitude", "longitude", "time", "incidence", "quality")
    pairs = [(getattr(x, name), getattr(y, name)) for x, y in zip(a, b, strict=True) for name in arrays]
    return all(np.array_equal(x, y, equal_nan=x.dtype.kind in "fM") for x, y in pairs)
