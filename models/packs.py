"""Patch packs: training samples as one int16 memory map and its index, and weak pairs of pixels in the same code.

A pack is a folder: `tb.npy` (n, channel, scan, pixel), optional `rain.npy` (n, scan, pixel), `index.npy`, `pack.json`.
A pair table is a folder: `source.npy` (n, channel), `target.npy` (n, channel), `index.npy`, `pack.json`.
What a patch or a pair is, and in which stratum it lies, is decided by whoever writes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import ChannelError, PackError
from models.folders import replacing
from models.memory_maps import will_need

OFFSET_K = 200.0
STEPS_PER_K = 100.0
MISSING = -32768
"""int16 code `round((TB - 200 K) * 100)`: steps of 0.01 K from -127.67 K to 527.67 K, the lowest number means missing."""

INDEX = np.dtype(
    [
        ("granule", "U80"),
        ("time", "datetime64[s]"),
        ("latitude", "f4"),
        ("longitude", "f4"),
        ("surface", "i1"),
        ("latitude_band", "i1"),
        ("season", "i1"),
        ("solar_time", "i1"),
        ("stratum", "i1"),
        ("split", "U10"),
        ("weight", "f4"),
    ]
)
"""One row a patch: its centre, its strata (`stratum`: of rain), its split, and the climatological mass it stands for."""

PAIR_INDEX = np.dtype([*INDEX.descr, ("block", "U40"), ("seconds_apart", "f4")])
"""One row a pair: as `INDEX`, with the block that is resampled as a whole (day or overpass) and target time minus source time."""

SPLITS = ("train", "validation")


def encode(tb: NDArray[np.floating]) -> NDArray[np.int16]:
    """int16 code of TB in K, any shape; NaN becomes -32768. Raises PackError outside -127.67 to 527.67 K."""
    code = np.rint((np.asarray(tb, dtype=np.float64) - OFFSET_K) * STEPS_PER_K)
    if np.any(np.abs(code) > -MISSING - 1):
        worst = float(tb.flat[np.nanargmax(np.abs(code))])
        raise PackError(f"TB of {worst:g} K cannot be packed; -127.67 to 527.67 K can: mask it before packing")
    return np.where(np.isnan(code), MISSING, code).astype(np.int16)


def decode(code: Tensor) -> Tensor:
    """TB in K (float32) of an int16 code, any shape, NaN where missing."""
    return _decode_(code.float())


def _decode_(code: Tensor) -> Tensor:
    """Decode float32 codes in place; the threshold, which makes NaN of what is not above MISSING, takes a tenth of a mask."""
    return torch.threshold_(code, MISSING, torch.nan).div_(STEPS_PER_K).add_(OFFSET_K)


@dataclass(frozen=True)
class PackInfo:
    """What a pack holds: `channels` in the order of the second axis, `sensor`, `world` (simulated or real) and free notes."""

    sensor: str
    world: str
    channels: tuple[str, ...]
    target_channels: tuple[str, ...] = ()
    """Channels of the target in a pair table, empty in a patch pack."""
    notes: dict[str, Any] = field(default_factory=dict)


class _GrowingArray:
    """A .npy file that grows along its first axis: numpy pads the header so that the length can be rewritten in place."""

    def __init__(self, path: Path, row: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.row, self.dtype, self.length = row, dtype, 0
        self.file = path.open("wb")
        self._write_header()

    def append(self, rows: NDArray[Any]) -> None:
        self.file.write(np.ascontiguousarray(rows, dtype=self.dtype).tobytes())
        self.length += len(rows)

    def close(self) -> None:
        self.file.seek(0)
        self._write_header()
        self.file.close()

    def _write_header(self) -> None:
        descr = np.lib.format.dtype_to_descr(self.dtype)
        header = {"descr": descr, "fortran_order": False, "shape": (self.length, *self.row)}
        np.lib.format.write_array_header_1_0(self.file, header)


class PackWriter:
    """Writes a pack patch by patch: `with PackWriter.open(...) as writer: writer.append(...)`."""

    def __init__(self, written: Path, info: PackInfo, shape: tuple[int, int], labelled: bool) -> None:
        self._written, self._info, self._shape = written, info, shape
        self._index: list[NDArray[np.void]] = []
        self._tb = _GrowingArray(written / "tb.npy", (len(info.channels), *shape), np.dtype(np.int16))
        self._rain = _GrowingArray(written / "rain.npy", shape, np.dtype(np.float32)) if labelled else None

    @staticmethod
    @contextmanager
    def open(folder: Path, info: PackInfo, shape: tuple[int, int], labelled: bool = False) -> Iterator[PackWriter]:
        """A writer for patches of `shape` (scan, pixel), with rain if `labelled`.

        The folder appears complete when the `with` block ends, and not at all when it ends with an exception.
        """
        with replacing(folder) as written:
            writer = PackWriter(written, info, shape, labelled)
            try:
                yield writer
            finally:
                writer._close()

    def append(self, tb: NDArray[np.floating], index: NDArray[np.void], rain: NDArray[np.floating] | None = None) -> None:
        """Add patches: `tb` (n, channel, scan, pixel) in K, `index` (n,) of dtype `INDEX`, `rain` (n, scan, pixel) in mm/h.

        NaN is missing in `tb` and unlabelled in `rain`. Raises PackError where shapes, splits or values do not fit.
        """
        _check_shape("tb", tb, (len(index), len(self._info.channels), *self._shape))
        if (rain is None) != (self._rain is None):
            raise PackError("rain belongs to every patch of a labelled pack and to none of another: open the writer accordingly")
        if self._rain is not None and rain is not None:
            _check_shape("rain", rain, (len(index), *self._shape))
            self._rain.append(rain)
        self._index.append(_checked(index, INDEX))
        self._tb.append(encode(tb))

    def _close(self) -> None:
        self._tb.close()
        if self._rain is not None:
            self._rain.close()
        index = np.concatenate([np.empty(0, INDEX), *self._index])
        np.save(self._written / "index.npy", index)
        _write_info(self._written, self._info, index)


def write_pack(
    folder: Path,
    info: PackInfo,
    tb: NDArray[np.floating],
    index: NDArray[np.void],
    rain: NDArray[np.floating] | None = None,
) -> Pack:
    """Write a pack whose patches are all in memory (see `PackWriter.append`) and open it."""
    scans, pixels = tb.shape[2:]
    with PackWriter.open(folder, info, (scans, pixels), labelled=rain is not None) as writer:
        writer.append(tb, index, rain)
    return Pack.open(folder)


@dataclass(frozen=True, eq=False)
class Pack:
    """An open patch pack; arrays stay on disk until patches are asked for by their numbers."""

    folder: Path
    info: PackInfo
    index: NDArray[np.void]
    _tb: NDArray[np.int16] = field(repr=False)
    _rain: NDArray[np.float32] | None = field(repr=False)

    @staticmethod
    def open(folder: Path) -> Pack:
        """The pack in `folder`; raises PackError when it is incomplete or contradicts itself."""
        info, index = _read_info(folder), _load(folder, "index")
        tb = _load(folder, "tb")
        rain = _load(folder, "rain") if (folder / "rain.npy").exists() else None
        if tb.shape[:2] != (len(index), len(info.channels)) or (rain is not None and len(rain) != len(index)):
            raise PackError(f"{folder}: tb {tb.shape} does not fit {len(index)} patches of {len(info.channels)} channels")
        return Pack(folder, info, np.asarray(index), tb, rain)

    def __len__(self) -> int:
        return len(self.index)

    def __reduce__(self) -> tuple[Callable[[Path], Pack], tuple[Path]]:
        """Another process opens the folder itself: the arrays do not travel."""
        return Pack.open, (self.folder,)

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the second axis of `tb`."""
        return self.info.channels

    @property
    def labelled(self) -> bool:
        """Whether the pack carries rain."""
        return self._rain is not None

    def tb(self, indices: NDArray[np.integer], device: str | torch.device = "cpu") -> Tensor:
        """TB (n, channel, scan, pixel) in K of these patches, decoded on `device`, NaN where missing."""
        will_need(self._tb, indices)
        if torch.device(device).type != "cpu":
            return decode(torch.from_numpy(self._tb[indices]).to(device))
        tb, codes = torch.empty(len(indices), *self._tb.shape[1:]), np.asarray(self._tb)
        for patch, number in zip(tb.numpy(), indices, strict=True):  # float32 straight from the map saves a copy of the codes
            patch[...] = codes[number]
        return _decode_(tb)

    def rain(self, indices: NDArray[np.integer], device: str | torch.device = "cpu") -> Tensor:
        """Rain (n, scan, pixel) in mm/h of these patches, NaN where unlabelled; raises PackError if the pack has none."""
        if self._rain is None:
            raise PackError(f"{self.folder} has no rain.npy: it is no training set for a retrieval")
        will_need(self._rain, indices)
        return torch.from_numpy(self._rain[indices]).to(device)

    def select(self, split: str) -> NDArray[np.int64]:
        """Numbers of the patches of a split, possibly none."""
        return np.flatnonzero(self.index["split"] == split)


