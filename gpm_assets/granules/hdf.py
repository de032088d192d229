"""Thin access to HDF5 and netCDF-4 granules: every failure of the library becomes a GranuleError that names file and place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""First bytes of every HDF5 and netCDF-4 file without a user block."""

MAX_BYTES = 2**30
"""Size of the largest array that is read; the largest of real granules, profiles of 2A-DPR, have half of it."""

_NUMBERS = "iuf"
_BLOCK_ROWS = 64  # of GMI's nine channels: half a megabyte
_ALONE = "a granule holds all that is its own"

_LIBRARY_ERRORS = (OSError, RuntimeError, KeyError, TypeError, ValueError)
"""What h5py raises for damaged metadata: a type of impossible precision is a ValueError, an unknown encoding a TypeError."""


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The file opened for reading; raises GranuleError where it is missing, empty, cut short, damaged, or no HDF5 at all.

    A GranuleError that is raised while the file is open names the file, whoever raises it.
    """
    check_signature(path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except GranuleError as error:
        if str(path) in str(error):
            raise
        raise GranuleError(f"{path}: {error}") from error
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
    """The dataset of that name below a group; raises GranuleError where it is missing or its values lie in another file."""
    found = _guarded(lambda: _inside(group, name), group, name)
    if not isinstance(found, h5py.Dataset):
        raise GranuleError(f"{_place(group, name)}: this dataset is missing")
    storage = found.id.get_create_plist()
    if storage.get_layout() == h5py.h5d.VIRTUAL or storage.get_external_count():
        raise GranuleError(f"{_place(group, name)}: has its values in other files, which are not read; {_ALONE}")
    if found.shape is None:
        raise GranuleError(f"{_place(group, name)}: has no shape, expected an array")
    return found


def values(group: h5py.Group, name: str, dimensions: int) -> NDArray[Any]:
    """All values of a dataset as the file stores them; raises GranuleError where it is missing, damaged or of another rank."""
    return _values(dataset(group, name), group, name, dimensions)


def whole_numbers(group: h5py.Group, name: str, dimensions: int) -> NDArray[np.int64]:
    """As `values`, for codes of any width: raises GranuleError for floats too, whose NaN would pass for code 0."""
    stored = values(group, name, dimensions)
    if not np.issubdtype(stored.dtype, np.integer):
        raise GranuleError(f"{_place(group, name)}: holds {stored.dtype}, expected whole numbers")
    return stored.astype(np.int64)


def missing(group: h5py.Group, name: str, array: NDArray[Any]) -> NDArray[np.bool_]:
    """Where the array holds the dataset's own `_FillValue`, compared in the array's type, or is not finite.

    In float64 `float32(-9999.9) == -9999.9` is False, hence the type; netCDF-4 stores the attribute as an array of one.
    """
    return _missing(array, _fill_value(dataset(group, name), group, name, array.dtype))


def masked(group: h5py.Group, name: str, dimensions: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """`values` and where they are `missing`, for half the look-ups."""
    found = dataset(group, name)
    array = _values(found, group, name, dimensions)
    return array, _missing(array, _fill_value(found, group, name, array.dtype))


def filled(group: h5py.Group, name: str, dimensions: int) -> NDArray[np.float32]:
    """As `values`, in float32 with NaN where missing; the array is the caller's own."""
    found = dataset(group, name)
    stored = _values(found, group, name, dimensions)
    fill = _fill_value(found, group, name, stored.dtype)
    with np.errstate(over="ignore"):  # what float32 cannot hold is out of every range
        array = stored.astype(np.float32, copy=False)
    for rows in in_blocks(array):
        array[rows][_missing(stored[rows], fill)] = np.nan
    return array


def in_blocks(array: NDArray[Any]) -> Iterator[slice]:
    """Slices of rows to go through a large array with: masks of a block stay in the processor's cache, three times faster."""
    return (slice(first, first + _BLOCK_ROWS) for first in range(0, len(array), _BLOCK_ROWS))


