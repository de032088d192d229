"""Patch packs: training samples as one int16 memory map and its index.

A pack is a folder: `tb.npy` (n, channel, scan, pixel), `index.npy`, `pack.json`, and `splits.json`, the table of which overpass
lies in which split. It may hold `rain.npy` (n, scan, pixel), `conditions.npy` (n, condition, scan, pixel), what else a pixel's TB
depend on, and `target.npy` (n, target channel, scan, pixel), what another sensor measured there.
What a patch or a pair is, and in which stratum it lies, is decided by whoever writes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import ChannelError, PackError
from models.folders import replacing
from models.memory_maps import will_need
from models.splits import SPLITS, write_splits

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
    """Channels of the target, what another sensor measured at the same places; none in a pack of one sensor."""
    conditions: tuple[str, ...] = ()
    """What else is known of every pixel, see `models.conditions`."""
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
    """Writes a pack patch by patch: `with PackWriter.open(...) as writer: writer.append(...)`.

    `notes` go into `pack.json`; they may be added to until the `with` block ends.
    """

    def __init__(self, written: Path, info: PackInfo, shape: tuple[int, int], labelled: bool) -> None:
        self._written, self._info = written, info
        self.notes: dict[str, Any] = dict(info.notes)
        self._index: list[NDArray[np.void]] = []
        layers: dict[str, tuple[tuple[int, ...], Any]] = {"tb": ((len(info.channels), *shape), np.int16)}
        if labelled:
            layers["rain"] = shape, np.float32
        if info.conditions:
            layers["conditions"] = (len(info.conditions), *shape), np.float16
        if info.target_channels:
            layers["target"] = (len(info.target_channels), *shape), np.int16
        self._layers = {
            name: _GrowingArray(written / f"{name}.npy", row, np.dtype(type_)) for name, (row, type_) in layers.items()
        }

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

    def append(
        self,
        tb: NDArray[np.floating],
        index: NDArray[np.void],
        rain: NDArray[np.floating] | None = None,
        *,
        conditions: NDArray[np.floating] | None = None,
        target: NDArray[np.floating] | None = None,
    ) -> None:
        """Add patches: `tb` and `target` (n, channel, scan, pixel) in K, `index` (n,) of dtype `INDEX`.

        `rain` (n, scan, pixel) is in mm/h, `conditions` (n, condition, scan, pixel) in their units. NaN is missing, and
        unlabelled in `rain`. Raises PackError where shapes, splits or values do not fit.
        """
        given = {"tb": tb, "rain": rain, "conditions": conditions, "target": target}
        for name, values in given.items():
            if (values is None) != (name not in self._layers):
                what = "needs" if values is None else "has no place for"
                raise PackError(f"this pack {what} {name}: every patch of a pack has it or none, open the writer accordingly")
            if values is not None:
                check_shape(name, values, (len(index), *self._layers[name].row))
        self._index.append(checked(index, INDEX))
        for name, layer in self._layers.items():
            values = given[name]
            assert values is not None
            layer.append(encode(values) if layer.dtype == np.int16 else values)

    def _close(self) -> None:
        for layer in self._layers.values():
            layer.close()
        index = np.concatenate([np.empty(0, INDEX), *self._index])
        np.save(self._written / "index.npy", index)
        write_info(self._written, replace(self._info, notes=self.notes), index)


def write_pack(
    folder: Path,
    info: PackInfo,
    tb: NDArray[np.floating],
    index: NDArray[np.void],
    rain: NDArray[np.floating] | None = None,
    *,
    conditions: NDArray[np.floating] | None = None,
    target: NDArray[np.floating] | None = None,
) -> Pack:
    """Write a pack whose patches are all in memory (see `PackWriter.append`) and open it."""
    scans, pixels = tb.shape[2:]
    with PackWriter.open(folder, info, (scans, pixels), labelled=rain is not None) as writer:
        writer.append(tb, index, rain, conditions=conditions, target=target)
    return Pack.open(folder)


@dataclass(frozen=True, eq=False)
class Pack:
    """An open patch pack; arrays stay on disk until patches are asked for by their numbers."""

    folder: Path
    info: PackInfo
    index: NDArray[np.void]
    _tb: NDArray[np.int16] = field(repr=False)
    _rain: NDArray[np.float32] | None = field(repr=False)
    _conditions: NDArray[np.float16] | None = field(repr=False, default=None)
    _target: NDArray[np.int16] | None = field(repr=False, default=None)

    @staticmethod
    def open(folder: Path) -> Pack:
        """The pack in `folder`; raises PackError when it is incomplete or contradicts itself."""
        info, index = read_info(folder), load_array(folder, "index")
        tb = load_array(folder, "tb")
        rain = load_array(folder, "rain") if (folder / "rain.npy").exists() else None
        conditions = load_array(folder, "conditions") if info.conditions else None
        target = load_array(folder, "target") if info.target_channels else None
        shapes = {
            "tb": (tb, info.channels),
            "conditions": (conditions, info.conditions),
            "target": (target, info.target_channels),
        }
        for name, (values, names) in shapes.items():
            if values is not None and values.shape[:2] != (len(index), len(names)):
                raise PackError(f"{folder}: {name} {values.shape} does not fit {len(index)} patches of {', '.join(names)}")
        if rain is not None and len(rain) != len(index):
            raise PackError(f"{folder}: rain {rain.shape} does not fit {len(index)} patches")
        return Pack(folder, info, np.asarray(index), tb, rain, conditions, target)

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
        return _read(self._tb, indices, device)

    def target(self, indices: NDArray[np.integer], device: str | torch.device = "cpu") -> Tensor:
        """TB (n, target channel, scan, pixel) in K measured there by the target, NaN where missing; raises PackError if none."""
        if self._target is None:
            raise PackError(f"{self.folder} has no target.npy: it is no set of paired patches")
        return _read(self._target, indices, device)

    def conditions(self, names: tuple[str, ...], indices: NDArray[np.integer], device: str | torch.device = "cpu") -> Tensor:
        """Conditions (n, name, scan, pixel) of these patches by name; raises ChannelError that names those missing."""
        positions = channel_positions(names, self.info.conditions, "condition")
        if self._conditions is None or not names:
            return torch.empty(len(indices), 0, *self._tb.shape[2:], device=device)
        will_need(self._conditions, indices)
        return torch.from_numpy(self._conditions[indices][:, positions].astype(np.float32)).to(device)

    def rain(self, indices: NDArray[np.integer], device: str | torch.device = "cpu") -> Tensor:
        """Rain (n, scan, pixel) in mm/h of these patches, NaN where unlabelled; raises PackError if the pack has none."""
        if self._rain is None:
            raise PackError(f"{self.folder} has no rain.npy: it is no training set for a retrieval")
        will_need(self._rain, indices)
        return torch.from_numpy(self._rain[indices]).to(device)

    def select(self, split: str) -> NDArray[np.int64]:
        """Numbers of the patches of a split, possibly none."""
        return np.flatnonzero(self.index["split"] == split)


def _read(codes: NDArray[np.int16], indices: NDArray[np.integer], device: str | torch.device) -> Tensor:
    """Patches of a memory map, decoded on a device."""
    will_need(codes, indices)
    if torch.device(device).type != "cpu":
        return decode(torch.from_numpy(codes[indices]).to(device))
    tb, plain = torch.empty(len(indices), *codes.shape[1:]), np.asarray(codes)
    for patch, number in zip(tb.numpy(), indices, strict=True):  # float32 straight from the map saves a copy of the codes
        patch[...] = plain[number]
    return _decode_(tb)


def channel_positions(wanted: tuple[str, ...], available: tuple[str, ...], what: str = "channel") -> list[int]:
    """Where the `wanted` channels lie among the `available` ones; raises ChannelError that names those missing."""
    lacking = [name for name in wanted if name not in available]
    if lacking:
        raise ChannelError(f"no {what} {', '.join(lacking)} among {', '.join(available) or 'none'}")
    return [available.index(name) for name in wanted]


def check_shape(name: str, values: NDArray[Any], expected: tuple[int, ...]) -> None:
    """Raises PackError that names both shapes where they differ."""
    if values.shape != expected:
        raise PackError(f"{name} has shape {values.shape}, expected {expected}")


def checked(index: NDArray[np.void], dtype: np.dtype[Any]) -> NDArray[np.void]:
    """The index, after a look at its fields, splits and weights; raises PackError."""
    if index.dtype != dtype:
        raise PackError(f"index has fields {index.dtype.descr}, expected {dtype.descr}")
    unknown = set(np.unique(index["split"]).tolist()) - set(SPLITS)
    if unknown:
        raise PackError(f"unknown splits {sorted(unknown)} in the index; known are {', '.join(SPLITS)}")
    if not (np.isfinite(index["weight"]).all() and (index["weight"] >= 0).all()):
        raise PackError("weights in the index must be finite and not negative")
    return index


def write_info(folder: Path, info: PackInfo, index: NDArray[np.void]) -> None:
    """Write `pack.json` and the table of splits."""
    write_splits(folder, index)
    counts = {split: int(np.count_nonzero(index["split"] == split)) for split in SPLITS}
    (folder / "pack.json").write_text(json.dumps(asdict(info) | {"splits": counts}, indent=2) + "\n")


def read_info(folder: Path) -> PackInfo:
    """What `pack.json` says; raises PackError where there is none."""
    try:
        content: Mapping[str, Any] = json.loads((folder / "pack.json").read_text())
    except FileNotFoundError:
        raise PackError(f"{folder} is no pack: it has no pack.json; write one first") from None
    names = [one.name for one in fields(PackInfo)]
    if lacking := [name for name in names if name not in content]:
        raise PackError(f"{folder}: pack.json has no {', '.join(lacking)}: an earlier version wrote it, write the pack again")
    kept = {name: tuple(content[name]) if isinstance(content[name], list) else content[name] for name in names}
    return PackInfo(**kept)


def load_array(folder: Path, name: str) -> NDArray[Any]:
    """A memory map of `name`.npy; raises PackError where it is missing."""
    path = folder / f"{name}.npy"
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise PackError(f"{folder} is incomplete: {path.name} is missing; write the pack again") from None