@dataclass(frozen=True, eq=False)
class Pairs:
    """An open table of weak pairs: a partner pixel and the GMI pixel that saw the same place at nearly the same time."""

    folder: Path
    info: PackInfo
    index: NDArray[np.void]
    _source: NDArray[np.int16] = field(repr=False)
    _target: NDArray[np.int16] = field(repr=False)

    @staticmethod
    def open(folder: Path) -> Pairs:
        """The pair table in `folder`; raises PackError when it is incomplete or contradicts itself."""
        info, index = _read_info(folder), _load(folder, "index")
        source, target = _load(folder, "source"), _load(folder, "target")
        expected = (len(index), len(info.channels)), (len(index), len(info.target_channels))
        if (source.shape, target.shape) != expected:
            raise PackError(
                f"{folder}: source {source.shape} and target {target.shape}, expected {expected[0]} and {expected[1]}"
            )
        return Pairs(folder, info, np.asarray(index), source, target)

    def __len__(self) -> int:
        return len(self.index)

    def source(self, indices: NDArray[np.integer]) -> Tensor:
        """Partner TB (n, channel) in K in the order of `info.channels`, NaN where missing."""
        return decode(torch.from_numpy(self._source[indices]))

    def target(self, indices: NDArray[np.integer]) -> Tensor:
        """GMI TB (n, channel) in K in the order of `info.target_channels`, NaN where missing."""
        return decode(torch.from_numpy(self._target[indices]))

    def select(self, split: str) -> NDArray[np.int64]:
        """Numbers of the pairs of a split, possibly none."""
        return np.flatnonzero(self.index["split"] == split)


