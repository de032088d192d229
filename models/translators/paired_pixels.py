"""Pixels of weak pairs of which all is known: what methods that see one pixel at a time learn from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from models.errors import TrainingError
from models.packs import channel_positions
from models.pairs import Pairs
from models.translators.base import TranslationData

PIXEL_CONDITIONS = ("land_fraction", "incidence", "scan_position")
"""What pixel methods are told beside TB. Latitude is left out: pairs lie where two orbits cross, and five training overpasses say
which latitude had which weather. With it errors on other overpasses were 2 to 23 % larger for boosting, 0 to 15 % for the MLP."""


class PairedPixels(NamedTuple):
    """Partner TB (n, input) in K, GMI's (n, output) in K, conditions (n, name) in their units, weights (n,) above zero."""

    source: Tensor
    target: Tensor
    conditions: Tensor
    weights: Tensor

    @property
    def given(self) -> Tensor:
        """What a translator reads, (n, read): TB, then conditions."""
        return torch.cat([self.source, self.conditions], dim=1)

    def where(self, chosen: Tensor) -> PairedPixels:
        """The pixels that `chosen` (k,), numbers or truth values, names."""
        return PairedPixels(*(each[chosen] for each in self))


def complete_pixels(
    pairs: Pairs, inputs: tuple[str, ...], outputs: tuple[str, ...], split: str, conditions: tuple[str, ...] = ()
) -> PairedPixels:
    """The pairs of a split with a weight and without a missing value; raises ChannelError for what the pairs do not have."""
    chosen = pairs.select(split)
    pixels = PairedPixels(
        pairs.source(chosen)[:, channel_positions(inputs, pairs.info.channels)],
        pairs.target(chosen)[:, channel_positions(outputs, pairs.info.target_channels)],
        pairs.conditions(conditions, chosen),
        torch.from_numpy(pairs.index["weight"][chosen].copy()),
    )
    return pixels.where(torch.cat(pixels[:3], dim=1).isfinite().all(dim=1) & (pixels.weights > 0))


def learning_pixels(
    data: TranslationData, outputs: tuple[str, ...], conditions: tuple[str, ...], count: int, seed: int
) -> tuple[PairedPixels, PairedPixels]:
    """At most `count` complete pixels of the training pairs and as many of the validation pairs, which may be none.

    Raises TrainingError without a complete training pair, ChannelError for what the pairs do not have.
    """
    if data.pairs is None:
        raise TrainingError(_why(data, "no pair table"))
    splits = [complete_pixels(data.pairs, data.source.channels, outputs, split, conditions) for split in ("train", "validation")]
    if not len(splits[0].weights):
        of = len(data.pairs.select("train"))
        raise TrainingError(_why(data, f"{of} training pairs, none of them complete" if of else "no training pair"))
    generator = np.random.default_rng(seed)
    learned, held_out = (
        each.where(torch.from_numpy(generator.permutation(len(each.weights))[:count]).sort().values) for each in splits
    )
    return learned, held_out


def _why(data: TranslationData, lacking: str) -> str:
    return (
        f"this method learns from weak pairs of {data.source.info.sensor} and GMI, and there is {lacking}: materialise months "
        "with overlaps, or take a method that needs no pairs (gaussian_transport, quantile_mapping, cyclegan)"
    )
