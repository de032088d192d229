"""A U-Net on patches of overlaps: the spatial filter and what a network finds beyond it, fitted to GMI's own values nearby.

Weak pairs are up to a quarter of an hour apart: rain has moved, and whatever is fitted to TB alone returns an average of what may
be there, from which DRAIN retrieves too little rain. So the rain may enter the loss. A frozen retrieval's quantiles on the
translated TB are a forecast of what it retrieves from GMI's own TB, and are scored as one, by their pinball loss on draws from
that: it is lowest where they say what can be known, blurred where it must be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.errors import TrainingError
from models.networks.layers import channels_last, convolution, zeroed
from models.networks.unet import UNet
from models.normalisation import Ranges, Whitening
from models.packs import Pack, channel_positions
from models.retrievals.base import Retrieval
from models.retrievals.fitting import forecast_losses
from models.sampling import StratifiedSampler, mirror
from models.schedule import Schedule, Scheduled
from models.training import Phase, Run, train
from models.translators.base import OUTPUTS, TranslationData, Translator
from models.translators.spatial_filter import SpatialFilter, SpatialFilterConfig, SpatialFilterRecipe, fit_spatial_filter

CONDITIONS = ("incidence", "land_fraction")
"""Of a pixel, the last one for the filter too. Place along the scan and latitude would let a few overlaps be learnt by heart."""
HUBER_K = 2.0
"""Where squared error becomes absolute: rain that moved is worth no more than this."""
VALIDATION_PATCHES = 256


@dataclass(frozen=True)
class PairedUNetConfig:
    """Channels in order, features per level of the U-Net, the filter's window."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    widths: tuple[int, ...]
    window: int


class PairedUNet(Translator):
    """The filter, and a correction of it that is zero before training."""

    kind: ClassVar[str] = "paired_unet"
    config_class: ClassVar[type] = PairedUNetConfig
    scale: Tensor
    """(output,) K: what the filter leaves, the size of a correction of one."""

    def __init__(self, config: PairedUNetConfig) -> None:
        super().__init__(config.inputs, config.outputs, CONDITIONS)
        self.config = config
        self.filter = SpatialFilter(SpatialFilterConfig(config.inputs, config.outputs, config.window, by_surface=True))
        self.normalisation, self.ranges = Whitening(len(config.inputs)), Ranges(len(CONDITIONS))
        self.network = UNet(len(config.inputs) + len(CONDITIONS), config.widths)
        self.head = zeroed(convolution(config.widths[0], len(config.outputs), 1))
        self.register_buffer("scale", torch.ones(len(config.outputs)))
        self.multiple = self.network.multiple
        self.receptive_radius = max(self.network.receptive_radius, self.filter.receptive_radius)
        channels_last(self)

    def forward(self, given: Tensor) -> Tensor:
        """The filter in float32, the correction in the precision of the context."""
        tb, beside = given[:, : len(self.inputs)], given[:, len(self.inputs) :]
        features = torch.cat([self.normalisation(tb), self.ranges(beside)], dim=1)
        correction = self.head(self.network(features.contiguous(memory_format=torch.channels_last)))
        return self.filter(torch.cat([tb, beside[:, -1:]], dim=1)) + self.scale[:, None, None] * correction.float()


@dataclass(frozen=True)
class PairedUNetRecipe(Scheduled):
    """Size and training; `rain` is the weight of the rain's loss in mm/h beside that of TB in deviations, 0: TB alone."""

    schedule: Schedule
    widths: tuple[int, ...]
    rain: float = 0.0
    outputs: tuple[str, ...] = OUTPUTS
    filter: SpatialFilterRecipe = field(default_factory=SpatialFilterRecipe)


def sizes(rain: float) -> dict[str, PairedUNetRecipe]:
    """Recipes by size, the rain's loss weighted so."""
    return {
        # about 90 s on two processor cores with patches of 32 x 32, 180 s with the rain's loss
        "demo": PairedUNetRecipe(
            Schedule(steps=800, batch=16, learning_rate=1e-3, warm_up=50, weight_decay=1e-4, average=0.99, validate_every=100),
            widths=(32, 48, 64),
            rain=rain,
        ),
        "published": PairedUNetRecipe(
            Schedule(steps=100_000, batch=64, learning_rate=5e-4, warm_up=1000, weight_decay=1e-4, average=0.9995, patience=20),
            widths=(64, 128, 256, 512),
            rain=rain,
        ),
    }


def fit_paired_unet(data: TranslationData, recipe: PairedUNetRecipe, run: Run) -> PairedUNet:
    """The network with the lowest loss on validation overlaps, on the accelerator's device; its first weights are the filter's.

    Raises what `fit_spatial_filter` raises, and TrainingError where the rain's loss is asked for without a retrieval.
    """
    if recipe.rain and not data.retrievals:
        raise TrainingError(
            "the rain's loss needs a retrieval other than the one that judges, and there is none: train DRAIN with more seeds"
        )
    with run.session():
        base = fit_spatial_filter(data, replace(recipe.filter, outputs=recipe.outputs), run)
        assert data.overlaps is not None
        model = PairedUNet(PairedUNetConfig(base.inputs, recipe.outputs, recipe.widths, recipe.filter.window))
        batches = _Batches(data.overlaps, recipe, run)
        _start(model, base, batches.sample(512))
        fitting = _Fitting(recipe, data.retrievals if recipe.rain else (), run.accelerator.device)
        held_out = batches.held_out()
        phase: Phase[_Batch] = Phase(list(model.parameters()), lambda batch: fitting.losses(model, batch))
        validate = (lambda average: fitting.error(average, held_out)) if held_out else None
        return train(model.to(run.accelerator.device), [phase], batches.draw, recipe.schedule, run, validate=validate)


