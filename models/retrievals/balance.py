"""The balance of what was trained, over labelled pixels: as much rain is retrieved as fell, and quantiles hold.

A Poisson deviance at its minimum retrieves what fell where the mean is exponential in a free term (its canonical link), a pinball
loss at its minimum has as many labels below a quantile as its level says. A network that is stopped early, averaged over its
steps, bounded, and trained on turned patches too, whose rain is smoother, loses both (Wuethrich 2020, "Bias regularization in
neural network models for general insurance pricing"; Kuleshov et al. 2018, "Accurate uncertainties for deep learning using
calibrated regression"). A factor brings back the one, other levels the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import TrainingError
from models.packs import Pack
from models.retrievals.base import WET_MM_H, Retrieval
from models.retrievals.quantile_network import QuantileNetwork
from models.retrievals.rain_classes import DRY_MM_H
from models.retrievals.retrieved_patches import RetrievedPatches, retrieved_patches

PATCHES = 4096
"""At most so many, evenly spread, tell the balance."""
LEVELS_FROM = ("train", "validation")
"""Splits that tell levels. What a network learnt from is below its quantiles less often than what it has not seen, and a split
has few overpasses: on 122 training and 57 validation pieces of orbits 0.53 and 0.59 of labels were below one median."""
LIKELY = 0.05
"""P(rain >= 0.1 mm/h) from which on quantiles are asked whether they hold: elsewhere nearly all of them and labels are zero."""
PIXELS = 1000
"""Fewer likely pixels tell nothing of 99 levels, which then stay as they are."""

N = TypeVar("N", bound=QuantileNetwork)


def balance(model: N, pack: Pack) -> N:
    """The model with its mean and its levels balanced; raises what `balancing_factor` raises."""
    model.config = replace(model.config, told_by=balancing_levels(model, pack), mean_factor=balancing_factor(model, pack))
    return model


def balancing_factor(model: Retrieval, pack: Pack, patches: int = PATCHES) -> float:
    """Average rain over average mean, climatologically weighted over labelled training pixels: what is to multiply the mean.

    A factor that the model already has is part of its mean. Raises TrainingError where no rain fell, or none was retrieved.
    """
    fell, retrieved = 0.0, 0.0
    for part in retrieved_patches(model, pack, _spread(pack, patches, ("train",))):
        weights = part.by_pixel(part.known)
        fell += float((weights * part.rain[part.known]).sum())
        retrieved += float((weights * part.prediction.mean[part.known]).sum())
    if not (fell > 0 and retrieved > 0):
        raise TrainingError(f"{pack.folder}: {fell:g} of rain fell and {retrieved:g} were retrieved: nothing to balance")
    return fell / retrieved


def balancing_levels(model: Retrieval, pack: Pack, patches: int = PATCHES) -> tuple[float, ...]:
    """The level, for each of the model's levels, whose quantile has so many labels below it where rain is likely.

    Weighted as the mean is. A label of zero counts evenly at all levels that the atom at zero covers (the non-random integral
    transform of Czado, Gneiting and Held 2009). Empty where fewer than `PIXELS` pixels are likely. The model's levels are taken
    as they were trained.
    """
    asked = torch.cat([model.levels.new_zeros(1), model.levels, model.levels.new_ones(1)]).double()
    below, mass, pixels = torch.zeros_like(asked), 0.0, 0
    for part in retrieved_patches(model, pack, _spread(pack, patches, LEVELS_FROM)):
        likely = part.known & (part.prediction.exceedance(WET_MM_H) >= LIKELY)
        weights = part.by_pixel(likely)
        below += weights @ _below(part, likely, asked)
        mass, pixels = mass + float(weights.sum()), pixels + len(weights)
    if pixels < PIXELS:
        return ()
    share, levels = (below / mass).cpu().numpy(), model.levels.double().cpu().numpy()
    told = np.interp(levels, share, asked.cpu().numpy())
    return tuple(np.clip(told, levels[0], levels[-1]).round(5).tolist())


def _below(part: RetrievedPatches, chosen: Tensor, levels: Tensor) -> Tensor:
    """How much of each label (pixel, level) lies below the quantile of a level: 1 or 0, between them on the atom at zero."""
    rain = part.rain[chosen][:, None]
    end = part.prediction.distribution(chosen).below(rain.clamp_min(DRY_MM_H)).double()
    start = torch.where(rain < DRY_MM_H, torch.zeros_like(end), end)
    atom = ((levels - start) / (end - start).clamp_min(1e-9)).clamp(0, 1)
    return torch.where(end > start, atom, (end <= levels).double())


def _spread(pack: Pack, patches: int, splits: tuple[str, ...]) -> NDArray[np.int64]:
    """Numbers of at most so many patches of some splits, evenly spread."""
    chosen = np.sort(np.concatenate([pack.select(split) for split in splits]))
    return chosen[np.unique(np.linspace(0, len(chosen) - 1, min(patches, len(chosen))).astype(int))]
