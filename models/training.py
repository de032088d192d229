"""The training loop, one for all: phases with an optimiser each, warm-up and decay, clipping, an average of the weights.

Length is counted in steps, never in seconds, and what is random within a step follows from seed and step: the same seed gives the
same weights on the processor whatever else the machine does, and however often the run is interrupted and taken up again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel

from models.accelerator import CPU, Accelerator, seed
from models.early_stopping import EarlyStopping
from models.errors import TrainingError
from models.resumption import Keeper, State
from models.schedule import Schedule

Report = Callable[[int, Mapping[str, float]], None]
"""Called every so many steps with the step and the mean losses since the last call."""


def silent(step: int, metrics: Mapping[str, float]) -> None:
    """The report that says nothing."""


@dataclass(frozen=True)
class Run:
    """One training run: its seed, where it runs, whom it tells, and the folder where it is kept while it is unfinished.

    With `keep` a run that was interrupted goes on from its last report. The folder is the caller's to remove, once what was
    trained is safe.
    """

    seed: int = 0
    accelerator: Accelerator = CPU
    report: Report = silent
    keep: Path | None = None

    def session(self) -> AbstractContextManager[None]:
        """See `Accelerator.session`."""
        return self.accelerator.session(self.seed)


B = TypeVar("B")
M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Phase(Generic[B]):
    """One optimiser's part of a step: `losses` maps a batch to named scalars whose sum is minimised over `parameters`.

    `rate` is a factor of the schedule's learning rate.
    """

    parameters: Sequence[nn.Parameter]
    losses: Callable[[B], Mapping[str, Tensor]]
    rate: float = 1.0


def train(
    model: M,
    phases: Sequence[Phase[B]],
    draw: Callable[[int], B],
    schedule: Schedule,
    run: Run,
    *,
    whole: nn.Module | None = None,
    validate: Callable[[M], float] | None = None,
) -> M:
    """Run every phase on the batch of every step and return the average of `model` over the steps, in evaluation mode.

    `whole` is the module with all that training changes, `model` itself unless given. With `validate`, a loss of the average,
    the average that validated best is returned, and the schedule's patience may end training early; reports then carry
    `validation_loss`. Raises TrainingError when a loss is not finite, at the report that follows, and where `run.keep` holds the
    state of another run.
    """
    averaged = AveragedModel(model, multi_avg_fn=_warming_average(schedule.average))
    optimisers = [
        torch.optim.AdamW(phase.parameters, schedule.learning_rate, betas=schedule.betas, weight_decay=schedule.weight_decay)
        for phase in phases
    ]
    stopping = EarlyStopping(schedule.patience)
    state = State(model if whole is None else whole, averaged, optimisers, stopping)
    keeper = Keeper(run.keep, schedule, run.seed, state.module)
    keeper.restore(state)
    tally = _Tally(state.step)
    model.train()
    while state.step < schedule.steps and not stopping.exhausted:
        state.step += 1
        seed(run.seed, state.step)
        batch = draw(state.step)
        for phase, optimiser in zip(phases, optimisers, strict=True):
            tally.add(_descend(phase, optimiser, batch, schedule, state.step, run.accelerator))
        averaged.update_parameters(model)
        validated = validate is not None and schedule.due(schedule.validate_every, state.step)
        if validated or schedule.due(schedule.report_every, state.step):
            metrics = tally.means(state.step)
            if validate and validated:
                metrics["validation_loss"] = _validate(validate, cast(M, averaged.module), stopping)
            run.report(state.step, _finite(metrics, state.step))
            keeper.save(state)
    return cast(M, stopping.best(averaged.module).eval())


def _descend(
    phase: Phase[B], optimiser: torch.optim.Optimizer, batch: B, schedule: Schedule, step: int, accelerator: Accelerator
) -> Mapping[str, Tensor]:
    """A step of one phase; the losses before it."""
    for group in optimiser.param_groups:
        group["lr"] = phase.rate * schedule.learning_rate * schedule.rate(step - 1)
    with accelerator.autocast():
        losses = phase.losses(batch)
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(torch.stack(list(losses.values())).sum())
    clip_grad_norm_(phase.parameters, schedule.clip)
    optimiser.step()
    return losses


def _validate(validate: Callable[[M], float], average: M, stopping: EarlyStopping) -> float:
    with torch.no_grad():
        loss = validate(average.eval())
    stopping.see(loss, average)
    return loss


def _finite(metrics: Mapping[str, float], step: int) -> Mapping[str, float]:
    broken = [name for name, mean in metrics.items() if not math.isfinite(mean)]
    if broken:
        raise TrainingError(f"{', '.join(broken)} not finite in the report of step {step}: lower the learning rate")
    return metrics


class _Tally:
    """Sums losses where they are, so that only a report waits for the device."""

    def __init__(self, last: int) -> None:
        self.last, self.sums = last, dict[str, Tensor]()

    def add(self, losses: Mapping[str, Tensor]) -> None:
        for name, loss in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + loss.detach()

    def means(self, step: int) -> dict[str, float]:
        """Means since the last call."""
        means = {name: float(total) / (step - self.last) for name, total in self.sums.items()}
        self.sums, self.last = {}, step
        return means


_Tensors = tuple[Tensor, ...] | list[Tensor]


def _warming_average(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Exponential average whose memory grows with the steps made, so that short runs forget their start."""

    def update(averages: _Tensors, current: _Tensors, count: Tensor | int) -> None:
        made = float(count)
        torch._foreach_lerp_(averages, current, 1 - min(decay, (1 + made) / (10 + made)))

    return update
