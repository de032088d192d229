"""A swath through a translator: channels by name, every GMI channel in its place, windows that were partly missing flagged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from gpm_assets.conditions import conditions
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.errors import RequestError
from gpm_assets.swath import Swath
from models.influence import influence_radius

if TYPE_CHECKING:
    from models.translators.base import Translator

GMI_CHANNELS = INSTRUMENTS[REFERENCE].channel_names


@dataclass(frozen=True, eq=False)
class PseudoTb:
    """Pseudo-GMI brightness temperatures of a swath: `tb` (scan, pixel, 13) K, NaN where a channel is not given or its inputs are
    missing; `partial` (scan, pixel): valued, but an input was missing in the window that makes 99 % of the network's output."""

    tb: NDArray[np.float32]
    partial: NDArray[np.bool_]


def tensor(swath_tb: NDArray[np.float32], channels: tuple[str, ...], wanted: tuple[str, ...], what: str) -> torch.Tensor:
    """TB (1, channel, scan, pixel) of the wanted channels; raises RequestError that names those the swath lacks."""
    lacking = [name for name in wanted if name not in channels]
    if lacking:
        raise RequestError(f"{what} needs {', '.join(lacking)}, there is only {', '.join(channels)}")
    index = [channels.index(name) for name in wanted]
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(swath_tb[..., index], -1, 0)))[None]


def translate(model: Translator, swath: Swath) -> PseudoTb:
    """Translate a swath that lies on the GMI-like sampling."""
    inputs = tensor(swath.tb, swath.channels, model.inputs, f"the translator for {swath.sensor}")
    beside = tensor(conditions(swath, model.conditions), model.conditions, model.conditions, "a condition")
    with torch.inference_mode():
        outputs = model.translate(torch.cat([inputs, beside], dim=1))[0].numpy()
    tb = np.full((*swath.shape, len(GMI_CHANNELS)), np.nan, np.float32)
    for name, values in zip(model.outputs, outputs, strict=True):
        tb[..., GMI_CHANNELS.index(name)] = values
    valued = np.isfinite(tb).any(axis=-1)
    missing = ~np.isfinite(inputs[0].numpy()).all(axis=0)
    radius = influence_radius(model, len(model.reads), model.receptive_radius)
    return PseudoTb(tb, valued & reached(missing, radius))


def reached(missing: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Pixels (scan, pixel) with something missing within `radius` both ways; what lies beyond the border is missing too."""
    return ndimage.maximum_filter(missing, size=2 * radius + 1, mode="constant", cval=True)
