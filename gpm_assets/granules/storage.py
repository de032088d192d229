"""Storing fields and attributes as PPS does: chunked and compressed, in plain HDF5 or, from version 8, as netCDF-4."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError
from gpm_assets.granules.editions import Container
from gpm_assets.granules.headers import fixed_bytes, format_pvl
from gpm_assets.granules.layout import Field

_CHUNK_SCANS = 128  # of GMI's nine channels: 1.02 MB, so that one fits the 1 MiB for which HDF5 keeps decompressed chunks
_GZIP_LEVEL = 1  # noise does not compress: level 4 costs twice the time for 1 % of the size

_NETCDF_MARK = "_NCProperties"
_DIMENSION_ONLY = "This is a netCDF dimension but not a netCDF variable.{size:>10}"


@contextmanager
def created(path: Path, container: Container = "HDF5") -> Iterator[h5py.File]:
    """A new file that takes its place only when it is complete; nothing is left behind where writing fails.

    What the other functions here write into it is in the style of its container. A file of container netCDF-4 follows the
    netCDF-4 specification (NUG, appendix C: creation order, dimension scales) and opens in every netCDF library. It is made in
    memory and written at once, for HDF5 does not survive a full disk: the process crashes at its end. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    netcdf = container == "netCDF-4"
    try:
        with h5py.File(temporary, "w", driver="core", backing_store=False, track_order=netcdf) as file:
            if netcdf:
                properties = f"version=2,h5py={h5py.version.version},hdf5={h5py.version.hdf5_version}"
                _write_terminated(file, _NETCDF_MARK, properties)
            yield file
            file.flush()
            image = file.id.get_file_image()
        temporary.write_bytes(image)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def add_group(parent: h5py.Group, name: str) -> h5py.Group:
    """A new group, or the one that is there; netCDF-4 wants the order of creation tracked in each."""
    found = parent.get(name)
    return parent.create_group(name, track_order=_is_netcdf(parent)) if found is None else found


def write_text(holder: h5py.HLObject, name: str, content: Mapping[str, str]) -> None:
    """A header of `Key=Value;` lines as attribute."""
    write_attribute(holder, name, format_pvl(content))


def write_attribute(holder: h5py.HLObject, name: str, content: str) -> None:
    """A text attribute: scalar, fixed length, NULL-padded; in netCDF-4 NULL-terminated as its library writes it."""
    if _is_netcdf(holder):
        _write_terminated(holder, name, content)
    else:
        holder.attrs.create(name, fixed_bytes(content))


def write_field(group: h5py.Group, field: Field, array: NDArray[Any], suffix: str = "") -> None:
    """One dataset with the attributes of real files; NaN becomes the missing value, `suffix` numbers the dimensions.

    In netCDF-4 the dimensions belong to `group`. Raises GranuleError where the array has another rank, values that the
    field's type cannot hold, or a length that another field gave the dimension.
    """
    if array.ndim != len(field.dimensions):
        raise GranuleError(f"{group.name}/{field.path}: array has {array.ndim} dimensions, expected {field.dimensions}")
    dtype, dimensions = np.dtype(field.dtype), [name + suffix for name in field.dimensions]
    stored = _converted(group, field, array, dtype)
    chunks = (min(_CHUNK_SCANS, max(array.shape[0], 1)), *array.shape[1:])
    options = {"chunks": chunks, "compression": "gzip", "compression_opts": _GZIP_LEVEL, "shuffle": True} if array.size else {}
    *above, name = field.path.split("/")
    holder = add_group(group, "/".join(above)) if above else group
    target = holder.create_dataset(name, data=stored, dtype=dtype, **options)
    write_attribute(target, "DimensionNames", ",".join(dimensions))
    if field.units:
        write_attribute(target, "Units", field.units)
        write_attribute(target, "units", field.units)
    fill = dtype.type(field.fill)
    target.attrs.create("_FillValue", np.array([fill]) if _is_netcdf(group) else fill)
    write_attribute(target, "CodeMissingValue", field.code)
    if _is_netcdf(group):
        _attach_dimensions(group, target, dimensions)


def _converted(group: h5py.Group, field: Field, array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if np.issubdtype(array.dtype, np.floating):
        array = np.where(np.isfinite(array), array, field.fill)
    if array.size and np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        if array.min() < limits.min or array.max() > limits.max:
            raise GranuleError(f"{group.name}/{field.path}: values {array.min()} to {array.max()} do not fit {dtype}")
    return array.astype(dtype)


def _is_netcdf(holder: h5py.HLObject) -> bool:
    return _NETCDF_MARK in holder.file.attrs


def _write_terminated(holder: h5py.HLObject, name: str, content: str) -> None:
    # As the netCDF library: of type NULL-terminated, but exactly as long as the text, so no conversion may cut the last byte.
    text = content.encode()
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(max(len(text), 1))
    attribute = h5py.h5a.create(holder.id, name.encode(), kind, h5py.h5s.create(h5py.h5s.SCALAR))
    attribute.write(np.array(text, dtype=f"S{kind.get_size()}"), mtype=kind)


def _attach_dimensions(group: h5py.Group, target: h5py.Dataset, names: list[str]) -> None:
    for axis, (name, size) in enumerate(zip(names, target.shape, strict=True)):
        if name not in group:
            # Big-endian, never allocated: how the netCDF library stores a dimension without a variable.
            h5py.h5ds.set_scale(group.create_dataset(name, (size,), ">f4").id, _DIMENSION_ONLY.format(size=size).encode())
        if group[name].shape != (size,):
            raise GranuleError(f"{target.name}: dimension {name} has length {size}, other fields gave it {group[name].shape[0]}")
        target.dims[axis].attach_scale(group[name])
