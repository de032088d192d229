"""Stratified batches of labelled patches: what every retrieval that is trained step by step draws from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from models.packs import Pack, channel_positions
from models.remapping import ARC_DEG, remap
from models.sampling import StratifiedSampler, mirror


class LabelledBatch(NamedTuple):
    """TB (batch, channel, scan, pixel) in K; numbers of labelled pixels in the flattened batch, their rain and weight (n,)."""

    tb: Tensor
    places: Tensor
    rain: Tensor
    weights: Tensor


class LabelledBatches:
    """Batches of a labelled pack, half of the patches mirrored across the scan; the batch of a step follows from seed and step.

    Rain strata are drawn by the root of their mass and weighted back to climatology: the same quantiles with less noise in the
    tail. Of the labelled pixels `pixels` a step enter the loss: neighbours say much the same and 99 quantiles cost. A share
    `turned` of the patches is remapped to an azimuth drawn from the whole arc of a scan (`models.remapping`).
    """

    def __init__(
        self, pack: Pack, channels: tuple[str, ...], batch: int, pixels: int, seed: int, device: str, turned: float = 0.0
    ) -> None:
        self.pack, self.batch, self.pixels, self.seed, self.device, self.turned = pack, batch, pixels, seed, device, turned
        self.positions = channel_positions(channels, pack.channels)
        self.sampler = StratifiedSampler([pack], "train")

    def sample(self, size: int) -> tuple[Tensor, Tensor]:
        """TB and weights of as many patches, for normalisation."""
        (chosen,), weights = self.sampler.draw(size, np.random.default_rng(self.seed))
        return self.pack.tb(chosen)[:, self.positions], torch.from_numpy(weights)

    def draw(self, step: int) -> LabelledBatch:
        """The batch of a step, on the device."""
        generator = np.random.default_rng([self.seed, step])
        (chosen,), weights = self.sampler.draw(self.batch, generator)
        mirrored = generator.random(len(chosen)) < 0.5
        tb = mirror(self.pack.tb(chosen, self.device)[:, self.positions], mirrored)
        labels = mirror(self.pack.rain(chosen), mirrored)
        if self.turned:
            tb, labels = self._turn(tb, labels, generator)
        rain = labels.numpy()
        labelled = np.flatnonzero(np.isfinite(rain.ravel()))
        places = generator.permutation(labelled)[: self.pixels]
        there = places, rain.ravel()[places], weights[places // rain[0].size]
        return LabelledBatch(tb, *(torch.from_numpy(each).to(self.device) for each in there))

    def _turn(self, tb: Tensor, rain: Tensor, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
        """A share of the patches remapped: TB goes on beyond their edges, rain does not."""
        which = torch.from_numpy(np.flatnonzero(generator.random(len(tb)) < self.turned))
        azimuths = torch.from_numpy(np.radians(generator.uniform(-ARC_DEG / 2, ARC_DEG / 2, len(which))))
        there = which.to(tb.device)
        tb[there] = remap(tb[there], azimuths, beyond=True)
        rain[which] = remap(rain[which, None], azimuths, beyond=False)[:, 0]
        return tb, rain
