"""Losses: each a function of tensors to a scalar; NaN in the truth means unlabelled and takes no part."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def weighted_mean(losses: Tensor, weights: Tensor) -> Tensor:
    """Sum of `losses` times `weights` over the number of values, which keeps the scale of importance weights."""
    return (losses * weights).sum() / max(losses.numel(), 1)


def pinball(quantiles: Tensor, levels: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Mean pinball loss of `quantiles` (n, level) for `truth` (n,) with `weights` (n,); all in the truth's unit.

    Koenker and Bassett 1978: (y - q) (tau - [y < q]). The bracket has no gradient, so one product is all autograd keeps.
    """
    error = truth[:, None] - quantiles
    slope = (levels - (error < 0).float()) * weights[:, None]
    return (error * slope).sum() / max(error.numel(), 1)


def poisson_deviance(mean: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Half the Poisson deviance less its part without `mean`: m - y log m, all (n,).

    Proper for the mean of any variable that is not negative, and less ruled by a few heavy pixels than squared error.
    """
    return weighted_mean(mean - truth * torch.log(mean.clamp_min(1e-6)), weights)


def huber(prediction: Tensor, truth: Tensor, threshold: float) -> Tensor:
    """Mean Huber loss where `truth` is known, quadratic up to `threshold` in the truth's unit; 0 if nothing is known."""
    known = torch.isfinite(truth)
    losses = functional.huber_loss(prediction.where(known, 0), truth.where(known, 0), reduction="none", delta=threshold)
    return losses.sum() / known.sum().clamp_min(1)


def least_squares_gan(verdict: Tensor, real: bool) -> Tensor:
    """Mean squared distance of a discriminator's `verdict` from 1 (real) or 0 (fake) (Mao et al. 2017)."""
    return ((verdict - float(real)) ** 2).mean()


def finite_difference_penalty(here: Tensor, there: Tensor, step: float) -> Tensor:
    """Mean squared slope of a discriminator's verdicts between points and points a random normal `step` away in every value.

    Its expectation is the mean squared norm of a verdict's gradient, Mescheder et al.'s zero-centred penalty R1 of 2018, to first
    order and without a gradient of a gradient.
    """
    return ((there - here).float() / step).square().mean()


def patch_nce(query: Tensor, key: Tensor, temperature: float) -> Tensor:
    """Contrastive loss of features (image, place, feature): each query must tell its own place's key from its image's others.

    Cross-entropy of cosines over `temperature` (Park et al. 2020); keys get no gradient.
    """
    query, key = functional.normalize(query.float(), dim=-1), functional.normalize(key.detach().float(), dim=-1)
    with torch.autocast(query.device.type, enabled=False):  # bfloat16 has steps of 0.06 at a cosine of one over 0.07
        likeness = torch.einsum("npf,nqf->npq", query, key) / temperature
    own = torch.arange(likeness.shape[1], device=likeness.device).expand(likeness.shape[:2])
    return functional.cross_entropy(likeness.flatten(0, 1), own.flatten())
