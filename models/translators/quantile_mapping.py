"""Quantile mapping: each output takes its nearest input's rank and reads GMI's TB at that rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from models.errors import TrainingError
from models.packs import channel_positions
from models.training import Run
from models.translators.base import OUTPUTS, TranslationData, Translator, unpaired_samples


@dataclass(frozen=True)
class QuantileMappingConfig:
    """`copied` names the input whose ranks each output takes, `nodes` the number of quantiles."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    copied: tuple[str, ...]
    nodes: int


class QuantileMapping(Translator):
    """Linear between nodes; beyond the outermost two the offset there is kept, so extremes stay as extreme as they are."""

    kind: ClassVar[str] = "quantile_mapping"
    config_class: ClassVar[type] = QuantileMappingConfig
    source_nodes: Tensor
    target_nodes: Tensor
    """(output, node) in K, rising."""

    positions: Tensor

    def __init__(self, config: QuantileMappingConfig) -> None:
        super().__init__(config.inputs, config.outputs)
        self.config = config
        self.register_buffer("positions", self.made_from(config.copied), persistent=False)
        for name in ("source_nodes", "target_nodes"):
            self.register_buffer(name, torch.arange(config.nodes).float().repeat(len(config.outputs), 1))

    def forward(self, tb: Tensor) -> Tensor:
        """Map each channel by its own table."""
        values = tb[:, self.positions].movedim(1, 0)
        return mapped(values.flatten(1), self.source_nodes, self.target_nodes).reshape(values.shape).movedim(0, 1)


def mapped(values: Tensor, source_nodes: Tensor, target_nodes: Tensor) -> Tensor:
    """TB (output, n) in K carried from one table (output, node) of quantiles in K to the other."""
    values = values.contiguous()
    place = torch.searchsorted(source_nodes, values).clamp(1, source_nodes.shape[1] - 1)
    low, high = source_nodes.gather(1, place - 1), source_nodes.gather(1, place)
    share = ((values - low) / (high - low)).clamp(0, 1)
    return values + torch.lerp(target_nodes.gather(1, place - 1) - low, target_nodes.gather(1, place) - high, share)


@dataclass(frozen=True)
class QuantileRecipe:
    """Number of nodes and of patches per domain."""

    outputs: tuple[str, ...] = OUTPUTS
    nodes: int = 200
    patches: int = 2048


def fit_quantile_mapping(data: TranslationData, recipe: QuantileRecipe, run: Run) -> QuantileMapping:
    """Tables from the two sides of weak pairs, where both sensors see the same places and so the same distribution.

    Without pairs from unpaired patches with the same strata in both domains, weighted to climatology. Raises ChannelError where
    channels are missing, TrainingError where one has no value.
    """
    copied = data.nearest_names(recipe.outputs)
    model = QuantileMapping(QuantileMappingConfig(data.source.channels, recipe.outputs, copied, recipe.nodes))
    for side, table in zip(both_sides(data, recipe, run), (model.source_nodes, model.target_nodes), strict=True):
        table.copy_(quantile_nodes(side.tb, side.weights, recipe.nodes))
    return model


class Side(NamedTuple):
    """Pixels of one domain: TB (n, output) in K of the channels that are mapped, weights (n,), conditions (n, name)."""

    tb: Tensor
    weights: Tensor
    conditions: Tensor


def both_sides(data: TranslationData, recipe: QuantileRecipe, run: Run, conditions: tuple[str, ...] = ()) -> tuple[Side, Side]:
    """The nearest inputs of the outputs, and the outputs: of weak pairs where there are some, else of unpaired patches."""
    copied = data.nearest_positions(recipe.outputs)
    if data.pairs is not None and len(chosen := data.pairs.select("train")):
        outputs = channel_positions(recipe.outputs, data.pairs.info.target_channels)
        weights = torch.from_numpy(data.pairs.index["weight"][chosen].copy())
        beside = data.pairs.conditions(conditions, chosen)
        source, target = data.pairs.source(chosen)[:, copied], data.pairs.target(chosen)[:, outputs]
        return Side(source, weights, beside), Side(target, weights, beside)
    samples = unpaired_samples(data, recipe.outputs, recipe.patches, run.seed, conditions)
    weights = samples.weights.repeat_interleave(samples.source[0, 0].numel())
    source, target, *beside_each = (
        each.movedim(1, -1).flatten(0, 2)
        for each in (samples.source[:, copied], samples.target, samples.source_conditions, samples.target_conditions)
    )
    return Side(source, weights, beside_each[0]), Side(target, weights, beside_each[1])


def quantile_nodes(tb: Tensor, weights: Tensor, count: int) -> Tensor:
    """Weighted quantiles (channel, node) in K of `tb` (n, channel) at levels (i + 1/2) / count, at least 0.001 K apart.

    Raises TrainingError where a channel has no value.
    """
    levels = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    rows = []
    for number, channel in enumerate(tb.T):
        known = channel.isfinite() & (weights > 0)
        if not bool(known.any()):
            raise TrainingError(f"channel number {number} is missing in all {len(tb)} training pixels: no quantile is known")
        values, order = channel[known].double().sort()
        mass = weights[known].double()[order]
        ranks = (mass.cumsum(0) - mass / 2) / mass.sum()
        rows.append(values[torch.searchsorted(ranks, levels).clamp(max=len(values) - 1)])
    apart = torch.arange(count, dtype=torch.float64) * 1e-3
    return ((torch.stack(rows) - apart).cummax(dim=1).values + apart).float()
