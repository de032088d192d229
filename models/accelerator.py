"""Where and how precisely a network is trained, and how chance follows from numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch


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


def seed(*numbers: int) -> None:
    """Seed torch's generators by a run's seed and a step: what is random within a step follows from both, and is not saved."""
    torch.manual_seed(int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]))
