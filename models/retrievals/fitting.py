"""Fitting a network with the head of quantiles to labelled patches, and p* on what it did not learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from torch import Tensor

from models.losses import pinball, poisson_deviance
from models.retrievals.balance import balancing_factor
from models.retrievals.base import RetrievalData
from models.retrievals.calibration import calibrate_wet_probability
from models.retrievals.labels import LabelledBatch, LabelledBatches
from models.retrievals.quantile_network import QuantileNetwork
from models.training import Phase, Run, Schedule, train

N = TypeVar("N", bound=QuantileNetwork)


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted: the schedule, how many labelled pixels a step enter the loss, which share of patches is turned."""

    schedule: Schedule
    pixels: int
    turned: float = 0.0
    """See `LabelledBatches`."""


def fit_quantiles(make: Callable[[], N], data: RetrievalData, fitting: Fitting, run: Run) -> N:
    """The network that `make` makes, fitted by pinball loss and Poisson deviance, on the accelerator's device.

    The mean is balanced on training patches; p* is set on the pack's validation patches where it has some.
    Raises ChannelError, PackError or TrainingError.
    """
    with run.session():
        model = make()
        schedule, device = fitting.schedule, run.accelerator.device
        batches = LabelledBatches(data.pack, model.channels, schedule.batch, fitting.pixels, run.seed, device, fitting.turned)
        model.normalisation.fit(*batches.sample(1024))
        model.to(run.accelerator.device)
        phase: Phase[LabelledBatch] = Phase(list(model.parameters()), lambda batch: _losses(model, batch))
        model = train(model, [phase], batches.draw, fitting.schedule, run)
        model.config = replace(model.config, mean_factor=balancing_factor(model, data.pack))
        if len(data.pack.select("validation")):
            model.config = replace(model.config, wet_probability=calibrate_wet_probability(model, data.pack))
    return model


def _losses(model: QuantileNetwork, batch: LabelledBatch) -> dict[str, Tensor]:
    quantiles, mean = model.head(model.features(batch.tb).flatten(0, 2)[batch.places])
    return {
        "pinball_mm_h": pinball(quantiles, model.levels, batch.rain, batch.weights),
        "mean_deviance": poisson_deviance(mean, batch.rain, batch.weights),
    }
