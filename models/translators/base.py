"""The contract of a translator, and what it is fitted to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from models.errors import ChannelError
from models.normalisation import fill_nearest
from models.packs import Pack, channel_positions
from models.pairs import Pairs
from models.retrievals.base import Retrieval
from models.sampling import StratifiedSampler
from models.tiling import by_blocks

OUTPUTS = ("36.64V", "36.64H", "89V", "89H")
"""GMI channels that every translator gives at least: DRAIN's four."""


class Translator(nn.Module, ABC):
    """TB of a sensor in, pseudo-GMI TB out, both in K.

    Attributes: `inputs` and `outputs` name the channels in order, `conditions` what else of a pixel is read
    (`models.conditions`); `receptive_radius` counts the pixels (and scans) around a pixel that its output may depend on. A
    subclass writes `forward`, which never sees a missing TB.
    """

    kind: ClassVar[str]
    config_class: ClassVar[type]
    config: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    conditions: tuple[str, ...]
    receptive_radius: int = 0
    multiple: int = 1
    """Where blocks of scans must start for a block to give what the whole gives."""
    needs: Tensor
    """(output, input) bool: whether an output pixel is missing where that input is."""

    def __init__(self, inputs: tuple[str, ...], outputs: tuple[str, ...], conditions: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.inputs, self.outputs, self.conditions = inputs, outputs, conditions
        self.register_buffer("needs", torch.ones(len(outputs), len(inputs), dtype=torch.bool), persistent=False)

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of what it is given: TB of the inputs, then the conditions."""
        return (*self.inputs, *self.conditions)

    def made_from(self, names: tuple[str, ...]) -> Tensor:
        """Note that each output is made from one input alone, in order; where these lie among the inputs (output,)."""
        positions = torch.tensor(channel_positions(names, self.inputs))
        self.needs.copy_(positions[:, None] == torch.arange(len(self.inputs)))
        return positions

    @abstractmethod
    def forward(self, given: Tensor) -> Tensor:
        """(batch, read, scan, pixel), inputs in K and then conditions, to (batch, output, scan, pixel) in K."""

    @torch.no_grad()
    def translate(self, given: Tensor) -> Tensor:
        """Whole swaths: `given` (batch, read, scan, pixel) to (batch, output, scan, pixel) in K, on the model's device.

        A missing TB (NaN) takes its channel's nearest known value for its neighbours' sake; where it is missing itself, the
        outputs that need it are NaN. Raises ChannelError for another number of channels.
        """
        if given.shape[1] != len(self.reads):
            raise ChannelError(
                f"this translator reads {len(self.reads)} channels ({', '.join(self.reads)}), not {given.shape[1]}"
            )
        lost = torch.einsum("oi,bisp->bosp", self.needs.float(), torch.isnan(given[:, : len(self.inputs)]).float()) > 0
        filled = by_blocks(self, fill_nearest(given), self.receptive_radius, self.multiple)
        return filled.masked_fill(lost, torch.nan)


@dataclass(frozen=True, eq=False)
class TranslationData:
    """What a translator learns from: unpaired patches of the partner (`source`) and of GMI (`target`), and weak pairs if any.

    `pairs` are pixels, `overlaps` patches of the partner with GMI's TB at the nearest of its own pixels. `nearest` names for each
    output channel the input channel that comes closest to it in frequency and polarisation.
    `retrievals` read GMI's TB; none of them judges.
    """

    source: Pack
    target: Pack
    pairs: Pairs | None
    nearest: Mapping[str, str]
    overlaps: Pack | None = None
    retrievals: tuple[Retrieval, ...] = ()

    def nearest_names(self, outputs: tuple[str, ...]) -> tuple[str, ...]:
        """The nearest inputs of the outputs; raises ChannelError that names outputs without one."""
        lacking = [name for name in outputs if name not in self.nearest]
        if lacking:
            raise ChannelError(f"no nearest channel is named for {', '.join(lacking)}; named are {', '.join(self.nearest)}")
        return tuple(self.nearest[name] for name in outputs)

    def nearest_positions(self, outputs: tuple[str, ...]) -> list[int]:
        """Where the nearest inputs of the outputs lie in the source; raises ChannelError for what is missing."""
        return channel_positions(self.nearest_names(outputs), self.source.channels)


@dataclass(frozen=True, eq=False)
class UnpairedSamples:
    """Patches with the same strata in both domains: `source`, `target` (n, channel, scan, pixel) in K, `weights` (n,).

    `source_conditions`, `target_conditions` (n, condition, scan, pixel) are those asked for, in their units.
    """

    source: Tensor
    target: Tensor
    weights: Tensor
    source_conditions: Tensor
    target_conditions: Tensor


DOMAIN_STRATA = ("stratum", "surface", "latitude_band", "season")
"""What both domains are drawn alike in. A few orbits see other coasts and latitudes in either domain: with rain alone as the
stratum, quantile mapping took a different share of land for a calibration error of 8 K."""


def unpaired_samples(
    data: TranslationData, outputs: tuple[str, ...], count: int, seed: int, conditions: tuple[str, ...] = ()
) -> UnpairedSamples:
    """Stratified training patches of both domains, the target in the order of `outputs`; weights restore climatology.

    Raises ChannelError for outputs and conditions that are missing, PackError where the domains have no stratum in common.
    """
    positions = channel_positions(outputs, data.target.channels)
    batch = StratifiedSampler([data.source, data.target], "train", DOMAIN_STRATA).draw(count, np.random.default_rng(seed))
    source, target = batch.indices
    return UnpairedSamples(
        data.source.tb(source),
        data.target.tb(target)[:, positions],
        torch.from_numpy(batch.weights),
        data.source.conditions(conditions, source),
        data.target.conditions(conditions, target),
    )