def write_pairs(
    folder: Path,
    info: PackInfo,
    source: NDArray[np.floating],
    target: NDArray[np.floating],
    index: NDArray[np.void],
) -> Pairs:
    """Write weak pairs, `source` (n, channel) and `target` (n, target channel) in K, `index` of `PAIR_INDEX`, and open them."""
    for name, tb, channels in (("source", source, info.channels), ("target", target, info.target_channels)):
        _check_shape(name, tb, (len(index), len(channels)))
    with replacing(folder) as written:
        np.save(written / "source.npy", encode(source))
        np.save(written / "target.npy", encode(target))
        np.save(written / "index.npy", _checked(index, PAIR_INDEX))
        _write_info(written, info, index)
    return Pairs.open(folder)


def channel_positions(wanted: tuple[str, ...], available: tuple[str, ...]) -> list[int]:
    """Where the `wanted` channels lie among the `available` ones; raises ChannelError that names those missing."""
    lacking = [name for name in wanted if name not in available]
    if lacking:
        raise ChannelError(f"no channel {', '.join(lacking)} among {', '.join(available)}")
    return [available.index(name) for name in wanted]


def _check_shape(name: str, values: NDArray[Any], expected: tuple[int, ...]) -> None:
    if values.shape != expected:
        raise PackError(f"{name} has shape {values.shape}, expected {expected}")


def _checked(index: NDArray[np.void], dtype: np.dtype[Any]) -> NDArray[np.void]:
    if index.dtype != dtype:
        raise PackError(f"index has fields {index.dtype.descr}, expected {dtype.descr}")
    unknown = set(np.unique(index["split"]).tolist()) - set(SPLITS)
    if unknown:
        raise PackError(f"unknown splits {sorted(unknown)} in the index; known are {', '.join(SPLITS)}")
    if not (np.isfinite(index["weight"]).all() and (index["weight"] >= 0).all()):
        raise PackError("weights in the index must be finite and not negative")
    return index


def _write_info(folder: Path, info: PackInfo, index: NDArray[np.void]) -> None:
    counts = {split: int(np.count_nonzero(index["split"] == split)) for split in SPLITS}
    (folder / "pack.json").write_text(json.dumps(asdict(info) | {"splits": counts}, indent=2) + "\n")


def _read_info(folder: Path) -> PackInfo:
    try:
        content: Mapping[str, Any] = json.loads((folder / "pack.json").read_text())
    except FileNotFoundError:
        raise PackError(f"{folder} is no pack: it has no pack.json; write one first") from None
    return PackInfo(
        content["sensor"],
        content["world"],
        tuple(content["channels"]),
        tuple(content["target_channels"]),
        content["notes"],
    )


def _load(folder: Path, name: str) -> NDArray[Any]:
    path = folder / f"{name}.npy"
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise PackError(f"{folder} is incomplete: {path.name} is missing; write the pack again") from None
