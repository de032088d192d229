"""What adversarial translators learn from at every step: patches of both domains, and of overlaps where there are some."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from models.packs import Pack, channel_positions
from models.sampling import StratifiedSampler, mirror
from models.translators.base import DOMAIN_STRATA, TranslationData

NO_STRATA = ("split",)
"""The same for all patches of a split: they are drawn by their climatological weight alone."""


class UnpairedBatch(NamedTuple):
    """TB (batch, channel, scan, pixel) in K, NaN where missing: of both domains, which show different places, and of one place.

    `overlap` is what partner and GMI saw at the same places, None where that is not asked for or not known.
    """

    source: Tensor
    target: Tensor
    overlap: tuple[Tensor, Tensor] | None = None


class UnpairedBatches:
    """Training patches of both domains, each mirrored across the scan at random: with the same strata if `stratified`.

    With `paired`, patches of `data.overlaps` too, drawn in proportion to their weight.
    """

    def __init__(
        self,
        data: TranslationData,
        channels: tuple[tuple[str, ...], tuple[str, ...]],
        size: int,
        seed: int,
        device: str,
        stratified: bool = True,
        paired: bool = False,
    ) -> None:
        self.data, self.size, self.seed, self.device = data, size, seed, device
        inputs, self.outputs = channels
        self.inputs = channel_positions(inputs, data.source.channels)
        self.targets = channel_positions(self.outputs, data.target.channels)
        self.sampler = StratifiedSampler([data.source, data.target], "train", DOMAIN_STRATA if stratified else NO_STRATA)
        self.overlaps = _Overlaps(data.overlaps, channels) if paired and data.overlaps is not None else None

    def draw(self, step: int) -> UnpairedBatch:
        """The batch of a step: it follows from seed and step."""
        generator = np.random.default_rng([self.seed, step])
        source, target = self.sampler.draw(self.size, generator).indices
        tbs = (
            self.data.source.tb(source, self.device)[:, self.inputs],
            self.data.target.tb(target, self.device)[:, self.targets],
        )
        here, there = (mirror(tb, generator.random(self.size) < 0.5) for tb in tbs)
        overlap = None if self.overlaps is None else self.overlaps.draw(self.size, generator, self.device)
        return UnpairedBatch(here, there, overlap)


class _Overlaps:
    """Training patches of a partner with GMI's own TB at the same places."""

    def __init__(self, pack: Pack, channels: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        self.pack = pack
        self.inputs = channel_positions(channels[0], pack.channels)
        self.outputs = channel_positions(channels[1], pack.info.target_channels)
        self.members = pack.select("train")
        self.cumulated: NDArray[np.float64] = np.cumsum(pack.index["weight"][self.members], dtype=np.float64)

    def draw(self, size: int, generator: np.random.Generator, device: str) -> tuple[Tensor, Tensor] | None:
        if not len(self.members) or self.cumulated[-1] == 0:
            return None
        places = np.searchsorted(self.cumulated, generator.random(size) * self.cumulated[-1], side="right")
        chosen, which = self.members[places], generator.random(size) < 0.5
        tbs = self.pack.tb(chosen, device)[:, self.inputs], self.pack.target(chosen, device)[:, self.outputs]
        return mirror(tbs[0], which), mirror(tbs[1], which)
