"""Linear translation `P (x - mean) + mean'`: the line every network starts from and has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from models.errors import TrainingError
from models.pairs import Pairs
from models.training import Run
from models.translators.base import OUTPUTS, TranslationData, Translator, unpaired_samples
from models.translators.paired_pixels import complete_pixels


@dataclass(frozen=True)
class LinearConfig:
    """Channels in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Linear(Translator):
    """One matrix for all pixels, applied to the distance from the mean so that float32 keeps 0.01 K."""

    kind: ClassVar[str] = "linear"
    config_class: ClassVar[type] = LinearConfig
    matrix: Tensor
    input_mean: Tensor
    output_mean: Tensor

    def __init__(self, config: LinearConfig) -> None:
        super().__init__(config.inputs, config.outputs)
        self.config = config
        self.register_buffer("matrix", torch.zeros(len(config.outputs), len(config.inputs)))
        self.register_buffer("input_mean", torch.zeros(len(config.inputs)))
        self.register_buffer("output_mean", torch.zeros(len(config.outputs)))

    def set(self, matrix: Tensor, input_mean: Tensor, output_mean: Tensor) -> Linear:
        """Take these values; returns itself."""
        self.matrix.copy_(matrix)
        self.input_mean.copy_(input_mean)
        self.output_mean.copy_(output_mean)
        return self

    def forward(self, tb: Tensor) -> Tensor:
        """The matrix applied to each pixel."""
        with torch.autocast(tb.device.type, enabled=False):
            centred = tb - self.input_mean[:, None, None]
            return torch.einsum("oi,bisp->bosp", self.matrix, centred) + self.output_mean[:, None, None]


@dataclass(frozen=True)
class LinearRecipe:
    """`ridge_k2` is the noise variance in K^2 that the inputs are taken to have; `patches` serve where there are no pairs."""

    outputs: tuple[str, ...] = OUTPUTS
    ridge_k2: float = 0.25
    patches: int = 2048


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted mean and covariance in float64 of source (n, s) and target (n, t) samples: what linear maps are made of."""

    source_mean: Tensor
    target_mean: Tensor
    source: Tensor
    target: Tensor
    cross: Tensor | None
    """(t, s), None for samples that are not paired."""


def ridge(moments: Moments, ridge_k2: float) -> Tensor:
    """Matrix (t, s) with the least squared error for inputs with noise of variance `ridge_k2` in K^2."""
    if moments.cross is None:
        raise TrainingError("ridge regression needs paired samples")
    noise = ridge_k2 * torch.eye(len(moments.source), dtype=torch.float64)
    return torch.linalg.solve(moments.source + noise, moments.cross.T).T


def gaussian_transport(moments: Moments) -> Tensor:
    """Matrix (c, c) that turns one Gaussian into the other at the least mean squared displacement.

    S^-1/2 (S^1/2 T S^1/2)^1/2 S^-1/2 (Olkin and Pukelsheim 1982).
    """
    root, inverse = _power(moments.source, 0.5), _power(moments.source, -0.5)
    return inverse @ _power(root @ moments.target @ root, 0.5) @ inverse


def fit_linear(data: TranslationData, recipe: LinearRecipe, run: Run) -> Linear:
    """Ridge from all inputs on weak pairs; without pairs Gaussian optimal transport of the nearest-channel copy.

    Raises TrainingError when too few pairs are complete, ChannelError when channels are missing.
    """
    if data.pairs is not None and len(data.pairs.select("train")):
        moments = pair_moments(data.pairs, data.source.channels, recipe.outputs)
        model = Linear(LinearConfig(data.source.channels, recipe.outputs))
        return model.set(ridge(moments, recipe.ridge_k2), moments.source_mean, moments.target_mean)
    return transported(data, recipe.outputs, recipe.patches, run.seed)


def transported(data: TranslationData, outputs: tuple[str, ...], patches: int, seed: int) -> Linear:
    """Gaussian optimal transport of the nearest-channel copy, from so many unpaired patches with the same strata in both domains.

    Raises ChannelError where an output has no nearest channel, PackError where the domains have no stratum in common.
    """
    positions = data.nearest_positions(outputs)
    samples = unpaired_samples(data, outputs, patches, seed)
    source_mean, source = moments_of(samples.source, samples.weights)
    target_mean, target = moments_of(samples.target, samples.weights)
    near = Moments(source_mean[positions], target_mean, source[positions][:, positions], target, None)
    matrix = torch.zeros(len(outputs), len(data.source.channels), dtype=torch.float64)
    # two outputs may copy the same input, which has one variance to give: their columns add up
    matrix.index_add_(1, torch.tensor(positions), gaussian_transport(near))
    return Linear(LinearConfig(data.source.channels, outputs)).set(matrix, source_mean, target_mean)


def pair_moments(pairs: Pairs, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Moments:
    """Weighted moments of the complete training pairs; raises TrainingError when they are fewer than ten per input."""
    pixels = complete_pixels(pairs, inputs, outputs, "train")
    if (count := len(pixels.weights)) < 10 * len(inputs):
        raise TrainingError(f"{pairs.folder}: {count} complete training pairs, {10 * len(inputs)} are needed")
    both, weights = torch.cat([pixels.source, pixels.target], 1).double(), pixels.weights.double()
    weights = weights / weights.sum()
    mean = weights @ both
    covariance = ((both - mean) * weights[:, None]).T @ (both - mean)
    s = len(inputs)
    return Moments(mean[:s], mean[s:], covariance[:s, :s], covariance[s:, s:], covariance[s:, :s])


def moments_of(tb: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (c,) and covariance (c, c) of the complete pixels of `tb` (n, c, scan, pixel), `weights` (n,) per patch."""
    pixels = tb.movedim(1, -1).flatten(0, 2).double()
    mass = weights.double().repeat_interleave(pixels.shape[0] // len(weights))
    complete = pixels.isfinite().all(1)
    pixels, mass = pixels[complete], mass[complete] / mass[complete].sum()
    mean = mass @ pixels
    return mean, ((pixels - mean) * mass[:, None]).T @ (pixels - mean)


def _power(symmetric: Tensor, exponent: float) -> Tensor:
    """Power of a covariance matrix; variances below a millionth of the largest count as that."""
    values, vectors = torch.linalg.eigh(symmetric)
    return (vectors * values.clamp_min(1e-6 * float(values[-1])) ** exponent) @ vectors.T
