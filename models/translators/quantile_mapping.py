"""Quantile mapping: each output takes its nearest input's rank and reads GMI's TB at that rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

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
        positions = torch.tensor(channel_positions(config.copied, config.inputs))
        self.register_buffer("positions", positions, persistent=False)
        self.needs.copy_(positions[:, None] == torch.arange(len(config.inputs)))
        for name in ("source_nodes", "target_nodes"):
            self.register_buffer(name, torch.arange(config.nodes).float().repeat(len(config.outputs), 1))

    def forward(self, tb: Tensor) -> Tensor:
        """Map each channel by its own table."""
        values = tb[:, self.positions].movedim(1, 0)
        flat = values.flatten(1).contiguous()
        place = torch.searchsorted(self.source_nodes, flat).clamp(1, self.config.nodes - 1)
        low, high = self.source_nodes.gather(1, place - 1), self.source_nodes.gather(1, place)
        share = ((flat - low) / (high - low)).clamp(0, 1)
        offset = torch.lerp(self.target_nodes.gather(1, place - 1) - low, self.target_nodes.gather(1, place) - high, share)
        return (flat + offset).reshape(values.shape).movedim(0, 1)


@dataclass(frozen=True)
class QuantileRecipe:
    """Number of nodes and of patches per domain."""

    outputs: tuple[str, ...] = OUTPUTS
    nodes: int = 200
    patches: int = 2048


def fit_quantile_mapping(data: TranslationData, recipe: QuantileRecipe, run: Run) -> QuantileMapping:
    """Tables from the two sides of weak pairs, where both sensors see the same places and so the same distribution.

    Without pairs from unpaired patches with the same strata in both domains, weighted to climatology.
    """
    positions = data.nearest_positions(recipe.outputs)
    copied = data.nearest_inputs(recipe.outputs)
    model = QuantileMapping(QuantileMappingConfig(data.source.channels, recipe.outputs, copied, recipe.nodes))
    source, target, weights = _both_sides(data, recipe, run)
    model.source_nodes.copy_(_nodes(source[:, positions], weights, recipe.nodes))
    model.target_nodes.copy_(_nodes(target, weights, recipe.nodes))
    return model


def _both_sides(data: TranslationData, recipe: QuantileRecipe, run: Run) -> tuple[Tensor, Tensor, Tensor]:
    """Source and target (n, channel, scan, pixel) in K with weights (n,); a pair is a patch of one pixel."""
    if data.pairs is not None and len(chosen := data.pairs.select("train")):
        outputs = channel_positions(recipe.outputs, data.pairs.info.target_channels)
        weights = torch.from_numpy(data.pairs.index["weight"][chosen].copy())
        return data.pairs.source(chosen)[..., None, None], data.pairs.target(chosen)[:, outputs, None, None], weights
    samples = unpaired_samples(data, recipe.outputs, recipe.patches, run.seed)
    return samples.source, samples.target, samples.weights


def _nodes(tb: Tensor, weights: Tensor, count: int) -> Tensor:
    """Weighted quantiles (channel, node) in K at levels (i + 1/2) / count, at least 0.001 K apart."""
    levels = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    per_pixel = weights.double().repeat_interleave(tb.shape[2] * tb.shape[3])
    rows = []
    for channel in tb.movedim(1, 0).flatten(1):
        known = channel.isfinite()
        values, order = channel[known].double().sort()
        mass = per_pixel[known][order]
        ranks = (mass.cumsum(0) - mass / 2) / mass.sum()
        rows.append(values[torch.searchsorted(ranks, levels).clamp(max=len(values) - 1)])
    apart = torch.arange(count, dtype=torch.float64) * 1e-3
    return ((torch.stack(rows) - apart).cummax(dim=1).values + apart).float()
