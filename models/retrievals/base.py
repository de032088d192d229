"""The contract of a retrieval, and what it is fitted to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn

from models.channels import ChannelDescription
from models.errors import ChannelError
from models.influence import TYPICAL_TB_K
from models.normalisation import fill_nearest
from models.packs import Pack
from models.prediction import QuantilePrediction
from models.retrievals.checks import checked
from models.tiling import FLOATS_PER_PIXEL, by_blocks

CHANNELS = ("36.64V", "36.64H", "89V", "89H")
"""GMI's channels that DRAIN reads."""
DESCRIPTIONS = "descriptions"
"""Note of a pack: what its channels are, see `ChannelDescription`."""
GMI_CHANNELS = (
    *("10.65V", "10.65H", "18.7V", "18.7H", "23.8V", *CHANNELS),
    *("166V", "166H", "183.31±3V", "183.31±7V"),
)
"""All of GMI's channels, in the order of its files."""
WET_MM_H = 0.1
"""Rain from which a pixel is wet."""


class Retrieval(nn.Module, ABC):
    """TB (batch, channel, scan, pixel) in K to rain quantiles and a mean in mm/h.

    `receptive_radius` counts the pixels (and scans) around a pixel that its rain may depend on, `multiple` is where blocks of
    scans must start for a block to give what the whole gives, `floats_per_pixel` what a pass holds at its widest, by which a long
    swath is cut into blocks. The configuration names the input `channels` in order and
    `wet_probability`, p*: a pixel is wet where P(rain >= 0.1 mm/h) reaches it. A subclass writes `forward`, which never sees a
    missing TB.
    """

    kind: ClassVar[str]
    config_class: ClassVar[type]
    config: Any
    levels: Tensor
    """(level,) of the quantiles, rising, between 0 and 1."""
    receptive_radius: int = 0
    multiple: int = 1
    floats_per_pixel: int = FLOATS_PER_PIXEL

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the input channels in order."""
        return self.config.channels

    @property
    def wet_probability(self) -> float:
        """p*: a pixel is wet where P(rain >= 0.1 mm/h) reaches it."""
        return self.config.wet_probability

    @abstractmethod
    def forward(self, tb: Tensor) -> Tensor:
        """(batch, channel, scan, pixel) in K to (batch, level + 1, scan, pixel) in mm/h: the quantiles, and last the mean."""

    @torch.no_grad()
    def predict(self, tb: Tensor) -> QuantilePrediction:
        """Rain of whole swaths of any size from `tb` (batch, channel, scan, pixel) in K on the model's device.

        A missing TB (NaN, or outside 50 to 350 K) takes its channel's nearest known value for its neighbours' sake; the pixel
        itself has no rain (NaN), and no pixel has where a channel is missing altogether. Rain within `receptive_radius` of a
        missing TB is partly guessed, and flagging that is the caller's part. Raises ChannelError for another number of
        channels and for what `checks` refuses.
        """
        if tb.shape[1] != len(self.channels):
            raise ChannelError(f"{self.kind} reads {len(self.channels)} channels ({', '.join(self.channels)}), not {tb.shape[1]}")
        tb = checked(tb, self.channels)
        missing = torch.isnan(tb).any(dim=1)
        made = by_blocks(
            self, fill_nearest(tb).nan_to_num(TYPICAL_TB_K), self.receptive_radius, self.multiple, self.floats_per_pixel
        )
        made.masked_fill_(missing[:, None], torch.nan)
        return QuantilePrediction(made[:, :-1], self.levels, made[:, -1])


@dataclass(frozen=True, eq=False)
class RetrievalData:
    """What a retrieval learns from: labelled patches of GMI, and what their channels are by name."""

    pack: Pack
    descriptions: Mapping[str, ChannelDescription]

    @staticmethod
    def of(pack: Pack) -> RetrievalData:
        """The data of a pack whose notes describe its channels; raises ChannelError where they do not."""
        if DESCRIPTIONS not in pack.info.notes:
            raise ChannelError(f"{pack.folder} does not describe its channels: write it again")
        described = pack.info.notes[DESCRIPTIONS]
        return RetrievalData(pack, {name: ChannelDescription(*values) for name, values in described.items()})

    def part(self, share: float) -> RetrievalData:
        """The same with a share of the training overpasses, at least one; smaller shares lie within larger ones."""
        if share >= 1:
            return self
        index = np.array(self.pack.index)
        overpasses = sorted(set(index["granule"][index["split"] == "train"].tolist()), key=lambda name: crc32(name.encode()))
        left_out = overpasses[max(1, round(share * len(overpasses))) :]
        index["split"][np.isin(index["granule"], left_out)] = "left out"
        return replace(self, pack=replace(self.pack, index=index))

    def described(self, channels: tuple[str, ...]) -> tuple[ChannelDescription, ...]:
        """Descriptions of these channels in order; raises ChannelError that names those without one."""
        lacking = [name for name in channels if name not in self.descriptions]
        if lacking:
            raise ChannelError(f"no description of {', '.join(lacking)}; described are {', '.join(self.descriptions)}")
        return tuple(self.descriptions[name] for name in channels)