def _start(model: PairedUNet, base: SpatialFilter, sample: _Batch) -> None:
    """Set what is known before training."""
    model.filter.load_state_dict(base.state_dict())
    model.normalisation.fit(sample.given[:, : len(model.inputs)])
    beside = sample.given[:, len(model.inputs) :].movedim(1, -1).flatten(0, 2)
    model.ranges.fit(beside[beside.isfinite().all(dim=1)])
    left = sample.target - base(sample.given[:, [*range(len(model.inputs)), -1]].nan_to_num(nan=230.0))
    model.scale.copy_(torch.stack([each[each.isfinite()].std() for each in left.movedim(1, 0)]).clamp_min(0.5))


class _Batch(NamedTuple):
    """What the model reads (batch, read, scan, pixel) and GMI's TB there (batch, output, scan, pixel) in K, NaN where unknown.

    The retrieval numbered `which` judges it by a sample of GMI's rain, which lies at the level `draw` of every distribution.
    """

    given: Tensor
    target: Tensor
    which: int
    draw: float


class _Batches:
    """Overlap patches by rain stratum, half of them mirrored across the scan; the batch of a step follows from seed and step.

    Strata are told from the partner's own TB, so that rare rain may be drawn more often without a weight: what is best to say
    given these TB stays the same.
    """

    def __init__(self, pack: Pack, recipe: PairedUNetRecipe, run: Run) -> None:
        self.pack, self.size, self.seed, self.device = pack, recipe.schedule.batch, run.seed, run.accelerator.device
        self.positions = channel_positions(recipe.outputs, pack.info.target_channels)
        self.sampler = StratifiedSampler([pack], "train")

    def draw(self, step: int) -> _Batch:
        """The batch of a step, on the device."""
        generator = np.random.default_rng([self.seed, step])
        (chosen,) = self.sampler.draw(self.size, generator).indices
        mirrored = generator.random(self.size) < 0.5
        read = self._read(chosen, int(generator.integers(2**16)), float(generator.random()))
        return read._replace(given=mirror(read.given, mirrored), target=mirror(read.target, mirrored))

    def sample(self, size: int) -> _Batch:
        """As many training patches."""
        (chosen,) = self.sampler.draw(size, np.random.default_rng(self.seed)).indices
        read = self._read(chosen, 0, 0.5)
        return read._replace(given=read.given.cpu(), target=read.target.cpu())

    def held_out(self) -> list[_Batch]:
        """Validation patches, the same each time, spread evenly; maybe none."""
        chosen = self.pack.select("validation")
        chosen = chosen[np.unique(np.linspace(0, len(chosen) - 1, min(VALIDATION_PATCHES, len(chosen))).astype(int))]
        parts = [chosen[first : first + 32] for first in range(0, len(chosen), 32)]
        return [self._read(part, number, (number + 0.5) / len(parts)) for number, part in enumerate(parts)]

    def _read(self, chosen: NDArray[np.int64], which: int, draw: float) -> _Batch:
        given = torch.cat([self.pack.tb(chosen, self.device), self.pack.conditions(CONDITIONS, chosen, self.device)], dim=1)
        return _Batch(given, self.pack.target(chosen, self.device)[:, self.positions], which, draw)


class _Fitting:
    """What a network loses by, on TB and on the rain of retrievals, one of them a step."""

    def __init__(self, recipe: PairedUNetRecipe, retrievals: Sequence[Retrieval], device: str) -> None:
        self.weight, self.outputs = recipe.rain, recipe.outputs
        self.retrievals = [one.to(device).eval().requires_grad_(False) for one in retrievals]
        self.positions = [channel_positions(one.channels, recipe.outputs) for one in self.retrievals]

    def losses(self, model: PairedUNet, batch: _Batch) -> dict[str, Tensor]:
        """Named scalars to be minimised."""
        tb = batch.given[:, : len(model.inputs)]
        filled = torch.where(torch.isnan(tb), model.normalisation.mean[:, None, None], tb)
        made = model(torch.cat([filled, batch.given[:, len(model.inputs) :].nan_to_num()], dim=1))
        known = batch.target.isfinite() & tb.isfinite().all(dim=1, keepdim=True)
        error = functional.huber_loss(made, batch.target.nan_to_num(), reduction="none", delta=HUBER_K)
        losses = {"huber": ((error / (HUBER_K * model.scale[:, None, None])) * known).sum() / known.sum().clamp_min(1)}
        if self.retrievals:
            losses |= self._rain(made, batch, known.all(dim=1))
        return losses

    def _rain(self, made: Tensor, batch: _Batch, known: Tensor) -> Mapping[str, Tensor]:
        """The retrieval on translated TB as a forecast of its own on GMI's; where GMI saw nothing both see the translation."""
        number = batch.which % len(self.retrievals)
        retrieval, order = self.retrievals[number], self.positions[number]
        with torch.no_grad():
            there = retrieval.predict(torch.where(batch.target.isfinite(), batch.target, made)[:, order])
            rain, mean = there.quantile(batch.draw)[known], there.mean[known]
        said = retrieval(made[:, order]).movedim(1, -1)[known]
        losses = forecast_losses(said[:, :-1], said[:, -1], retrieval.levels, rain, mean, torch.ones_like(rain))
        names = "rain_pinball", "rain_places", "rain_mean"
        return {name: self.weight * loss for name, loss in zip(names, losses, strict=True)}

    def error(self, model: PairedUNet, held_out: Sequence[_Batch]) -> float:
        """The mean of all losses over held-out patches."""
        return sum(float(sum(self.losses(model, batch).values())) for batch in held_out) / len(held_out)
