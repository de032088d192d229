"""Pseudo-GMI brightness temperatures through DRAIN: rain, its quantiles, and what may be trusted less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from gpm_assets.inference.translation import GMI_CHANNELS, reached, tensor
from models.influence import influence_radius

if TYPE_CHECKING:
    from models.prediction import QuantilePrediction
    from models.retrievals.base import Retrieval

WET_MM_H = 0.1
QUANTILES = (0.05, 0.5, 0.95)
"""Quantiles that products keep."""


@dataclass(frozen=True, eq=False)
class Rain:
    """Rain of a swath, every array (scan, pixel), NaN where DRAIN's channels are missing.

    `mean_mm_h` DRAIN's own mean, `quantiles_mm_h` (scan, pixel, 3) at `QUANTILES`, `probability_wet` P(rain >= 0.1 mm/h),
    `wet` where that reaches DRAIN's p*, `partial` valued with something missing in the window that makes 99 % of the mean.
    """

    mean_mm_h: NDArray[np.float32]
    quantiles_mm_h: NDArray[np.float32]
    probability_wet: NDArray[np.float32]
    wet: NDArray[np.bool_]
    partial: NDArray[np.bool_]


def predict(drain: Retrieval, tb: NDArray[np.float32], channels: tuple[str, ...] = GMI_CHANNELS) -> QuantilePrediction:
    """DRAIN's prediction (batch of one) for GMI or pseudo-GMI TB (scan, pixel, channel) in K; missing TBs are guessed."""
    with torch.inference_mode():
        return drain.predict(tensor(tb, channels, drain.channels, "DRAIN"))


def retrieve(
    drain: Retrieval,
    tb: NDArray[np.float32],
    channels: tuple[str, ...] = GMI_CHANNELS,
    suspect: NDArray[np.bool_] | None = None,
) -> Rain:
    """Rain from GMI or pseudo-GMI TB (scan, pixel, channel) in K; `suspect` (scan, pixel) TBs count as missing for `partial`."""
    prediction = predict(drain, tb, channels)
    mean, probability_wet = _array(prediction.mean), _array(prediction.exceedance(WET_MM_H))
    lost = np.isnan(mean)
    radius = influence_radius(_mean_rain(drain), len(drain.channels), drain.receptive_radius)
    return Rain(
        mean_mm_h=mean,
        quantiles_mm_h=np.stack([_array(prediction.quantile(level)) for level in QUANTILES], axis=-1),
        probability_wet=probability_wet,
        wet=np.nan_to_num(probability_wet) >= drain.wet_probability,
        partial=~lost & reached(lost if suspect is None else lost | suspect, radius),
    )


def _array(values: torch.Tensor) -> NDArray[np.float32]:
    return values[0].numpy().astype(np.float32)


def _mean_rain(drain: Retrieval) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda tb: drain(tb)[:, -1]
