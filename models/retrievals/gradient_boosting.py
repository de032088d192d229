"""Gradient boosting of pixels (Ke et al. 2017, LightGBM): one booster of rain classes whose probabilities give the distribution.

SatRain (arXiv 2509.08816) has boosted trees that say a mean; classes say all that the others of the table say. The booster
lies in `booster.txt`, LightGBM's text format, which is parsed and never unpickled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from models.errors import CheckpointError, ModelsError, TrainingError
from models.retrievals.base import CHANNELS, RetrievalData
from models.retrievals.calibration import calibrate
from models.retrievals.pixels import LabelledPixels, labelled_pixels
from models.retrievals.rain_classes import ClassRetrieval, class_of
from models.training import Run

BOOSTER = "booster.txt"
NO_BOOSTER = "this gradient_boosting has no booster yet: fit it, or load a checkpoint"
REPORT_EVERY = 10


@dataclass(frozen=True)
class GradientBoostingConfig:
    """What a booster of rain classes is; travels with it."""

    channels: tuple[str, ...] = CHANNELS
    classes: int = 12
    wet_probability: float = 0.5


class GradientBoosting(ClassRetrieval):
    """Trees on a pixel's TB and their differences; they run on the processor wherever the rest is.

    `digest` (32,) is the SHA-256 of the booster's text: LightGBM ends the process that gives it a damaged one.
    """

    kind: ClassVar[str] = "gradient_boosting"
    config_class: ClassVar[type] = GradientBoostingConfig
    digest: Tensor

    def __init__(self, config: GradientBoostingConfig) -> None:
        super().__init__(config)
        self.booster: Any = None
        self.text = ""
        self.register_buffer("digest", torch.zeros(32, dtype=torch.uint8))

    def take(self, text: str) -> None:
        """Predict with the booster of this text."""
        self.booster, self.text = _lightgbm().Booster(model_str=text), text
        self.digest = _digest(text.encode()).to(self.digest.device)

    def probabilities(self, pixels: Tensor) -> Tensor:
        """See `ClassRetrieval.probabilities`; raises ModelsError before there is a booster."""
        if self.booster is None:
            raise ModelsError(NO_BOOSTER)
        made = self.booster.predict(features(pixels), num_threads=torch.get_num_threads())
        return torch.from_numpy(made).to(pixels)

    def write_files(self, folder: Path) -> None:
        """Put the booster beside the weights; raises ModelsError before there is one."""
        if self.booster is None:
            raise ModelsError(NO_BOOSTER)
        (folder / BOOSTER).write_bytes(self.text.encode())

    def read_files(self, folder: Path) -> None:
        """Take the booster of a checkpoint; raises CheckpointError where it is missing or not the one that was saved."""
        try:
            content = (folder / BOOSTER).read_bytes()
        except FileNotFoundError:
            raise CheckpointError(f"{folder} has no {BOOSTER}, the trees of {self.kind}: copy the whole folder") from None
        if not torch.equal(_digest(content), self.digest):
            raise CheckpointError(f"{folder}: {BOOSTER} is not what was saved with these weights: copy the whole folder again")
        self.take(content.decode())


@dataclass(frozen=True)
class GradientBoostingRecipe:
    """Training pixels, at most `rounds` of trees, and what a tree may be; `patience` rounds without gain on validation end it."""

    pixels: int
    rounds: int
    learning_rate: float
    leaves: int
    least_pixels: int
    """Pixels in a leaf."""
    patience: int = 20
    classes: int = 12
    channels: tuple[str, ...] = CHANNELS

    @property
    def steps(self) -> int:
        """Steps that are reported."""
        return self.rounds


SIZES: dict[str, GradientBoostingRecipe] = {
    # about 30 s on one processor core. With half the pixels CRPS is 0.0191 instead of 0.0189 mm/h; 16 classes gain nothing
    "demo": GradientBoostingRecipe(pixels=400_000, rounds=100, learning_rate=0.15, leaves=15, least_pixels=200),
    "published": GradientBoostingRecipe(pixels=5_000_000, rounds=1000, learning_rate=0.05, leaves=63, least_pixels=500),
}


def fit_gradient_boosting(data: RetrievalData, recipe: GradientBoostingRecipe, run: Run) -> GradientBoosting:
    """Boosted by the cross-entropy of rain classes, ended by that of the validation patches where there are some.

    The same for a seed, whatever the threads. Raises ChannelError, PackError or TrainingError.
    """
    lightgbm = _lightgbm()
    model = GradientBoosting(GradientBoostingConfig(recipe.channels, recipe.classes))
    pixels = labelled_pixels(data.pack, recipe.channels, "train", recipe.pixels, run.seed)
    model.fit_means(pixels.rain, pixels.weights)
    learned = _dataset(lightgbm, model, pixels)
    callbacks, held_out = [_reporting(run)], []
    if len(data.pack.select("validation")):
        unseen = labelled_pixels(data.pack, recipe.channels, "validation", recipe.pixels, run.seed)
        held_out = [_dataset(lightgbm, model, unseen, learned)]
        callbacks.append(lightgbm.early_stopping(recipe.patience, verbose=False))
    try:
        booster = lightgbm.train(_parameters(recipe, run), learned, recipe.rounds, held_out, ["validation"], callbacks=callbacks)
    except lightgbm.basic.LightGBMError as error:
        raise TrainingError(f"gradient boosting on {len(pixels.rain)} pixels: {error}") from None
    model.take(booster.model_to_string())
    with run.session():
        return calibrate(model.to(run.accelerator.device).eval(), data.pack)


def features(pixels: Tensor) -> np.ndarray:
    """TB (n, channel) in K and all their differences: a tree cuts along axes, and scattering and emission are differences."""
    first, second = torch.triu_indices(pixels.shape[1], pixels.shape[1], 1)
    return torch.cat([pixels, pixels[:, first] - pixels[:, second]], dim=1).double().cpu().numpy()


def _parameters(recipe: GradientBoostingRecipe, run: Run) -> dict[str, Any]:
    return {
        "objective": "multiclass",
        "num_class": recipe.classes,
        "learning_rate": recipe.learning_rate,
        "num_leaves": recipe.leaves,
        "min_data_in_leaf": recipe.least_pixels,
        "lambda_l2": 10.0,  # without it rare classes take leaves of no weight, and the loss rises after three rounds
        "feature_fraction_bynode": 0.5,
        "bagging_fraction": 0.5,
        "bagging_freq": 1,
        "seed": run.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": run.accelerator.threads or torch.get_num_threads(),
        "verbosity": -1,
    }


def _dataset(lightgbm: Any, model: GradientBoosting, pixels: LabelledPixels, reference: Any = None) -> Any:
    """LightGBM's form of labelled pixels."""
    classes = class_of(pixels.rain, model.bounds).numpy()
    return lightgbm.Dataset(features(pixels.tb), classes, reference=reference, weight=pixels.weights.numpy())


def _reporting(run: Run) -> Any:
    def report(state: Any) -> None:
        if (step := state.iteration + 1) % REPORT_EVERY == 0:
            run.report(step, {f"{name}_cross_entropy": float(loss) for name, _, loss, *_ in state.evaluation_result_list})

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
