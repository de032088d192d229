"""Trained models on disk: `config.json` and `model.safetensors` in a folder, and files of its own where a kind has some.

Nothing here can unpickle.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from models.errors import CheckpointError
from models.folders import replacing
from models.retrievals.bmci import Bmci
from models.retrievals.drain import Drain
from models.retrievals.drain_dit import DrainDit
from models.retrievals.gradient_boosting import GradientBoosting
from models.retrievals.pixel_mlp import PixelMlp
from models.retrievals.quantile_regression import QuantileRegression
from models.translators.corrected_resnet import CorrectedResNet
from models.translators.gradient_boosting import GradientBoostingTranslator
from models.translators.linear import Linear
from models.translators.nearest import NearestChannel
from models.translators.paired_unet import PairedUNet
from models.translators.pixel_mlp import PixelMlpTranslator
from models.translators.quantile_mapping import QuantileMapping
from models.translators.quantile_mapping_strata import StratifiedQuantileMapping
from models.translators.spatial_filter import SpatialFilter
from models.translators.uvcgan import UvcGan

KINDS: dict[str, type[nn.Module]] = {
    kind.kind: kind
    for kind in (
        *(Drain, DrainDit, PixelMlp, QuantileRegression, GradientBoosting, Bmci),
        *(NearestChannel, Linear, QuantileMapping, StratifiedQuantileMapping, SpatialFilter),
        *(PixelMlpTranslator, GradientBoostingTranslator, PairedUNet, CorrectedResNet, UvcGan),
    )
}
"""What can be loaded: each class names its `kind` and its `config_class`, and is made from a config alone."""

FORMAT = 1


@runtime_checkable
class HasFiles(Protocol):
    """A kind of which not all is tensors; `read_files` raises CheckpointError where the files are missing or another model's."""

    def write_files(self, folder: Path) -> None:
        """Put the files into the folder of a checkpoint."""

    def read_files(self, folder: Path) -> None:
        """Take what `write_files` has put there."""


def save(model: nn.Module, folder: Path, card: str | None = None) -> None:
    """Write a model of one of `KINDS`, with a card (Markdown) if given; the folder appears complete or not at all."""
    if type(model) not in KINDS.values():
        raise CheckpointError(f"a {type(model).__name__} cannot be saved; known kinds are {', '.join(KINDS)}")
    config: Any = model.config
    content = {"format": FORMAT, "kind": model.kind, "config": asdict(config)}
    with replacing(folder) as written:
        save_file(
            {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}, written / "model.safetensors"
        )
        (written / "config.json").write_text(json.dumps(content, indent=2) + "\n")
        if isinstance(model, HasFiles):
            model.write_files(written)
        if card is not None:
            (written / "README.md").write_text(card)


def load(folder: Path | str) -> nn.Module:
    """The model in `folder`, in evaluation mode on the processor; raises CheckpointError when it is not one of ours."""
    folder = Path(folder)
    try:
        content = json.loads((folder / "config.json").read_text())
        weights = load_file(folder / "model.safetensors")
    except (FileNotFoundError, json.JSONDecodeError, SafetensorError) as error:
        raise CheckpointError(f"{folder} is no checkpoint: config.json and model.safetensors are needed ({error})") from None
    kind, config, version = (content.get(name) for name in ("kind", "config", "format"))
    if kind not in KINDS or version != FORMAT:
        known = ", ".join(KINDS)
        raise CheckpointError(f"{folder}: kind {kind!r} in format {version}; known kinds are {known} in format {FORMAT}")
    model = _made(KINDS[kind], config, folder)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{folder}: weights do not fit the configuration: {error}") from None
    if isinstance(model, HasFiles):
        model.read_files(folder)
    return model.eval()


def _made(model_class: Any, config: dict[str, Any], folder: Path) -> nn.Module:
    """A model with the weights it starts with; JSON's lists become the tuples that frozen configurations hold."""
    known = {each.name for each in fields(model_class.config_class)}
    if set(config) != known:
        raise CheckpointError(f"{folder}: configuration has {sorted(config)}, a {model_class.kind} needs {sorted(known)}")
    return model_class(model_class.config_class(**{name: _frozen(value) for name, value in config.items()}))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
