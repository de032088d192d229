"""Weak pairs of pixels, in the code of packs: what a partner and GMI measured at the same place at nearly the same time.

A pair table is a folder: `source.npy` (n, channel), `target.npy` (n, channel), `index.npy`, `pack.json`, `splits.json`, and
`conditions.npy` (n, condition) where the pixels have some.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import PackError
from models.folders import replacing
from models.packs import (
    INDEX,
    PackInfo,
    channel_positions,
    check_shape,
    checked,
    decode,
    encode,
    load_array,
    read_info,
    write_info,
)

PAIR_INDEX = np.dtype([*INDEX.descr, ("block", "U40"), ("seconds_apart", "f4"), ("variability_k", "f4")])
"""One row a pair: as `INDEX`, with the block that is resampled as a whole (day or overpass), target time minus source time, and
the standard deviation of TB near 89 GHz about the pixel, the larger of both sensors' (NaN where unknown)."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """An open table of weak pairs: a partner pixel and the GMI pixel that saw the same place at nearly the same time."""

    folder: Path
    info: PackInfo
    index: NDArray[np.void]
    _source: NDArray[np.int16] = field(repr=False)
    _target: NDArray[np.int16] = field(repr=False)
    _conditions: NDArray[np.float16] | None = field(repr=False, default=None)

    @staticmethod
    def open(folder: Path) -> Pairs:
        """The pair table in `folder`; raises PackError when it is incomplete or contradicts itself."""
        info, index = read_info(folder), load_array(folder, "index")
        source, target = load_array(folder, "source"), load_array(folder, "target")
        expected = (len(index), len(info.channels)), (len(index), len(info.target_channels))
        if (source.shape, target.shape) != expected:
            raise PackError(
                f"{folder}: source {source.shape} and target {target.shape}, expected {expected[0]} and {expected[1]}"
            )
        conditions = load_array(folder, "conditions") if info.conditions else None
        if conditions is not None and conditions.shape != (len(index), len(info.conditions)):
            raise PackError(f"{folder}: conditions {conditions.shape}, expected {(len(index), len(info.conditions))}")
        return Pairs(folder, info, np.asarray(index), source, target, conditions)

    def __len__(self) -> int:
        return len(self.index)

    def source(self, indices: NDArray[np.integer]) -> Tensor:
        """Partner TB (n, channel) in K in the order of `info.channels`, NaN where missing."""
        return decode(torch.from_numpy(self._source[indices]))

    def target(self, indices: NDArray[np.integer]) -> Tensor:
        """GMI TB (n, channel) in K in the order of `info.target_channels`, NaN where missing."""
        return decode(torch.from_numpy(self._target[indices]))

    def conditions(self, names: tuple[str, ...], indices: NDArray[np.integer]) -> Tensor:
        """Conditions (n, name) of these pairs by name; raises ChannelError that names those missing."""
        positions = channel_positions(names, self.info.conditions, "condition")
        if self._conditions is None or not names:
            return torch.empty(len(indices), 0)
        return torch.from_numpy(self._conditions[indices][:, positions].astype(np.float32))

    def select(self, split: str) -> NDArray[np.int64]:
        """Numbers of the pairs of a split, possibly none."""
        return np.flatnonzero(self.index["split"] == split)


def write_pairs(
    folder: Path,
    info: PackInfo,
    source: NDArray[np.floating],
    target: NDArray[np.floating],
    index: NDArray[np.void],
    conditions: NDArray[np.floating] | None = None,
) -> Pairs:
    """Write weak pairs, `source` (n, channel) and `target` (n, target channel) in K, `index` of `PAIR_INDEX`, and open them.

    `conditions` (n, condition) belong to them where `info` names some. Raises PackError where shapes do not fit.
    """
    conditions = np.zeros((len(index), 0)) if conditions is None else conditions
    columns = (
        ("source", source, info.channels),
        ("target", target, info.target_channels),
        ("conditions", conditions, info.conditions),
    )
    for name, values, names in columns:
        check_shape(name, values, (len(index), len(names)))
    with replacing(folder) as written:
        if info.conditions:
            np.save(written / "conditions.npy", conditions.astype(np.float16))
        np.save(written / "source.npy", encode(source))
        np.save(written / "target.npy", encode(target))
        np.save(written / "index.npy", checked(index, PAIR_INDEX))
        write_info(written, info, index)
    return Pairs.open(folder)
