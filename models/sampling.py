"""Stratified batches: the same strata from every domain, rare ones by the root of their mass; weights restore climatology.

If rain is more frequent in one domain than in the other, matching distributions invents or removes rain; batches with the same
strata in both cannot ask for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import PackError
from models.packs import Pack


class Batch(NamedTuple):
    """Numbers of the drawn patches, one array (batch,) per pack, stratum by stratum alike, and their weights (batch,)."""

    indices: tuple[NDArray[np.int64], ...]
    weights: NDArray[np.float32]


class StratifiedSampler:
    """Draws batches from the strata that all packs have; a stratum is a combination of the index `fields`.

    Within a stratum a patch is drawn with a probability in proportion to its climatological weight. The weights of a batch are
    the stratum's climatological share in the last pack (the target domain) over its share in the batch: their expectation is 1,
    and weighted means are climatological means of the common strata. Raises PackError when no stratum is common.
    """

    def __init__(self, packs: Sequence[Pack], split: str, fields: tuple[str, ...] = ("stratum",)) -> None:
        members = [_members(pack, split, fields) for pack in packs]
        self.strata = sorted(set.intersection(*(set(each) for each in members)))
        if not self.strata:
            names = ", ".join(f"{pack.folder} ({len(each)} strata)" for pack, each in zip(packs, members, strict=True))
            raise PackError(f"no {split} stratum of {', '.join(fields)} has patches with weight in all of: {names}")
        self._members = [[each[stratum] for stratum in self.strata] for each in members]
        mass = np.array([packs[-1].index["weight"][m].sum(dtype=np.float64) for m in self._members[-1]])
        self.climatology: NDArray[np.float64] = mass / mass.sum()
        self.shares: NDArray[np.float64] = np.sqrt(mass) / np.sqrt(mass).sum()
        self._cumulated = [
            [np.cumsum(pack.index["weight"][m], dtype=np.float64) for m in each]
            for pack, each in zip(packs, self._members, strict=True)
        ]

    def draw(self, size: int, generator: np.random.Generator) -> Batch:
        """A batch of `size` patches per pack, from every stratum its share to within one, the rest at random."""
        reached = np.cumsum(self.shares)
        places = np.searchsorted(reached / reached[-1], (np.arange(size) + generator.random()) / size, side="right")
        indices = tuple(
            np.array([self._pick(pack, stratum, generator) for stratum in places]) for pack in range(len(self._members))
        )
        return Batch(indices, (self.climatology[places] / self.shares[places]).astype(np.float32))

    def _pick(self, pack: int, stratum: int, generator: np.random.Generator) -> np.int64:
        cumulated = self._cumulated[pack][stratum]
        place = np.searchsorted(cumulated, generator.random() * cumulated[-1], side="right")
        return self._members[pack][stratum][place]


def mirror(field: Tensor, which: NDArray[np.bool_]) -> Tensor:
    """`field` (batch, ..., pixel) with these members mirrored across the scan: the one symmetry that observing leaves.

    Along the track a mirror would turn the look direction, in which ice at 8 km is displaced by a scan.
    """
    chosen = torch.from_numpy(which).to(field.device).reshape(-1, *[1] * (field.ndim - 1))
    return torch.where(chosen, field.flip(-1), field)


def _members(pack: Pack, split: str, fields: tuple[str, ...]) -> dict[tuple[int, ...], NDArray[np.int64]]:
    """Patches of a split with a weight above zero, by stratum."""
    chosen = pack.select(split)
    chosen = chosen[pack.index["weight"][chosen] > 0]
    labels = np.stack([pack.index[field][chosen] for field in fields], axis=1)
    strata, inverse = np.unique(labels, axis=0, return_inverse=True)
    return {tuple(stratum.tolist()): chosen[inverse.ravel() == number] for number, stratum in enumerate(strata)}
