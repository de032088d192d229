"""Ways to keep the int16 codes of patches and to read random ones: the pack and what it is compared with.

All end with what training gets, TB in K as a float32 tensor, decoded by the same function. So "memory" is a take from an array of
codes and its decoding, and plain reads are decoded too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
import zarr
from numpy.lib.format import read_array_header_1_0, read_magic
from numpy.typing import NDArray
from torch import Tensor

from models.packs import Pack, decode

Codes = NDArray[np.int16]
"""Codes of TB (n, channel, scan, pixel), see `models.packs`."""

Read = Callable[[NDArray[np.int64]], Tensor]
"""From numbers of patches to their TB (n, channel, scan, pixel) in K, NaN where missing."""


@dataclass(frozen=True)
class Store:
    """A way to keep codes: `opened` writes them to a path, where they are not there already, and gives their reader."""

    name: str
    layout: str
    opened: Callable[[Path, Codes], AbstractContextManager[Read]]


@contextmanager
def _memory(path: Path, codes: Codes) -> Iterator[Read]:
    yield lambda batch: decode(torch.from_numpy(codes[batch]))


@contextmanager
def _pack(path: Path, codes: Codes) -> Iterator[Read]:
    yield Pack.open(path).tb


@contextmanager
def _plain(path: Path, codes: Codes) -> Iterator[Read]:
    """Seeks and reads of a pack's file, one a sample, in the order asked for."""
    with (path / "tb.npy").open("rb", buffering=0) as file:
        read_magic(file)
        read_array_header_1_0(file)
        first = file.tell()

        def read(batch: NDArray[np.int64]) -> Tensor:
            found = np.empty((len(batch), *codes.shape[1:]), codes.dtype)
            for row, number in zip(found, batch.tolist(), strict=True):
                file.seek(first + number * row.nbytes)
                file.readinto(row)
            return decode(torch.from_numpy(found))

        yield read


@contextmanager
def _zarr(path: Path, codes: Codes, **layout: Any) -> Iterator[Read]:
    yield _one_by_one(zarr.create_array(path, data=codes, chunks=(1, *codes.shape[1:]), zarr_format=3, **layout))


@contextmanager
def _hdf5(path: Path, codes: Codes, **layout: Any) -> Iterator[Read]:
    with h5py.File(path, "w") as file:
        file.create_dataset("tb", data=codes, chunks=(1, *codes.shape[1:]), **layout)
    with h5py.File(path) as file:
        yield _one_by_one(file["tb"])


def _one_by_one(array: Any) -> Read:
    """Sample by sample, since both libraries take longer when they are asked for a batch."""
    return lambda batch: decode(torch.from_numpy(np.stack([array[number] for number in batch.tolist()])))


PACK = Store("pack", "memory map of codes", _pack)
MEMORY = Store("memory", "array of codes", _memory)
PLAIN = Store("plain reads", "seeks and reads of the pack's file", _plain)
RIVALS = (
    Store("Zarr", "format 3, zstd, a sample in a chunk", _zarr),
    Store("Zarr shards", "format 3, zstd, a sample in a chunk, 256 in a shard", partial(_zarr, shards=(256, 13, 64, 64))),
    Store("HDF5", "shuffle and lzf, a sample in a chunk", partial(_hdf5, shuffle=True, compression="lzf")),
    Store("HDF5 uncompressed", "a sample in a chunk", _hdf5),
)
"""Formats with chunks, laid out for random samples: Zarr's default compression, and of HDF5's the fastest."""
