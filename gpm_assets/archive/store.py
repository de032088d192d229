"""A month's Zarr store: one group a granule, written aside, unchanged granules taken over from the version before."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from gpm_assets.errors import GpmAssetsError
from gpm_assets.provenance import digest
from models.errors import ModelsError

DATA = "data.zarr"
KEY = "granule_key"

_PACKED = {"scale_factor": 0.01, "dtype": "int16", "_FillValue": -32768}
ENCODINGS: dict[str, dict[str, Any]] = {
    "tb": {**_PACKED, "add_offset": 200.0},
    "incidence": _PACKED,
    "support": {"scale_factor": 0.005, "dtype": "uint8", "_FillValue": 255},
    "latitude": {"dtype": "float32", "_FillValue": float("nan")},
    "longitude": {"dtype": "float32", "_FillValue": float("nan")},
    "time": {"units": "milliseconds since 1970-01-01", "dtype": "int64", "calendar": "proleptic_gregorian"},
}
"""How variables are packed: 0.01 K is far below any noise; positions in float32 are exact to a metre."""


@dataclass(frozen=True)
class Piece:
    """One granule of a month: its name, the hash of what it is made of, and how it is made (None: there is nothing to keep)."""

    name: str
    key: str
    make: Callable[[], xr.Dataset | None]


@dataclass(frozen=True)
class Written:
    """What became of the pieces of a month: names in order, those taken over unmade, reasons of those that failed, and how many
    had nothing to keep."""

    granules: tuple[str, ...]
    reused: tuple[str, ...]
    failed: dict[str, str]
    empty: int = 0


def write_month(
    work: Path,
    pieces: Sequence[Piece],
    previous: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    workers: int = 1,
) -> Written:
    """Write the groups of a month into `work / data.zarr`.

    A piece whose key equals the one in `previous` is linked instead of made. A piece that raises an error of ours is left out
    and its reason kept: one bad granule never stops a month. With several workers pieces are made in spawned processes (their
    `make` must be picklable); every group has one writer.
    """
    store = work / DATA
    xr.Dataset().to_zarr(store, zarr_format=3, consolidated=False)
    old = [piece for piece in pieces if _key(previous / DATA / piece.name) == piece.key]
    for piece in old:
        shutil.copytree(previous / DATA / piece.name, store / piece.name, copy_function=os.link)
    fresh = [piece for piece in pieces if piece not in old]
    failed: dict[str, str] = {}
    for done, (piece, reason) in enumerate(_made(store, fresh, workers), len(old) + 1):
        if reason is not None:
            failed[piece.name] = reason
        if progress:
            progress(done, len(pieces))
    granules = tuple(piece.name for piece in pieces if (store / piece.name).exists())
    empty = len(pieces) - len(granules) - len(failed)
    return Written(granules, tuple(piece.name for piece in old), failed, empty)


def _made(store: Path, pieces: Sequence[Piece], workers: int) -> Iterator[tuple[Piece, str | None]]:
    """Every piece with the reason of its failure, or None, as they are finished."""
    if workers <= 1 or len(pieces) <= 1:
        yield from ((piece, _make_one(store, piece)) for piece in pieces)
        return
    with ProcessPoolExecutor(min(workers, len(pieces)), mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(_make_one, store, piece): piece for piece in pieces}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _make_one(store: Path, piece: Piece) -> str | None:
    try:
        made = piece.make()
        if made is not None:
            write_group(store, piece.name, made, piece.key)
    except (GpmAssetsError, ModelsError) as error:
        shutil.rmtree(store / piece.name, ignore_errors=True)
        return str(error)
    return None


def write_group(store: Path, name: str, dataset: xr.Dataset, key: str) -> None:
    """Write one group with the packing of `ENCODINGS`."""
    encoding = {variable: ENCODINGS[variable] for variable in dataset.variables if variable in ENCODINGS}
    dataset.assign_attrs({KEY: key}).to_zarr(store, group=name, mode="w", zarr_format=3, consolidated=False, encoding=encoding)


def open_group(folder: Path, name: str) -> xr.Dataset:
    """One granule of a month's artefact, lazily; the caller closes it."""
    return xr.open_zarr(folder / DATA, group=name, consolidated=False, chunks=None, zarr_format=3)


def groups(folder: Path) -> Iterator[tuple[str, xr.Dataset]]:
    """Name and dataset of every granule of a month's artefact, in order of time."""
    for name in names(folder):
        with open_group(folder, name) as dataset:
            yield name, dataset


def names(folder: Path) -> list[str]:
    """Granules of a month's artefact in order."""
    manifest = json.loads((folder / "manifest.json").read_text())
    return list(manifest["metadata"]["granules"])


def keys(folder: Path) -> dict[str, str]:
    """Granule to the hash of what it was made of: the input of whatever is made from it."""
    return {name: _key(folder / DATA / name) or digest(name) for name in names(folder)}


def _key(group: Path) -> str | None:
    path = group / "zarr.json"
    if not path.exists():
        return None
    return json.loads(path.read_text()).get("attributes", {}).get(KEY)
