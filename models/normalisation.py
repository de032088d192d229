"""TB in K to numbers near one and back, and what stands in for missing TBs."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn

from models.errors import TrainingError

LEAST_VARIANCE = 1e-4
"""Of normalised TB in any direction: noise of 0.6 K in channels that vary by 60 K."""


class Normalisation(nn.Module):
    """Affine per channel, in buffers that travel with the weights: (TB - mean) / deviation, missing becomes 0."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    def fit(self, tb: Tensor, weights: Tensor | None = None) -> None:
        """Set mean and deviation from `tb` (n, channel, scan, pixel) in K, NaN ignored, `weights` (n,) per patch.

        Raises TrainingError when a channel has no value or does not vary.
        """
        weights = torch.ones(len(tb)) if weights is None else weights.double()
        known = torch.isfinite(tb).double() * weights.double().reshape(-1, 1, 1, 1)
        values, mass = torch.nan_to_num(tb).double(), known.sum((0, 2, 3))
        mean = (known * values).sum((0, 2, 3)) / mass
        variance = (known * (values - mean[:, None, None]) ** 2).sum((0, 2, 3)) / mass
        if not bool((variance > 0).all()):
            flat = torch.nonzero(~(variance > 0)).flatten().tolist()
            raise TrainingError(f"channels number {flat} are missing or constant in {len(tb)} patches: nothing to learn from")
        self.mean.copy_(mean)
        self.deviation.copy_(variance.sqrt())

    def forward(self, tb: Tensor) -> Tensor:
        """Normalised `tb` (batch, channel, scan, pixel), 0 where missing."""
        return torch.nan_to_num((tb - self.mean[:, None, None]) / self.deviation[:, None, None])

    def fill(self, tb: Tensor) -> Tensor:
        """`tb` in K with the channel's mean where missing."""
        return torch.where(torch.isnan(tb), self.mean[:, None, None], tb)


def fill_nearest(tb: Tensor) -> Tensor:
    """`tb` (batch, channel, scan, pixel) with the nearest known value of its channel where missing.

    A swath's rim keeps its level where channels reach unequally far. A channel that is missing altogether stays NaN.
    """
    if not bool(torch.isnan(tb).any()):
        return tb
    filled = tb.detach().cpu().numpy().copy()
    for field in filled.reshape(-1, *filled.shape[2:]):
        missing = np.isnan(field)
        if missing.any() and not missing.all():
            rows, columns = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
            field[:] = field[rows, columns]
    return torch.from_numpy(filled).to(tb.device)


class Whitening(Normalisation):
    """Normalisation, then the turn and stretch after which channels are uncorrelated with deviation one.

    V and H of a frequency go together, and rain is in what they differ by: a hundredth of the variance, which a network of
    pixels finds late. Symmetric, so that channels stay themselves as far as can be.
    """

    matrix: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.register_buffer("matrix", torch.eye(channels))

    def fit(self, tb: Tensor, weights: Tensor | None = None) -> None:
        """See `Normalisation.fit`; pixels with a missing TB take no part in the covariance."""
        super().fit(tb, weights)
        mass = torch.ones(len(tb)) if weights is None else weights
        by_pixel = super().forward(tb).movedim(1, -1).flatten(0, 2).double()
        mass = mass.double().repeat_interleave(tb.shape[2] * tb.shape[3]) * torch.isfinite(tb).all(dim=1).flatten()
        values, vectors = torch.linalg.eigh(by_pixel.T @ (by_pixel * mass[:, None]) / mass.sum())
        self.matrix.copy_(vectors @ torch.diag(values.clamp_min(LEAST_VARIANCE).rsqrt()) @ vectors.T)

    def forward(self, tb: Tensor) -> Tensor:
        """Whitened `tb` (batch, channel, scan, pixel), missing channels being at their mean."""
        return torch.einsum("oi,bisp->bosp", self.matrix, super().forward(tb))


class Ranges(nn.Module):
    """Conditions to -1..1 over the range in which they were seen, in buffers; beyond it they count as its nearer end.

    A latitude or an incidence that no pair had is no reason to extrapolate. A condition that never varied says nothing.
    """

    least: Tensor
    most: Tensor

    def __init__(self, conditions: int) -> None:
        super().__init__()
        self.register_buffer("least", -torch.ones(conditions))
        self.register_buffer("most", torch.ones(conditions))

    def fit(self, conditions: Tensor) -> None:
        """Set the range from `conditions` (n, condition) in their units, all known."""
        self.least.copy_(conditions.amin(dim=0))
        self.most.copy_(conditions.amax(dim=0))

    def forward(self, conditions: Tensor) -> Tensor:
        """(batch, condition, scan, pixel) in their units to numbers between -1 and 1."""
        least, most = self.least[:, None, None], self.most[:, None, None]
        inside = torch.minimum(torch.maximum(conditions, least), most)
        return 2 * (inside - least) / (most - least).clamp_min(1e-6) - 1