def text(holder: h5py.HLObject, name: str) -> str:
    """A text attribute, stored as bytes of fixed length (HDF5) or as a string (netCDF-4); raises GranuleError."""
    stored = _guarded(lambda: holder.attrs.get(name), holder, f"attribute {name}")
    if isinstance(stored, np.ndarray) and stored.size == 1:
        stored = stored.ravel()[0]
    if isinstance(stored, bytes):
        stored = stored.decode("utf-8", errors="replace")
    if not isinstance(stored, str):
        place = _place(holder, f"attribute {name}")
        raise GranuleError(f"{place}: is missing or no text; this is no granule of the Precipitation Processing System")
    return stored.encode(errors="surrogateescape").decode(errors="replace").rstrip("\0")  # h5py lets wrong bytes through


def optional_text(holder: h5py.HLObject, *names: str) -> str:
    """The first of these text attributes that there is, "" where there is none; raises GranuleError where it is no text."""
    found = _guarded(lambda: next((name for name in names if name in holder.attrs), None), holder, f"attribute {names[0]}")
    return "" if found is None else text(holder, found)


def holds(group: h5py.Group, path: str) -> bool:
    """Whether there is an object of that path below the group; raises GranuleError."""
    return _guarded(lambda: _inside(group, path), group, path) is not None


def swath_groups(file: h5py.File) -> tuple[str, ...]:
    """Names of the groups that hold positions, in the file's order: `S1`, `FS`, `KuGMI`; raises GranuleError."""
    names = _guarded(lambda: [name for name in file if name.isascii()], file, "")
    items = ((name, _guarded(partial(_inside, file, name), file, name)) for name in names)
    return tuple(name for name, item in items if isinstance(item, h5py.Group) and holds(item, "Latitude"))


def _inside(group: h5py.Group, path: str) -> h5py.HLObject | None:
    """The object below a group, None where there is none; raises GranuleError for links, which may lead to other files."""
    names, links = path.split("/"), group.id.links
    for part in ("/".join(names[: depth + 1]) for depth in range(len(names))):
        if not links.exists(part.encode()):
            return None
        if links.get_info(part.encode()).type != h5py.h5l.TYPE_HARD:
            raise GranuleError(f"{_place(group, part)}: is a link, which is not followed; {_ALONE}")
    return group[path]


def _values(found: h5py.Dataset, group: h5py.Group, name: str, dimensions: int) -> NDArray[Any]:
    if found.ndim != dimensions:
        raise GranuleError(f"{_place(group, name)}: has {found.ndim} dimensions, expected {dimensions}")
    dtype = _guarded(lambda: found.dtype, group, name)
    if dtype.kind not in _NUMBERS:
        raise GranuleError(f"{_place(group, name)}: holds {dtype}, expected numbers")
    if math.prod(found.shape) * dtype.itemsize > MAX_BYTES:
        raise GranuleError(f"{_place(group, name)}: is of shape {found.shape}, over {MAX_BYTES} bytes; no granule is so large")
    array: NDArray[Any] = _guarded(lambda: found[...], group, name)
    return array


def _fill_value(found: h5py.Dataset, group: h5py.Group, name: str, dtype: np.dtype[Any]) -> np.generic | None:
    """The dataset's own `_FillValue` in the type of its values; None where it has none, or one that no value can equal."""
    stored = np.asarray(_guarded(lambda: found.attrs.get("_FillValue", np.empty(0)), group, name))
    if stored.size == 0:
        return None
    if stored.dtype.kind not in _NUMBERS:
        raise GranuleError(f"{_place(group, name)}: has the fill value {stored!r}, expected a number")
    value = stored.ravel()[0]
    if dtype.kind != "f" and not np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
        return None
    with np.errstate(over="ignore"):  # beyond float32 it becomes infinite, which no finite value equals
        converted: np.generic = value.astype(dtype)
    return converted


def _missing(array: NDArray[Any], fill: np.generic | None) -> NDArray[np.bool_]:
    absent: NDArray[np.bool_] = ~np.isfinite(array)
    if fill is not None:
        absent |= array == fill
    return absent


def _guarded(read: Callable[[], Any], holder: h5py.HLObject, name: str) -> Any:
    try:
        return read()
    except _LIBRARY_ERRORS as error:
        raise GranuleError(f"{_place(holder, name)}: cannot be read, the file is cut short or damaged ({error})") from error


def _place(holder: h5py.HLObject, name: str) -> str:
    """File and path of what was looked for; only for messages, it costs as much as reading a small dataset."""
    return f"{holder.file.filename}:{holder.name.rstrip('/')}/{name}"
