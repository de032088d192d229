"""DRAIN: rain rate as 99 quantiles from GMI's 37 and 89 GHz images (after Viltard et al. 2020 and arXiv 2303.01220).

Published are the inputs, the U-Net, the 99 quantiles and the labels; widths, normalisation, head and loss details are choices
made here. The rain of a quantile is `limit * expm1(k u) / expm1(k)`: bounded by construction, logarithmic in between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from models.errors import ChannelError, TrainingError
from models.losses import pinball, poisson_deviance
from models.networks.layers import channels_last
from models.networks.unet import UNet
from models.normalisation import Normalisation, fill_nearest
from models.packs import Pack, channel_positions
from models.prediction import QuantilePrediction
from models.sampling import StratifiedSampler, mirror
from models.tiling import by_blocks
from models.training import CPU, Accelerator, Phase, Report, Schedule, silent, train

LOWEST, STEP, MEAN = -6.0, -4.0, -3.0
"""What the head says at first: the logit of the lowest quantile's place, the steps before softplus, the logit of the mean's."""
CHANNELS = ("36.64V", "36.64H", "89V", "89H")


@dataclass(frozen=True)
class DrainConfig:
    """What a DRAIN is; travels with its weights."""

    channels: tuple[str, ...] = CHANNELS
    widths: tuple[int, ...] = (64, 128, 256, 512, 512)
    """Features per level of the U-Net."""
    levels: int = 99
    rain_limit_mm_h: float = 150.0
    curvature: float = 10.0
    """k: with 10 half of the unit interval lies below 1 mm/h."""
    wet_threshold_mm_h: float = 0.1
    wet_probability: float = 0.5
    """p*: a pixel is wet where P(rain >= threshold) reaches it; see `calibrate_wet_probability`."""


class Drain(nn.Module):
    """TB (batch, channel, scan, pixel) in K to rain quantiles in mm/h."""

    kind: ClassVar[str] = "drain"
    config_class: ClassVar[type] = DrainConfig
    levels: Tensor

    def __init__(self, config: DrainConfig) -> None:
        super().__init__()
        self.config = config
        self.normalisation = Normalisation(len(config.channels))
        self.network = UNet(len(config.channels), config.widths)
        self.head = nn.Linear(config.widths[0], config.levels + 1)
        self.register_buffer("levels", torch.arange(1, config.levels + 1) / (config.levels + 1))
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        with torch.no_grad():  # start dry: from 0.0002 to 0.001 mm/h
            self.head.bias[:-1] = STEP
            self.head.bias[0], self.head.bias[-1] = LOWEST, MEAN
        channels_last(self)

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the input channels in order."""
        return self.config.channels

    @property
    def receptive_radius(self) -> int:
        """Pixels (and scans) around a pixel that its rain may depend on."""
        return self.network.receptive_radius

    def features(self, tb: Tensor) -> Tensor:
        """What the head reads: (batch, scan, pixel, feature)."""
        normalised = self.normalisation(tb).contiguous(memory_format=torch.channels_last)
        return self.network(normalised).movedim(1, -1)

    def rain(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Quantiles (..., level) and mean (...) in mm/h of features (..., feature).

        The lowest quantile has a place of its own on the line of logits, every next one a positive step from it: so all move
        together where rain is certain. (Shares of the unit interval that sum to one, as they were, let the network shift where
        quantiles jump from dry to wet only by moving a peak along the levels: it stayed at 0.55 however hard it rained.)
        """
        with torch.autocast(features.device.type, enabled=False):
            raw = self.head(features.float())
            steps = torch.cat([raw[..., :1], nn.functional.softplus(raw[..., 1:-1])], dim=-1)
            places = torch.sigmoid(steps.cumsum(dim=-1))
            return self._to_rain(places), self._to_rain(torch.sigmoid(raw[..., -1]))

    def _to_rain(self, places: Tensor) -> Tensor:
        k = self.config.curvature
        return torch.expm1(k * places) * (self.config.rain_limit_mm_h / math.expm1(k))

    @torch.no_grad()
    def predict(self, tb: Tensor) -> QuantilePrediction:
        """Rain of whole swaths of any size from `tb` (batch, channel, scan, pixel) in K on the model's device.

        Missing TBs take the nearest known value of their channel: rain within `receptive_radius` of one is partly guessed, and
        flagging it is the caller's part. Raises ChannelError for another number of channels.
        """
        if tb.shape[1] != len(self.channels):
            raise ChannelError(f"DRAIN reads {len(self.channels)} channels ({', '.join(self.channels)}), not {tb.shape[1]}")
        both = by_blocks(self._quantiles_and_mean, fill_nearest(tb), self.receptive_radius, self.network.multiple)
        return QuantilePrediction(both[:, :-1], self.levels, both[:, -1])

    def _quantiles_and_mean(self, tb: Tensor) -> Tensor:
        quantiles, mean = self.rain(self.features(tb))
        return torch.cat([quantiles, mean[..., None]], dim=-1).movedim(-1, 1)


@dataclass(frozen=True)
class DrainTraining:
    """How a DRAIN is trained."""

    schedule: Schedule
    pixels: int
    """Labelled pixels a step that enter the loss, drawn at random; neighbours say much the same and 99 quantiles cost."""
    strata: tuple[str, ...] = ("stratum",)


SIZES: dict[str, tuple[DrainConfig, DrainTraining]] = {
    # about 75 s on two processor cores with patches of 32 x 32
    "demo": (
        DrainConfig(widths=(16, 32, 64)),
        DrainTraining(
            Schedule(steps=1500, batch=32, learning_rate=2e-3, warm_up=100, weight_decay=1e-4, average=0.99), pixels=4096
        ),
    ),
    # the size the publications suggest; for a GPU
    "published": (
        DrainConfig(),
        DrainTraining(Schedule(steps=100_000, batch=64, learning_rate=5e-4, warm_up=1000, weight_decay=1e-4), pixels=65_536),
    ),
}


def train_drain(
    pack: Pack,
    config: tuple[DrainConfig, DrainTraining] = SIZES["demo"],
    seed: int = 0,
    accelerator: Accelerator = CPU,
    report: Report = silent,
) -> Drain:
    """DRAIN trained on a labelled pack that has its channels; p* is set on the pack's validation patches where it has some.

    Rain strata are drawn equally often and weighted back to climatology: the same quantiles with less noise in the tail.
    The result is on the accelerator's device. Raises ChannelError, PackError or TrainingError.
    """
    network, training = config
    with accelerator.session(seed):
        drain = Drain(network)
        batches = _Batches(pack, network.channels, training, seed, accelerator.device)
        drain.normalisation.fit(*batches.sample(1024))
        drain.to(accelerator.device)
        phase: Phase[_TrainingBatch] = Phase(list(drain.parameters()), lambda batch: _losses(drain, batch))
        drain = train(drain, [phase], batches.draw, training.schedule, accelerator, report)
        if len(pack.select("validation")):
            drain.config = replace(network, wet_probability=calibrate_wet_probability(drain, pack))
    return drain


def calibrate_wet_probability(drain: Drain, pack: Pack, split: str = "validation") -> float:
    """The p* that maximises the critical success index of `P(rain >= threshold) >= p*` over the labelled pixels of a split.

    Climatologically weighted. Raises TrainingError when no labelled pixel of the split is wet.
    """
    positions, threshold = channel_positions(drain.channels, pack.channels), drain.config.wet_threshold_mm_h
    device, bins = drain.levels.device, len(drain.levels)
    mass = np.zeros((2, bins + 1))
    for chosen in np.array_split(pack.select(split), max(1, len(pack.select(split)) // 64)):
        rain = pack.rain(chosen).numpy()
        probability = drain.predict(pack.tb(chosen, device)[:, positions]).exceedance(threshold).cpu().numpy()
        known = np.isfinite(rain) & np.isfinite(probability)
        weights = np.broadcast_to(pack.index["weight"][chosen][:, None, None], rain.shape)
        bin_number = np.floor(probability[known] * bins).astype(int)
        np.add.at(mass, ((rain[known] >= threshold).astype(int), bin_number), weights[known])
    false, hits = mass[:, ::-1].cumsum(axis=1)[:, ::-1]  # at p* = bin / bins and above
    wet = hits[0]
    if wet == 0:
        raise TrainingError(f"{pack.folder}: no labelled {split} pixel reaches {threshold:g} mm/h, so p* cannot be chosen")
    best = 1 + int(np.argmax((hits / (wet + false))[1:bins]))
    return best / bins


class _TrainingBatch(NamedTuple):
    """TB (batch, channel, scan, pixel) in K; numbers of labelled pixels in the flattened batch, their rain and weight (n,)."""

    tb: Tensor
    places: Tensor
    rain: Tensor
    weights: Tensor


class _Batches:
    """Stratified batches of a labelled pack, half of the patches mirrored across the scan."""

    def __init__(self, pack: Pack, channels: tuple[str, ...], training: DrainTraining, seed: int, device: str) -> None:
        self.pack, self.training, self.device = pack, training, device
        self.positions = channel_positions(channels, pack.channels)
        self.sampler = StratifiedSampler([pack], "train", training.strata)
        self.generator = np.random.default_rng(seed)

    def sample(self, size: int) -> tuple[Tensor, Tensor]:
        """TB and weights of as many patches."""
        (chosen,), weights = self.sampler.draw(size, self.generator)
        return self.pack.tb(chosen)[:, self.positions], torch.from_numpy(weights)

    def draw(self) -> _TrainingBatch:
        """The next batch, on the device."""
        (chosen,), weights = self.sampler.draw(self.training.schedule.batch, self.generator)
        mirrored = self.generator.random(len(chosen)) < 0.5
        tb = mirror(self.pack.tb(chosen, self.device)[:, self.positions], mirrored)
        rain = mirror(self.pack.rain(chosen), mirrored).numpy()
        labelled = np.flatnonzero(np.isfinite(rain.ravel()))
        places = self.generator.permutation(labelled)[: self.training.pixels]
        there = places, rain.ravel()[places], weights[places // rain[0].size]
        return _TrainingBatch(tb, *(torch.from_numpy(each).to(self.device) for each in there))


def _losses(drain: Drain, batch: _TrainingBatch) -> dict[str, Tensor]:
    features = drain.features(batch.tb).flatten(0, 2)[batch.places]
    quantiles, mean = drain.rain(features)
    return {
        "pinball_mm_h": pinball(quantiles, drain.levels, batch.rain, batch.weights),
        "mean_deviance": poisson_deviance(mean, batch.rain, batch.weights),
    }
