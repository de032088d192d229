"""Gradient boosting (Ke et al. 2017, LightGBM) as part of a model: trees in a text file that is parsed and never unpickled.

Trees run on the processor wherever the rest of the model is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.errors import CheckpointError, ModelsError, TrainingError
from models.training import Run

NO_BOOSTER = "there is no booster yet: fit this model, or load a checkpoint"
REPORT_EVERY = 10


class Booster(nn.Module):
    """Trees, kept in `file` of a checkpoint's folder.

    `digest` (32,) is the SHA-256 of their text: LightGBM ends the process that gives it a damaged one.
    """

    digest: Tensor

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file, self.text = file, ""
        self._trees: Any = None
        self.register_buffer("digest", torch.zeros(32, dtype=torch.uint8))

    def take(self, text: str) -> None:
        """Predict with the trees of this text."""
        self._trees, self.text = _lightgbm().Booster(model_str=text), text
        self.digest = _digest(text.encode()).to(self.digest.device)

    def forward(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the trees say of `features` (n, feature): (n,) or (n, class). Raises ModelsError before there are any."""
        if self._trees is None:
            raise ModelsError(NO_BOOSTER)
        return self._trees.predict(features, num_threads=torch.get_num_threads())

    def write(self, folder: Path) -> None:
        """Put the text beside the weights; raises ModelsError before there is one."""
        if not self.text:
            raise ModelsError(NO_BOOSTER)
        (folder / self.file).write_bytes(self.text.encode())

    def read(self, folder: Path) -> None:
        """Take the text of a checkpoint; raises CheckpointError where it is missing or not the one that was saved."""
        try:
            content = (folder / self.file).read_bytes()
        except FileNotFoundError:
            raise CheckpointError(f"{folder} has no {self.file}, trees of this model: copy the whole folder") from None
        if not torch.equal(_digest(content), self.digest):
            raise CheckpointError(f"{folder}: {self.file} is not what was saved with these weights: copy the whole folder again")
        self.take(content.decode())


@dataclass(frozen=True, kw_only=True)
class Boosting:
    """At most `rounds` of trees, and what a tree may be; `patience` rounds without gain on validation end it."""

    rounds: int
    learning_rate: float
    leaves: int
    least_pixels: int
    """Pixels in a leaf."""
    patience: int = 20


class Samples(NamedTuple):
    """What trees learn from: `features` (n, feature), `labels` (n,) and `weights` (n,)."""

    features: NDArray[np.float64]
    labels: NDArray[Any]
    weights: NDArray[np.float32]


class Objective(NamedTuple):
    """What trees are to minimise: `loss`, its name in reports, and `parameters` in LightGBM's words."""

    loss: str
    parameters: Mapping[str, Any]


def boost(recipe: Boosting, objective: Objective, learned: Samples, held_out: Samples | None, run: Run, first: int = 0) -> str:
    """The text of trees that are boosted by an objective, and ended by what is held out, if anything.

    The same for a seed, whatever the threads. Reports count rounds from `first`. Raises TrainingError.
    """
    lightgbm = _lightgbm()
    training, validation = lightgbm.Dataset(learned.features, learned.labels, weight=learned.weights), []
    callbacks = [_reporting(run, objective.loss, first)]
    if held_out is not None:
        validation = [lightgbm.Dataset(held_out.features, held_out.labels, reference=training, weight=held_out.weights)]
        callbacks.append(lightgbm.early_stopping(recipe.patience, verbose=False))
    parameters = {
        "learning_rate": recipe.learning_rate,
        "num_leaves": recipe.leaves,
        "min_data_in_leaf": recipe.least_pixels,
        "feature_fraction_bynode": 0.5,
        "bagging_fraction": 0.5,
        "bagging_freq": 1,
        "seed": run.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": run.accelerator.threads or torch.get_num_threads(),
        "verbosity": -1,
        **objective.parameters,
    }
    try:
        trees = lightgbm.train(
            parameters, training, recipe.rounds, validation, ["validation"][: len(validation)], callbacks=callbacks
        )
    except lightgbm.basic.LightGBMError as error:
        raise TrainingError(f"gradient boosting on {len(learned.labels)} pixels: {error}") from None
    return trees.model_to_string()


def _reporting(run: Run, loss: str, first: int) -> Any:
    def report(state: Any) -> None:
        if (step := state.iteration + 1) % REPORT_EVERY == 0:
            run.report(first + step, {f"{name}_{loss}": float(value) for name, _, value, *_ in state.evaluation_result_list})

    return report


def _digest(content: bytes) -> Tensor:
    return torch.tensor(list(hashlib.sha256(content).digest()), dtype=torch.uint8)


def _lightgbm() -> Any:
    """Imported where it is used: no other method needs it."""
    try:
        import lightgbm
    except (ImportError, OSError) as error:  # OSError: a system without libgomp
        raise ModelsError(
            f"gradient boosting needs lightgbm, which cannot be imported here ({error}); pip install lightgbm"
        ) from None
    return lightgbm
