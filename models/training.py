"""The training loop, one for all: phases with an optimiser each, warm-up and decay, clipping, an average of the weights.

Length is counted in steps, never in seconds, so the same seed gives the same weights whatever else the machine does.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel

from models.errors import TrainingError

Report = Callable[[int, Mapping[str, float]], None]
"""Called every so many steps with the step and the mean losses since the last call."""


def silent(step: int, metrics: Mapping[str, float]) -> None:
    """The report that says nothing."""


@dataclass(frozen=True)
class Accelerator:
    """Where and how precisely a network is trained: `device` as torch names it; `precision` of matrix products.

    `threads` of the processor, None for torch's choice. `bfloat16` is autocast: weights, losses and norms stay float32.
    """

    device: str = "cpu"
    precision: Literal["float32", "bfloat16"] = "float32"
    threads: int | None = None

    def autocast(self) -> torch.autocast:
        """The context of a forward pass."""
        return torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.precision == "bfloat16")

    @contextmanager
    def session(self, seed: int) -> Iterator[None]:
        """Seeds torch and sets its threads; both are as they were afterwards."""
        threads = torch.get_num_threads()
        cuda = [torch.device(self.device)] if torch.device(self.device).type == "cuda" else []
        with torch.random.fork_rng(devices=cuda):
            torch.manual_seed(seed)
            torch.set_num_threads(self.threads or threads)
            try:
                yield
            finally:
                torch.set_num_threads(threads)


CPU = Accelerator()


@dataclass(frozen=True)
class Run:
    """One training run: its seed, where it runs, and whom it tells."""

    seed: int = 0
    accelerator: Accelerator = CPU
    report: Report = silent

    def session(self) -> AbstractContextManager[None]:
        """See `Accelerator.session`."""
        return self.accelerator.session(self.seed)


DECAYS: dict[str, Callable[[float], float]] = {
    "cosine": lambda progress: 0.5 * (1 + math.cos(math.pi * progress)),
    "half_linear": lambda progress: min(1.0, 2 * (1 - progress)),
}
"""Factor of the learning rate after a share of the steps; `half_linear` is CycleGAN's: constant, then linear to zero."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: what a training run needs beside the network and the data."""

    steps: int
    batch: int
    learning_rate: float
    warm_up: int = 0
    decay: Literal["cosine", "half_linear"] = "cosine"
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    clip: float = 1.0
    """Largest norm of a phase's gradient."""
    average: float = 0.999
    """Decay of the exponential average of the weights that is kept."""
    report_every: int = 100

    def rate(self, step: int) -> float:
        """Factor of the learning rate at `step`."""
        warm = min(1.0, (step + 1) / (self.warm_up + 1))
        return warm * DECAYS[self.decay](step / self.steps)


B = TypeVar("B")
M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Phase(Generic[B]):
    """One optimiser's part of a step: `losses` maps a batch to named scalars whose sum is minimised over `parameters`."""

    parameters: Sequence[nn.Parameter]
    losses: Callable[[B], Mapping[str, Tensor]]


def train(
    model: M,
    phases: Sequence[Phase[B]],
    draw: Callable[[int], B],
    schedule: Schedule,
    run: Run,
) -> M:
    """Run every phase on the batch of every step and return the average of `model` over the steps, in evaluation mode.

    Raises TrainingError when a loss is not finite, at the report that follows.
    """
    optimisers = [
        torch.optim.AdamW(phase.parameters, schedule.learning_rate, betas=schedule.betas, weight_decay=schedule.weight_decay)
        for phase in phases
    ]
    warming = [torch.optim.lr_scheduler.LambdaLR(optimiser, schedule.rate) for optimiser in optimisers]
    averaged = AveragedModel(model, multi_avg_fn=_warming_average(schedule.average))
    tally = _Tally(run.report)
    model.train()
    for step in range(1, schedule.steps + 1):
        batch = draw(step)
        for phase, optimiser, rate in zip(phases, optimisers, warming, strict=True):
            with run.accelerator.autocast():
                losses = phase.losses(batch)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(torch.stack(list(losses.values())).sum())
            clip_grad_norm_(phase.parameters, schedule.clip)
            optimiser.step()
            rate.step()
            tally.add(losses)
        averaged.update_parameters(model)
        if step % schedule.report_every == 0 or step == schedule.steps:
            tally.tell(step)
    return cast(M, averaged.module.eval())


_Tensors = tuple[Tensor, ...] | list[Tensor]


class _Tally:
    """Sums losses where they are, so that only a report waits for the device."""

    def __init__(self, report: Report) -> None:
        self.report, self.sums, self.last = report, dict[str, Tensor](), 0

    def add(self, losses: Mapping[str, Tensor]) -> None:
        for name, loss in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + loss.detach()

    def tell(self, step: int) -> None:
        means = {name: float(total) / (step - self.last) for name, total in self.sums.items()}
        broken = [name for name, mean in means.items() if not math.isfinite(mean)]
        if broken:
            raise TrainingError(f"{', '.join(broken)} not finite between steps {self.last} and {step}: lower the learning rate")
        self.report(step, means)
        self.sums, self.last = {}, step


def _warming_average(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Exponential average whose memory grows with the steps made, so that short runs forget their start."""

    def update(averages: _Tensors, current: _Tensors, count: Tensor | int) -> None:
        made = float(count)
        torch._foreach_lerp_(averages, current, 1 - min(decay, (1 + made) / (10 + made)))

    return update


def die_with_parent() -> None:
    """Make this process end when the one that started it does: no training run outlives the run that asked for it.

    Linux does it at once (prctl PR_SET_PDEATHSIG, which watches the thread that forked); elsewhere a thread looks every second.
    Call it in the main thread: SIGTERM is made to end the process again where it was inherited as ignored or blocked.
    """
    parent = os.getppid()
    if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the call
            os.kill(os.getpid(), signal.SIGTERM)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
