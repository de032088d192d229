"""The state of an unfinished training run, in one file: written aside and renamed, so that it is whole or the one before.

Everything that the next step depends on is in it as tensors by name. What is random follows from seed and step and is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from models.early_stopping import EarlyStopping
from models.errors import TrainingError
from models.schedule import Schedule

FILE = "state.safetensors"


@dataclass
class State:
    """How far a run has come: steps made, weights and their average, moments of the optimisers, the best so far."""

    module: nn.Module
    average: nn.Module
    optimisers: Sequence[Optimizer]
    stopping: EarlyStopping
    step: int = 0

    def tensors(self) -> dict[str, Tensor]:
        """The whole state by name."""
        return {
            "step": torch.tensor(self.step),
            **_under("module", self.module.state_dict()),
            **_under("average", self.average.state_dict()),
            **_under("stopping", self.stopping.state()),
            **{
                f"optimiser.{number}.{parameter}.{name}": value
                for number, optimiser in enumerate(self.optimisers)
                for parameter, moments in optimiser.state_dict()["state"].items()
                for name, value in moments.items()
            },
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Be as at `tensors()`."""
        self.step = int(tensors["step"])
        self.module.load_state_dict(_of("module", tensors))
        self.average.load_state_dict(_of("average", tensors))
        self.stopping.restore(_of("stopping", tensors))
        for number, optimiser in enumerate(self.optimisers):
            _restore_moments(optimiser, _of(f"optimiser.{number}", tensors))


class Keeper:
    """Saves and finds the state of one run in a folder; without a folder it does neither.

    The file carries a digest of schedule, seed, and names and shapes of the module: a run takes up no other run's state.
    """

    def __init__(self, folder: Path | None, schedule: Schedule, seed: int, module: nn.Module) -> None:
        self.file = folder / FILE if folder else None
        shapes = {name: [str(value.dtype), *value.shape] for name, value in module.state_dict().items()}
        identity = json.dumps([asdict(schedule), seed, shapes], sort_keys=True)
        self.digest = hashlib.sha256(identity.encode()).hexdigest()

    def save(self, state: State) -> None:
        """Keep this state instead of the one before."""
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        aside = self.file.with_name(f".{FILE}")
        save_file({name: _copy(value) for name, value in state.tensors().items()}, aside, metadata={"run": self.digest})
        aside.replace(self.file)

    def restore(self, state: State) -> None:
        """Be where the run was interrupted, if it was; raises TrainingError where the file is another run's or broken."""
        if self.file is None or not self.file.exists():
            return
        try:
            with safe_open(self.file, framework="pt") as kept:
                belongs = (kept.metadata() or {}).get("run") == self.digest
                tensors = {name: kept.get_tensor(name) for name in kept.keys()} if belongs else {}  # noqa: SIM118 (no mapping)
        except SafetensorError as error:
            raise TrainingError(f"{self.file} cannot be read ({error}): remove it to train from the start") from None
        if not belongs:
            raise TrainingError(
                f"{self.file} is the state of another run, with another schedule, seed or network: keep this run in a folder of "
                "its own, or remove the file to train from the start"
            )
        state.restore(tensors)


def _copy(tensor: Tensor) -> Tensor:
    """On the processor, contiguous and sharing no memory, as the format wants it."""
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": value for name, value in tensors.items()}


def _of(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}."): value for name, value in tensors.items() if name.startswith(f"{prefix}.")}


def _restore_moments(optimiser: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Moments take the memory layout of their parameter, as they had: another order of sums would be another rounding."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".")
        like = parameters[int(number)]
        placed = value if name == "step" else torch.empty_like(like).copy_(value)
        state.setdefault(int(number), {})[name] = placed
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
