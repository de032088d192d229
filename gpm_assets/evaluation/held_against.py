"""A probabilistic prediction held against a reference, pixel by pixel: everything that scores are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from gpm_assets.evaluation.retrieved import CRPS_THRESHOLDS_MM_H, DRY_MM_H, RAIN_THRESHOLDS_MM_H, Retrieved

if TYPE_CHECKING:
    from models.prediction import QuantilePrediction


def held_against(prediction: QuantilePrediction, rain: NDArray[np.float32], wet_probability: float) -> Retrieved:
    """What a prediction says at pixels of a reference (batch, scan, pixel) in mm/h; nothing but the mean where that is unknown.

    Rain exceeds a threshold where the probability that it does reaches `wet_probability`, p* (design decision 15).
    """
    mean = prediction.mean.cpu().numpy()
    known = np.isfinite(mean) & np.isfinite(rain)
    seen = torch.from_numpy(rain[known].astype(np.float32)).to(prediction.levels.device)
    distribution = prediction.distribution(torch.from_numpy(known).to(prediction.levels.device))
    thresholds = torch.tensor(RAIN_THRESHOLDS_MM_H, device=seen.device).expand(len(seen), -1)
    scores = distribution.crps(seen, (0.0, *CRPS_THRESHOLDS_MM_H)).cpu().numpy()
    not_more = distribution.below(seen[:, None].clamp_min(DRY_MM_H)).cpu().numpy()
    probability = 1 - distribution.below(thresholds).cpu().numpy()

    def image(values: NDArray[np.floating]) -> NDArray[np.float32]:
        whole = np.full((*rain.shape, *values.shape[1:]), np.nan, np.float32)
        whole[known] = values
        return whole

    return Retrieved(
        mean=mean,
        crps=image(scores[:, 0]),
        crps_above=image(scores[:, 1:]),
        exceeds=np.nan_to_num(image(probability)) >= wet_probability,
        probability=image(probability),
        below=image(np.concatenate([np.where(rain[known][:, None] < DRY_MM_H, 0, not_more), not_more], axis=1)),
    )
