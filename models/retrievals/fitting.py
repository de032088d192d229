"""Fitting a network with the head of quantiles to labelled patches, and p* on what it did not learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

from models.losses import pinball, poisson_deviance
from models.retrievals.base import RetrievalData
from models.retrievals.calibration import calibrate
from models.retrievals.labels import LabelledBatch, LabelledBatches
from models.retrievals.quantile_network import QuantileNetwork
from models.retrievals.validation import ValidationBatches
from models.schedule import Schedule
from models.training import Phase, Run, train

N = TypeVar("N", bound=QuantileNetwork)


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted: the schedule, and how many labelled pixels a step enter the loss."""

    schedule: Schedule
    pixels: int


def fit_quantiles(make: Callable[[], N], data: RetrievalData, fitting: Fitting, run: Run) -> N:
    """The network that `make` makes, fitted by pinball loss and Poisson deviance, on the accelerator's device.

    Where the pack has validation patches, the weights that have the lowest pinball loss on some of them are kept, see
    `Schedule.patience`, and p* is set on all of them. Raises ChannelError, PackError or TrainingError.
    """
    with run.session():
        model = make()
        batches = LabelledBatches(
            data.pack, model.channels, fitting.schedule.batch, fitting.pixels, run.seed, run.accelerator.device
        )
        model.normalisation.fit(*batches.sample(1024))
        model.to(run.accelerator.device)
        phase: Phase[LabelledBatch] = Phase(list(model.parameters()), lambda batch: _losses(model, batch))
        held_out = ValidationBatches(data.pack, model.channels, run.accelerator.device)
        validate = (lambda average: _validation_loss(average, held_out)) if held_out.pixels else None
        model = train(model, [phase], batches.draw, fitting.schedule, run, validate=validate)
        return calibrate(model, data.pack)


def _losses(model: QuantileNetwork, batch: LabelledBatch) -> dict[str, Tensor]:
    quantiles, mean = model.head(_features(model, batch))
    return {
        "pinball_mm_h": pinball(quantiles, model.levels, batch.rain, batch.weights),
        "mean_deviance": poisson_deviance(mean, batch.rain, batch.weights),
    }


def _features(model: QuantileNetwork, batch: LabelledBatch) -> Tensor:
    """Features (n, feature) of the labelled pixels; where no neighbour is seen, no other pixel passes through the network."""
    if model.receptive_radius:
        return model.features(batch.tb).flatten(0, 2)[batch.places]
    pixels = batch.tb.movedim(1, -1).flatten(0, 2)[batch.places]
    return model.features(pixels.T[None, :, :, None]).flatten(0, 2)


def _validation_loss(model: QuantileNetwork, batches: ValidationBatches) -> float:
    """Pinball loss in mm/h over all pixels: about half the CRPS."""
    return sum(float(_losses(model, batch)["pinball_mm_h"]) * len(batch.rain) for batch in batches) / batches.pixels
