"""The balance of the mean: over the labelled training pixels as much rain is retrieved as fell.

A Poisson deviance at its minimum has this property where the mean is exponential in a free term (its canonical link). A network
that is stopped early, averaged over its steps and bounded loses it (Wuethrich 2020, "Bias regularization in neural network models
for general insurance pricing"); one factor brings it back. Quantiles stay as they are.
"""

from __future__ import annotations

import numpy as np
import torch

from models.errors import TrainingError
from models.packs import Pack, channel_positions
from models.retrievals.base import Retrieval

PATCHES = 4096
"""At most so many, evenly spread over the training patches, tell the factor."""


def balancing_factor(model: Retrieval, pack: Pack, patches: int = PATCHES) -> float:
    """Average rain over average mean, climatologically weighted over labelled training pixels: what is to multiply the mean.

    A factor that the model already has is part of its mean. Raises TrainingError where no rain fell, or none was retrieved.
    """
    positions, device = channel_positions(model.channels, pack.channels), model.levels.device
    training = pack.select("train")
    chosen = training[np.unique(np.linspace(0, len(training) - 1, min(patches, len(training))).astype(int))]
    fell, retrieved = 0.0, 0.0
    for part in np.array_split(chosen, max(1, len(chosen) // 64)):
        rain = pack.rain(part, device).double()
        mean = model.predict(pack.tb(part, device)[:, positions]).mean.double()
        weight = torch.from_numpy(pack.index["weight"][part].astype(np.float64)).to(device)[:, None, None]
        known = rain.isfinite() & mean.isfinite()
        fell += float((weight * rain).masked_fill(~known, 0).sum())
        retrieved += float((weight * mean).masked_fill(~known, 0).sum())
    if not (fell > 0 and retrieved > 0):
        raise TrainingError(f"{pack.folder}: {fell:g} of rain fell and {retrieved:g} were retrieved: nothing to balance")
    return fell / retrieved
