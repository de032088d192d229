"""`gpm-assets benchmark read`: `read_1c` against a bare h5py read of the same datasets and against gpm_api."""

from __future__ import annotations

import os
import platform
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.benchmarks.granules import write_granule
from gpm_assets.benchmarks.timing import Contender, Limit, Report, alternate, judge
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.granules.layout import CALENDAR_PARTS
from gpm_assets.granules.read import read_1c
from gpm_assets.swath import Swath

LIMITS = (Limit("read_1c", "h5py", at_most=1.3), Limit("gpm_api", "read_1c", at_least=5.0))
"""What the reader promises: hardly more than decompression, and far less than the general-purpose rival."""

DATASETS = (
    *("Tc", "Latitude", "Longitude", "Quality", "incidenceAngle", "incidenceAngleIndex", "SCstatus/SCorientation"),
    *(field.path for field in CALENDAR_PARTS),
)
"""What `read_1c` reads of every swath group, and so what the bare read reads."""

Values = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""TB (scan, pixel, channel) in K, latitude and longitude (scan, pixel) in degrees, NaN where missing."""


@dataclass(frozen=True)
class Reader:
    """A way to read the swath groups of a file, and how to find `Values` in what it returns for one group."""

    name: str
    read: Callable[[Path, Sequence[str]], Sequence[Any]]
    values: Callable[[Any], Values]


def benchmark_read(
    sensor: str = REFERENCE, *, repeat: int = 11, scans: int | None = None, limits: Sequence[Limit] = LIMITS
) -> Report:
    """Time the readers on a generated granule of one orbit, or of `scans` scans, in a temporary folder.

    All read it once before the clock runs, to warm up and to show that they read the same values. Raises RequestError for an
    unknown sensor, fewer than one repetition, or where gpm_api is missing; GpmAssetsError where the readers disagree.
    """
    row = instrument(sensor)
    if repeat < 1:
        raise RequestError(f"a benchmark needs at least one repetition, not {repeat}")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gpm_api warns of versions and of coordinates that it leaves out
        readers = (Reader("read_1c", _ours, _of_swath), Reader("h5py", _bare, _of_arrays), *_rivals())
        path = write_granule(Path(folder), row, scans=scans)
        groups = [group.name for group in row.groups]
        _check_equal(readers, path, groups)
        timings = alternate([Contender(reader.name, partial(reader.read, path, groups)) for reader in readers], repeat)
        subject = {"sensor": sensor, "granule": path.name, "bytes": path.stat().st_size, **_layout(path, groups[0])}
    return Report("read", subject | {"processors": os.cpu_count() or 1}, _versions(), timings, judge(timings, limits))


def _ours(path: Path, groups: Sequence[str]) -> Sequence[Swath]:
    return read_1c(path)


def _bare(path: Path, groups: Sequence[str]) -> list[dict[str, NDArray[Any]]]:
    with h5py.File(path, "r") as file:
        return [{name: file[group][name][...] for name in DATASETS} for group in groups]


def _rivals() -> tuple[Reader, ...]:
    """gpm_api as its users get it, and, without a limit, at its best: dask takes a task for every chunk of every variable."""
    try:
        from gpm import open_granule_dataset
    except ImportError as error:
        raise RequestError(
            'the benchmark compares with gpm_api, which cannot be imported; install it with: pip install -e ".[benchmark]"'
        ) from error

    def load(path: Path, groups: Sequence[str], **options: Any) -> list[Any]:
        loaded = []
        for group in groups:
            with open_granule_dataset(str(path), scan_mode=group, **options) as dataset:
                loaded.append(dataset.load())
        return loaded

    return Reader("gpm_api", load, _of_dataset), Reader("gpm_api without dask", partial(load, chunks=None), _of_dataset)


def _of_swath(swath: Swath) -> Values:
    return swath.tb, swath.latitude, swath.longitude


def _of_arrays(arrays: dict[str, NDArray[Any]]) -> Values:
    tb, latitude, longitude = (np.where(arrays[name] < -9999, np.nan, arrays[name]) for name in DATASETS[:3])
    return tb, latitude, longitude


def _of_dataset(dataset: Any) -> Values:
    tb, latitude, longitude = (dataset[name].transpose("along_track", "cross_track", ...) for name in ("Tc", "lat", "lon"))
    return tb.values, latitude.values, longitude.values


def _check_equal(readers: Sequence[Reader], path: Path, groups: Sequence[str]) -> None:
    """Raise GpmAssetsError that names reader, swath group and quantity unless all read what the first one reads."""
    first, *others = readers
    expected = [first.values(found) for found in first.read(path, groups)]
    for reader in others:
        for group, known, found in zip(groups, expected, reader.read(path, groups), strict=True):
            for name, one, other in zip(("TB", "latitude", "longitude"), known, reader.values(found), strict=True):
                if not np.array_equal(one, other, equal_nan=True):
                    raise GpmAssetsError(f"{first.name} and {reader.name} read another {name} in {group} of {path.name}")


def _layout(path: Path, group: str) -> dict[str, str | int]:
    with h5py.File(path, "r") as file:
        tb = file[group]["Tc"]
        return {
            "scans": tb.shape[0],
            "chunk": f"{tb.chunks} of {tb.dtype}",
            "compression": f"{tb.compression} {tb.compression_opts}",
        }


def _versions() -> dict[str, str]:
    libraries = {name: version(name) for name in ("numpy", "h5py", "gpm_api", "xarray", "dask")}
    return {"python": platform.python_version(), **libraries, "hdf5": h5py.version.hdf5_version}
