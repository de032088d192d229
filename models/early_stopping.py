"""Early stopping: the weights that validated best are kept, and training ends when none better come."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


class EarlyStopping:
    """The lowest validation loss so far, its weights, and how many validations since were no better."""

    def __init__(self, patience: int) -> None:
        self.patience, self.loss, self.waited, self.weights = patience, math.inf, 0, dict[str, Tensor]()

    @property
    def exhausted(self) -> bool:
        """Whether it is time to stop; never with a patience of 0."""
        return 0 < self.patience <= self.waited

    def see(self, loss: float, model: nn.Module) -> None:
        """Note the validation `loss` of `model`."""
        if loss < self.loss:
            self.loss, self.waited = loss, 0
            self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
        else:
            self.waited += 1

    def best(self, model: M) -> M:
        """`model` with the best weights seen; as it is where nothing was validated."""
        if self.weights:
            model.load_state_dict(self.weights)
        return model

    def state(self) -> dict[str, Tensor]:
        """Everything here as tensors by name."""
        numbers = {"loss": torch.tensor(self.loss, dtype=torch.float64), "waited": torch.tensor(self.waited)}
        return numbers | {f"weights.{name}": value for name, value in self.weights.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Be as at `state()`."""
        self.loss, self.waited = float(state["loss"]), int(state["waited"])
        self.weights = {name.removeprefix("weights."): value for name, value in state.items() if name.startswith("weights.")}
