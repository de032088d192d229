"""The spatial linear filter: every output is a weighted sum of all inputs in a window about the pixel, by surface.

A ridge regression on neighbourhoods of weak pairs is Wiener's filter and the footprint matching of Backus and Gilbert (1970) and
Stogryn (1978) in one step: it sharpens where the partner's noise allows, smooths where GMI is coarser, and takes from other
channels what they tell. It is the line to beat. A window of one pixel is the plain regression by surface; a filter of each
output's own channel alone is footprint matching without anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from models.conditions import SURFACES
from models.errors import TrainingError
from models.packs import channel_positions
from models.surfaces import surface_of
from models.training import Run
from models.translators.base import OUTPUTS, TranslationData, Translator
from models.translators.linear import Moments, gaussian_transport, ridge
from models.translators.windows import window_sums, with_everywhere

RIDGES_K2 = (0.25, 1.0, 4.0, 16.0, 64.0)
"""Noise variances that inputs are taken to have; validation overlaps choose among them."""
EVERYWHERE = 2.0
"""Windows of all surfaces, for each weight of a filter, that count beside those of one surface."""
FEWEST = 10
"""Complete windows for each weight of a filter."""


@dataclass(frozen=True)
class SpatialFilterConfig:
    """Channels in order, the window's width in pixels and in scans, and whether each surface has a filter of its own.

    `own` names the one input that each output is made from; it is empty where all are made from all.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    window: int
    by_surface: bool
    own: tuple[str, ...] = ()


class SpatialFilter(Translator):
    """Kernels (surface, output, input, scan, pixel) on the distance from the mean; the rim of a swath goes on beyond it."""

    kind: ClassVar[str] = "spatial_filter"
    config_class: ClassVar[type] = SpatialFilterConfig
    kernels: Tensor
    input_mean: Tensor
    output_mean: Tensor
    """(surface, channel) in K."""

    def __init__(self, config: SpatialFilterConfig) -> None:
        super().__init__(config.inputs, config.outputs, ("land_fraction",) if config.by_surface else ())
        self.config, self.receptive_radius = config, config.window // 2
        surfaces, inputs, outputs = len(SURFACES) if config.by_surface else 1, len(config.inputs), len(config.outputs)
        self.register_buffer("kernels", torch.zeros(surfaces, outputs, inputs, config.window, config.window))
        self.register_buffer("input_mean", torch.zeros(surfaces, inputs))
        self.register_buffer("output_mean", torch.zeros(surfaces, outputs))
        if config.own:
            self.made_from(config.own)

    def forward(self, given: Tensor) -> Tensor:
        """Each surface's filter where that surface is."""
        with torch.autocast(given.device.type, enabled=False):
            padded = functional.pad(given[:, : len(self.inputs)], [self.receptive_radius] * 4, mode="replicate")
            filters = zip(self.kernels, self.input_mean[..., None, None], self.output_mean[..., None, None], strict=True)
            made = torch.stack([functional.conv2d(padded - here, kernel) + there for kernel, here, there in filters])
        if not self.config.by_surface:
            return made[0]
        return made.gather(0, surface_of(given[:, -1:]).expand_as(made[0])[None])[0]


@dataclass(frozen=True)
class SpatialFilterRecipe:
    """The window and what a filter is made from, whether its variance is restored, and how many pixels teach it at most."""

    window: int = 9
    by_surface: bool = True
    own_channel: bool = False
    restored: bool = False
    """Whether the transport that gives the output GMI's covariance follows, see `restored_linear`."""
    outputs: tuple[str, ...] = OUTPUTS
    pixels: int = 300_000


def fit_spatial_filter(data: TranslationData, recipe: SpatialFilterRecipe, run: Run) -> SpatialFilter:
    """Ridge regression on windows of training overlaps; the ridge is the one that errs least on validation overlaps.

    Raises TrainingError without overlaps or with too few complete windows, ChannelError for channels that are missing.
    """
    if data.overlaps is None:
        raise TrainingError("a spatial filter learns from patches of overlaps and there are none: materialise more months")
    own = data.nearest_names(recipe.outputs) if recipe.own_channel else ()
    model = SpatialFilter(SpatialFilterConfig(data.overlaps.channels, recipe.outputs, recipe.window, recipe.by_surface, own))
    asked = data.overlaps, recipe.outputs, recipe.window
    sums, held_out = (
        window_sums(*asked, split, limit, len(model.kernels))
        for split, limit in (("train", recipe.pixels), ("validation", recipe.pixels // 4))
    )
    if (count := sum(one.count for one in sums)) < (needed := FEWEST * sums[0].features):
        raise TrainingError(f"{data.overlaps.folder}: {count} complete training windows, {needed} are needed")
    moments = [one.moments() for one in with_everywhere(sums, EVERYWHERE * sums[0].features)]
    known = [(number, one.mass, one.moments()) for number, one in enumerate(held_out) if one.count]
    noise = min(RIDGES_K2, key=lambda one: _error(_solved(model, moments, one), moments, known)) if known else RIDGES_K2[1]
    return _set(model, _solved(model, moments, noise), moments, recipe.restored)


def _solved(model: SpatialFilter, moments: Sequence[Moments], ridge_k2: float) -> list[Tensor]:
    """A matrix (output, feature) in float64 for every surface."""
    if not model.config.own:
        return [ridge(one, ridge_k2) for one in moments]
    window, solved = model.config.window**2, []
    for one in moments:
        assert one.cross is not None
        matrix = torch.zeros_like(one.cross)
        for output, place in enumerate(channel_positions(model.config.own, model.inputs)):
            part = slice(place * window, (place + 1) * window)
            alone = replace(one, source=one.source[part, part], cross=one.cross[output : output + 1, part])
            matrix[output, part] = ridge(alone, ridge_k2)[0]
        solved.append(matrix)
    return solved


def _error(matrices: Sequence[Tensor], moments: Sequence[Moments], known: Sequence[tuple[int, float, Moments]]) -> float:
    """Squared error on held-out windows in units of each output's variance there, summed over surfaces by their mass."""
    total = 0.0
    for number, mass, held_out in known:
        matrix, own = matrices[number], moments[number]
        assert held_out.cross is not None
        bias = held_out.target_mean - own.target_mean - matrix @ (held_out.source_mean - own.source_mean)
        crossed = (matrix * held_out.cross).sum(dim=1)
        error = held_out.target.diag() - 2 * crossed + (matrix @ held_out.source * matrix).sum(dim=1) + bias**2
        total += mass * float((error / held_out.target.diag().clamp_min(1.0)).sum())
    return total


def _set(model: SpatialFilter, matrices: Sequence[Tensor], moments: Sequence[Moments], restored: bool) -> SpatialFilter:
    """The model with these filters."""
    inputs, window = len(model.inputs), model.config.window
    for number, (matrix, one) in enumerate(zip(matrices, moments, strict=True)):
        if restored:
            matrix = gaussian_transport(replace(one, source=matrix @ one.source @ matrix.T, cross=None)) @ matrix
        # a window's mean differs from place to place by less than sampling noise: one mean a channel, the rest into the output's
        mean = one.source_mean.reshape(inputs, -1)
        model.kernels[number].copy_(matrix.reshape(-1, inputs, window, window))
        model.input_mean[number].copy_(mean.mean(dim=1))
        model.output_mean[number].copy_(one.target_mean - matrix @ (mean - mean.mean(dim=1, keepdim=True)).flatten())
    return model
