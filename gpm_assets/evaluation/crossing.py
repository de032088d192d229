"""How much of an optimal-transport coupling turns rain into dry scenes, or dry scenes into rain, with strata and without.

Where it rains more often in one domain than in the other, matching their distributions must couple rainy patches with dry ones:
rain is invented or removed. Patches that are drawn stratum by stratum, and coupled within strata, cannot be asked for that; what
still crosses are the errors of the strata.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from gpm_assets.errors import GpmAssetsError
from models.packs import Pack, PackInfo, write_pack
from models.sampling import StratifiedSampler
from models.translators.base import DOMAIN_STRATA

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scenes:
    """Patches of one domain: `features` (patch, feature) that a coupling compares, whether they are truly `rainy` (patch,), and
    their `index` (patch,) of `models.packs.INDEX` with the strata."""

    features: Float
    rainy: NDArray[np.bool_]
    index: NDArray[np.void]

    def raining(self, share: float) -> Scenes:
        """The same patches, weighted so that this share of them is rainy; raises GpmAssetsError without rain, or without dry."""
        if self.rainy.all() or not self.rainy.any():
            raise GpmAssetsError(f"{self.rainy.sum()} of {len(self.rainy)} patches are rainy: a mismatch needs both kinds")
        index = self.index.copy()
        index["weight"] = np.where(self.rainy, share / self.rainy.sum(), (1 - share) / (~self.rainy).sum())
        return replace(self, index=index)


def crossing_without_strata(source: Scenes, target: Scenes, size: int, batches: int, seed: int = 0) -> Float:
    """Share (batch,) of an optimal coupling's pairs of which one is rainy and the other is not; patches drawn as they are."""
    rng = np.random.default_rng(seed)
    chances = [one.index["weight"].astype(np.float64) / one.index["weight"].sum(dtype=np.float64) for one in (source, target)]
    found = []
    for _ in range(batches):
        i, j = (rng.choice(len(chance), size, p=chance) for chance in chances)
        row, column = linear_sum_assignment(_cost(source, target, i, j))
        found.append(np.mean(source.rainy[i[row]] != target.rainy[j[column]]))
    return np.array(found)


def crossing_within_strata(
    source: Scenes, target: Scenes, size: int, batches: int, seed: int = 0, fields: tuple[str, ...] = DOMAIN_STRATA
) -> Float:
    """The same (batch,), where patches are drawn by the sampler of training and coupled within their strata.

    Pairs count by the weights of the batch, which restore the target's climatology of strata.
    """
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        packs = [_pack(Path(folder) / name, one.index) for name, one in (("source", source), ("target", target))]
        sampler = StratifiedSampler(packs, "train", fields)
    found = []
    for _ in range(batches):
        (i, j), weights = sampler.draw(size, rng)
        apart = np.any([source.index[name][i][:, None] != target.index[name][j][None] for name in fields], axis=0)
        cost = _cost(source, target, i, j)
        row, column = linear_sum_assignment(cost + apart * 1e3 * (1 + cost.max()))
        found.append(np.average(source.rainy[i[row]] != target.rainy[j[column]], weights=weights[row]))
    return np.array(found)


def _cost(source: Scenes, target: Scenes, i: NDArray[np.integer], j: NDArray[np.integer]) -> Float:
    return np.asarray(cdist(source.features[i], target.features[j], "sqeuclidean"), np.float64)


def _pack(folder: Path, index: NDArray[np.void]) -> Pack:
    """A pack of an index alone: the sampler looks at nothing else."""
    return write_pack(folder, PackInfo("any", "simulated", ("none",)), np.full((len(index), 1, 1, 1), 250.0), index)
