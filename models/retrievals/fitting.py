"""Fitting a network to labelled patches; of one with the head of quantiles, p* too, on what it did not learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from torch import Tensor

from models.losses import pinball, poisson_deviance
from models.retrievals.base import Retrieval, RetrievalData
from models.retrievals.calibration import calibrate_wet_probability
from models.retrievals.labels import LabelledBatch, LabelledBatches
from models.retrievals.quantile_network import QuantileNetwork
from models.training import Phase, Run, Schedule, train

R = TypeVar("R", bound=Retrieval)
N = TypeVar("N", bound=QuantileNetwork)


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted: the schedule, and how many labelled pixels a step enter the loss."""

    schedule: Schedule
    pixels: int


def fit_network(
    make: Callable[[], R],
    data: RetrievalData,
    fitting: Fitting,
    run: Run,
    losses: Callable[[R, LabelledBatch], Mapping[str, Tensor]],
    prepare: Callable[[R, LabelledBatches], None] | None = None,
) -> R:
    """The network that `make` makes, fitted by its `losses` on labelled batches, on the accelerator's device.

    `prepare` sets what follows from the batches before the first step. Raises ChannelError, PackError or TrainingError.
    """
    with run.session():
        model = make()
        batches = LabelledBatches(
            data.pack, model.channels, fitting.schedule.batch, fitting.pixels, run.seed, run.accelerator.device
        )
        if prepare is not None:
            prepare(model, batches)
        model.to(run.accelerator.device)
        phase: Phase[LabelledBatch] = Phase(list(model.parameters()), lambda batch: losses(model, batch))
        return train(model, [phase], batches.draw, fitting.schedule, run)


def fit_quantiles(make: Callable[[], N], data: RetrievalData, fitting: Fitting, run: Run) -> N:
    """`fit_network` by pinball loss and Poisson deviance on normalised TB.

    p* is set on the pack's validation patches where it has some.
    """
    model = fit_network(make, data, fitting, run, _losses, lambda one, batches: one.normalisation.fit(*batches.sample(1024)))
    if len(data.pack.select("validation")):
        with run.session():
            model.config = replace(model.config, wet_probability=calibrate_wet_probability(model, data.pack))
    return model


def _losses(model: QuantileNetwork, batch: LabelledBatch) -> dict[str, Tensor]:
    quantiles, mean = model.head(model.features(batch.tb).flatten(0, 2)[batch.places])
    return {
        "pinball_mm_h": pinball(quantiles, model.levels, batch.rain, batch.weights),
        "mean_deviance": poisson_deviance(mean, batch.rain, batch.weights),
    }
