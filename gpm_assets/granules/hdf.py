"""Thin access to HDF5 and netCDF-4 granules: every failure of the library becomes a GranuleError that names file and place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""First bytes of every HDF5 and netCDF-4 file without a user block."""


_LIBRARY_ERRORS = (OSError, RuntimeError, KeyError, TypeError, ValueError)
"""What h5py raises for damaged metadata: a type of impossible precision is a ValueError, an unknown encoding a TypeError."""


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The file opened for reading; raises GranuleError where it is missing, empty, cut short, damaged, or no HDF5 at all."""
    check_signature(path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError) as error:
        raise GranuleError(f"{path}: cannot be read, the file is cut short or damaged ({error})") from error


def check_signature(path: Path) -> None:
    """Raise GranuleError unless the file starts like HDF5: a login page or an empty download does not."""
    try:
        with path.open("rb") as stream:
            head = stream.read(len(SIGNATURE))
    except OSError as error:
        raise GranuleError(f"{path}: cannot be read ({error.strerror})") from error
    if not head:
        raise GranuleError(f"{path}: is empty; fetch it again")
    if head != SIGNATURE:
        raise GranuleError(f"{path}: starts with {head!r}, not with the HDF5 signature; it is no HDF5 or netCDF-4 file")


def has_signature(path: Path) -> bool:
    """Whether the file starts like HDF5."""
    try:
        check_signature(path)
    except GranuleError:
        return False
    return True


def dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    """The dataset of that name below a group; raises GranuleError."""
    found = _guarded(lambda: group.get(name), _place(group, name))
    if not isinstance(found, h5py.Dataset):
        raise GranuleError(f"{_place(group, name)}: this dataset is missing")
    return found


def values(group: h5py.Group, name: str, dimensions: int) -> NDArray[Any]:
    """All values of a dataset as the file stores them; raises GranuleError where it is missing, damaged or of another rank."""
    found = dataset(group, name)
    if found.ndim != dimensions:
        raise GranuleError(f"{_place(group, name)}: has {found.ndim} dimensions, expected {dimensions}")
    array: NDArray[Any] = np.asarray(_guarded(lambda: found[...], _place(group, name)))
    if not np.issubdtype(array.dtype, np.number):
        raise GranuleError(f"{_place(group, name)}: holds {array.dtype}, expected numbers")
    return array


def missing(group: h5py.Group, name: str, array: NDArray[Any]) -> NDArray[np.bool_]:
    """Where the array holds the dataset's own `_FillValue`, compared in the array's type, or is not finite.

    In float64 `float32(-9999.9) == -9999.9` is False, hence the type; netCDF-4 stores the attribute as an array of one.
    """
    fill = np.asarray(_guarded(lambda: dataset(group, name).attrs.get("_FillValue", np.empty(0)), _place(group, name)))
    absent = ~np.isfinite(array)
    if fill.size == 0:
        return absent
    if not np.issubdtype(fill.dtype, np.number):
        raise GranuleError(f"{_place(group, name)}: has the fill value {fill!r}, expected a number")
    return absent | (array == fill.ravel()[0].astype(array.dtype))


def text(holder: h5py.HLObject, name: str) -> str:
    """A text attribute, stored as bytes of fixed length (HDF5) or as a string (netCDF-4); raises GranuleError."""
    place = f"{holder.file.filename}:{holder.name} attribute {name}"
    stored = _guarded(lambda: holder.attrs.get(name), place)
    if isinstance(stored, np.ndarray) and stored.size == 1:
        stored = stored.ravel()[0]
    if isinstance(stored, bytes):
        stored = stored.decode("utf-8", errors="replace")
    if not isinstance(stored, str):
        raise GranuleError(f"{place}: is missing or no text; this is no granule of the Precipitation Processing System")
    return stored.rstrip("\0")


def swath_groups(file: h5py.File) -> tuple[str, ...]:
    """Names of the groups that hold positions, in the file's order: `S1`, `FS`, `KuGMI`."""
    return tuple(name for name, item in file.items() if name.isascii() and isinstance(item, h5py.Group) and "Latitude" in item)


def _guarded(read: Callable[[], Any], place: str) -> Any:
    try:
        return read()
    except _LIBRARY_ERRORS as error:
        raise GranuleError(f"{place}: cannot be read, the file is cut short or damaged ({error})") from error


def _place(group: h5py.Group, name: str) -> str:
    return f"{group.file.filename}:{group.name.rstrip('/')}/{name}"
