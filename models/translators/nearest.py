"""Nearest-channel copies: `raw` takes a partner's TBs for GMI's own, `identity` is the translator of GMI itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from models.training import Run
from models.translators.base import OUTPUTS, TranslationData, Translator


@dataclass(frozen=True)
class NearestConfig:
    """`copied` names the input that each output copies."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    copied: tuple[str, ...]


class NearestChannel(Translator):
    """Each output is one input, unchanged."""

    kind: ClassVar[str] = "nearest_channel"
    config_class: ClassVar[type] = NearestConfig

    positions: Tensor

    def __init__(self, config: NearestConfig) -> None:
        super().__init__(config.inputs, config.outputs)
        self.config = config
        self.register_buffer("positions", self.made_from(config.copied), persistent=False)

    def forward(self, tb: Tensor) -> Tensor:
        """The copied channels."""
        return tb[:, self.positions]


@dataclass(frozen=True)
class CopyRecipe:
    """Which channels `raw` gives."""

    outputs: tuple[str, ...] = OUTPUTS


def fit_raw(data: TranslationData, recipe: CopyRecipe, run: Run) -> NearestChannel:
    """The copy that `data.nearest` names; nothing is learnt."""
    return NearestChannel(NearestConfig(data.source.channels, recipe.outputs, data.nearest_names(recipe.outputs)))


def identity(channels: tuple[str, ...]) -> NearestChannel:
    """Every channel as it is: GMI's own translator."""
    return NearestChannel(NearestConfig(channels, channels, channels))


@dataclass(frozen=True)
class IdentityRecipe:
    """Nothing to choose."""


def fit_identity(data: TranslationData, recipe: IdentityRecipe, run: Run) -> NearestChannel:
    """`identity` of the source's channels."""
    return identity(data.source.channels)
