"""How long and how fast a network is trained."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

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
    """Steps between reports, and between states that an interrupted run is taken up from."""
    validate_every: int = 250
    patience: int = 0
    """Validations without a better one after which training stops; 0: never."""

    def rate(self, step: int) -> float:
        """Factor of the learning rate at `step`."""
        warm = min(1.0, (step + 1) / (self.warm_up + 1))
        return warm * DECAYS[self.decay](step / self.steps)

    def due(self, every: int, step: int) -> bool:
        """Whether what happens every so many steps, and at the end, happens after `step`."""
        return step % every == 0 or step == self.steps


class Scheduled:
    """A recipe with a `schedule`: as many steps are reported as it has."""

    schedule: Schedule

    @property
    def steps(self) -> int:
        """Steps that are reported."""
        return self.schedule.steps
