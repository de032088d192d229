"""Linear translation with its variance restored: ridge, then the transport that gives its output GMI's covariance.

A regression on weak pairs returns a conditional mean: rain that moved, and structure finer than the partner's footprint, are
averaged away, and DRAIN, which learned GMI's full variance, finds too little rain. Carried back to the covariance that GMI has at
the same places, the same information looks like GMI again, at the price of a larger squared error.
"""

from __future__ import annotations

from dataclasses import replace

from models.training import Run
from models.translators.base import TranslationData
from models.translators.linear import Linear, LinearRecipe, fit_linear, gaussian_transport, pair_moments


def fit_restored_linear(data: TranslationData, recipe: LinearRecipe, run: Run) -> Linear:
    """`fit_linear`, followed by Gaussian optimal transport of its output on the training pairs to GMI's covariance there.

    Without pairs `fit_linear` is that transport already. Raises what it raises.
    """
    model = fit_linear(data, recipe, run)
    if data.pairs is None or not len(data.pairs.select("train")):
        return model
    moments = pair_moments(data.pairs, data.source.channels, recipe.outputs)
    matrix = model.matrix.double()
    flattened = replace(moments, source=matrix @ moments.source @ matrix.T, cross=None)
    return model.set(gaussian_transport(flattened) @ matrix, moments.source_mean, moments.target_mean)
