"""Fitting networks to labelled patches: the loop, what validates, and for the head of quantiles its losses and calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

from models.losses import pinball, poisson_deviance
from models.retrievals.balance import balance
from models.retrievals.base import Retrieval, RetrievalData
from models.retrievals.calibration import calibrate
from models.retrievals.head import to_place
from models.retrievals.labels import LabelledBatch, LabelledBatches
from models.retrievals.quantile_network import QuantileNetwork
from models.retrievals.validation import ValidationBatches
from models.schedule import Schedule
from models.training import Phase, Run, train

R = TypeVar("R", bound=Retrieval)
N = TypeVar("N", bound=QuantileNetwork)

Losses = Callable[[R, LabelledBatch], Mapping[str, Tensor]]

PLACES = 4.0
"""Weight of the pinball loss of places on the unit interval beside that of rain in mm/h. Both are lowest at the same quantiles;
rain alone leaves those near zero untaught, where 0.02 mm/h too much cost nothing, and of likely rain a fifth fell below q0.05."""


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted: the schedule, how many labelled pixels a step enter the loss, which share of patches is turned."""

    schedule: Schedule
    pixels: int
    turned: float = 0.0
    """See `LabelledBatches`."""


class NetworkRecipe:
    """A recipe with a `fitting`: as many steps are reported as it has."""

    fitting: Fitting

    @property
    def steps(self) -> int:
        """Steps that are reported."""
        return self.fitting.schedule.steps


def fit_network(
    make: Callable[[], R],
    data: RetrievalData,
    fitting: Fitting,
    run: Run,
    losses: Losses[R],
    prepare: Callable[[R, LabelledBatches], None] | None = None,
) -> R:
    """The network that `make` makes, fitted by its `losses` on labelled batches, on the accelerator's device.

    `prepare` sets what follows from the batches before the first step. Where the pack has validation patches, the weights that
    have the lowest sum of losses on some of them are kept, see `Schedule.patience`. Raises ChannelError, PackError or
    TrainingError.
    """
    schedule, device = fitting.schedule, run.accelerator.device
    with run.session():
        model = make()
        batches = LabelledBatches(data.pack, model.channels, schedule.batch, fitting.pixels, run.seed, device, fitting.turned)
        if prepare is not None:
            prepare(model, batches)
        model.to(device)
        phase: Phase[LabelledBatch] = Phase(list(model.parameters()), lambda batch: losses(model, batch))
        held_out = ValidationBatches(data.pack, model.channels, device)
        validate = (lambda average: _validation_loss(average, held_out, losses)) if held_out.pixels else None
        return train(model, [phase], batches.draw, schedule, run, validate=validate)


def fit_quantiles(make: Callable[[], N], data: RetrievalData, fitting: Fitting, run: Run) -> N:
    """`fit_network` by pinball losses and Poisson deviance on normalised TB.

    The mean is balanced on training patches, levels on these and validation ones. p* is set on the pack's validation patches
    where it has some.
    """
    model = fit_network(make, data, fitting, run, _losses, lambda one, batches: one.normalisation.fit(*batches.sample(1024)))
    with run.session():
        return calibrate(balance(model, data.pack), data.pack)


def _losses(model: QuantileNetwork, batch: LabelledBatch) -> dict[str, Tensor]:
    quantiles, mean = model.head(_features(model, batch))
    losses = forecast_losses(quantiles, mean, model.levels, batch.rain, batch.rain, batch.weights)
    return dict(zip(("pinball_mm_h", "pinball_places", "mean_deviance"), losses, strict=True))


def forecast_losses(
    quantiles: Tensor, mean: Tensor, levels: Tensor, rain: Tensor, expected: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Pinball losses of `quantiles` (n, level) for `rain` (n,) in mm/h and in places, and the Poisson deviance of `mean` (n,).

    The mean is held against what is `expected` (n,), which is `rain` itself where that is known.
    """
    return (
        pinball(quantiles, levels, rain, weights),
        PLACES * pinball(to_place(quantiles), levels, to_place(rain), weights),
        poisson_deviance(mean, expected, weights),
    )


def _features(model: QuantileNetwork, batch: LabelledBatch) -> Tensor:
    """Features (n, feature) of the labelled pixels; where no neighbour is seen, no other pixel passes through the network."""
    if model.receptive_radius:
        return model.features(batch.tb).flatten(0, 2)[batch.places]
    pixels = batch.tb.movedim(1, -1).flatten(0, 2)[batch.places]
    return model.features(pixels.T[None, :, :, None]).flatten(0, 2)


def _validation_loss(model: R, batches: ValidationBatches, losses: Losses[R]) -> float:
    """The sum of losses over all pixels."""
    return sum(float(sum(losses(model, batch).values())) * len(batch.rain) for batch in batches) / batches.pixels
