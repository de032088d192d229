"""Gaussian optimal transport: the affine map that gives the nearest-channel copy GMI's mean and covariance, without any pair.

It says what the two distributions alone tell. Where there are pairs it is fitted without them all the same, so that its scores
beside those of the regression on pairs are the price of having none.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.training import Run
from models.translators.base import OUTPUTS, TranslationData
from models.translators.linear import Linear, transported


@dataclass(frozen=True)
class TransportRecipe:
    """Number of unpaired patches per domain."""

    outputs: tuple[str, ...] = OUTPUTS
    patches: int = 2048


def fit_gaussian_transport(data: TranslationData, recipe: TransportRecipe, run: Run) -> Linear:
    """See `transported`; pairs, where there are some, take no part."""
    return transported(data, recipe.outputs, recipe.patches, run.seed)
