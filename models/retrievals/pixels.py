"""Labelled pixels, drawn once: what retrievals learn from that are not trained step by step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import PackError
from models.packs import Pack, channel_positions

STRATA_MM_H = (0.01, 0.1, 1.0, 10.0)
"""Bounds of the strata of rain that pixels are drawn from."""
PATCHES = 64
"""Patches that are read at once."""


class LabelledPixels(NamedTuple):
    """TB (n, channel) in K, rain (n,) in mm/h, climatological weight (n,) of mean 1, and number (n,) of the overpass."""

    tb: Tensor
    rain: Tensor
    weights: Tensor
    overpasses: Tensor

    def where(self, chosen: Tensor) -> LabelledPixels:
        """The pixels (n,) where `chosen` is true."""
        return LabelledPixels(*(each[chosen] for each in self))


def labelled_pixels(pack: Pack, channels: tuple[str, ...], split: str, count: int, seed: int) -> LabelledPixels:
    """About `count` labelled pixels of a split whose TB are all known, or all of them where there are fewer.

    Strata of rain are drawn by the root of their number, and weighted back. An overpass that is alone gives its patches as
    overpasses. Raises PackError when nothing is left.
    """
    positions = channel_positions(channels, pack.channels)
    chosen = pack.select(split)
    parts = np.array_split(chosen, range(PATCHES, len(chosen), PATCHES))
    rates = _rates(sum((_counts(pack.rain(part).numpy()) for part in parts), np.zeros(len(STRATA_MM_H) + 1)), count)
    granules, overpass = np.unique(pack.index["granule"][chosen], return_inverse=True)
    numbers = dict(zip(chosen.tolist(), overpass if len(granules) > 1 else range(len(chosen)), strict=True))
    generator, found = np.random.default_rng(seed), []
    for part in parts:
        rain = pack.rain(part).numpy()
        stratum = np.digitize(rain, STRATA_MM_H)
        drawn = np.isfinite(rain) & (generator.random(rain.shape) < rates[stratum])
        tb = pack.tb(part)[:, positions].movedim(1, -1).numpy()[drawn]
        known = np.isfinite(tb).all(axis=1)
        weights = (pack.index["weight"][part][:, None, None] / rates[stratum])[drawn]
        overpasses = np.repeat([numbers[each] for each in part.tolist()], drawn.sum(axis=(1, 2)))
        found.append([each[known] for each in (tb, rain[drawn], weights.astype(np.float32), overpasses)])
    pixels = LabelledPixels(*(torch.from_numpy(np.concatenate(each)) for each in zip(*found, strict=True)))
    if not bool((pixels.weights > 0).any()):
        raise PackError(f"{pack.folder}: no {split} pixel has both rain and {', '.join(channels)}")
    return pixels._replace(weights=pixels.weights / pixels.weights.mean())


def _counts(rain: NDArray[np.float32]) -> NDArray[np.float64]:
    """Labelled pixels by stratum."""
    return np.bincount(np.digitize(rain[np.isfinite(rain)], STRATA_MM_H), minlength=len(STRATA_MM_H) + 1).astype(np.float64)


def _rates(counts: NDArray[np.float64], wanted: int) -> NDArray[np.float64]:
    """Share of each stratum that is drawn: as the root of its number asks, what a full stratum leaves going to the others."""
    rates = np.ones(len(counts))
    open_ = counts > 0
    while counts @ rates > wanted and open_.any():
        left = wanted - counts[~open_].sum()
        asked = max(left, 0) / np.sqrt(counts[open_]).sum() / np.sqrt(counts[open_])
        rates[open_] = asked
        if (asked <= 1).all():
            break
        full = open_ & (rates > 1)
        rates[full] = 1
        open_ &= ~full
    return rates
