"""Translators that are a linear map and a network's correction of it: `P x + s f(x)`, f zero before training.

They start as the linear baseline, so that none can start with warm and cold exchanged, and unequal channel counts are no special
case. With P zero and s the deviations of the output, the network alone is left: the plain generator of the publications.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.layers import channels_last
from models.normalisation import Normalisation
from models.training import Run
from models.translators.base import TranslationData, Translator, UnpairedSamples
from models.translators.linear import Linear, LinearConfig, LinearRecipe, Moments, fit_linear, moments_of


class Corrected(Translator):
    """A linear map in K and a network's correction of it; the network reads normalised TB and gives multiples of `scale`."""

    scale: Tensor
    """(output,) K: the size of a correction of one."""

    def __init__(self, inputs: tuple[str, ...], outputs: tuple[str, ...], network: nn.Module, radius: int, multiple: int) -> None:
        super().__init__(inputs, outputs)
        self.lift = Linear(LinearConfig(inputs, outputs))
        self.normalisation = Normalisation(len(inputs))
        self.network = network
        self.register_buffer("scale", torch.ones(len(outputs)))
        self.receptive_radius, self.multiple = radius, multiple
        channels_last(self)

    def forward(self, tb: Tensor) -> Tensor:
        """The linear map in float32, the correction in the precision of the context."""
        normalised = self.normalisation(tb).contiguous(memory_format=torch.channels_last)
        return self.lift(tb) + self.scale[:, None, None] * self.network(normalised).float()


def start(model: Corrected, lift: Linear, source: Tensor, weights: Tensor, seen: Tensor, wanted: Tensor) -> None:
    """Set what is known before training: the map, the normalisation of `source` patches in K, the size of a correction.

    A correction is as large as the deviation in K that the map leaves, by the covariances of what is `seen` and `wanted`.
    """
    matrix = lift.matrix.double()
    model.normalisation.fit(source, weights)
    model.lift.load_state_dict(lift.state_dict())
    model.scale.copy_((wanted - matrix @ seen @ matrix.T).diag().clamp_min(1.0).sqrt())


def moments_apart(samples: UnpairedSamples) -> Moments:
    """Moments of either side, which nothing pairs."""
    (source_mean, source), (target_mean, target) = (
        moments_of(side, samples.weights) for side in (samples.source, samples.target)
    )
    return Moments(source_mean, target_mean, source, target, None)


def lift_forth(data: TranslationData, outputs: tuple[str, ...]) -> Linear:
    """The linear baseline from all channels of the partner."""
    return fit_linear(data, LinearRecipe(outputs), Run())


def lift_back(forth: Linear, moments: Moments) -> Linear:
    """The regression of x on y that belongs to a map `P`: `S P' T^-1` with covariances S of the source and T of the target.

    The pseudo-inverse of P would blow up whatever variance of GMI the lift cannot give, and judges would see only that.
    """
    backward = moments.source @ forth.matrix.double().T @ torch.linalg.pinv(moments.target, rtol=1e-6, hermitian=True)
    back = Linear(LinearConfig(forth.outputs, forth.inputs))
    return back.set(backward, forth.output_mean, forth.input_mean)


def no_lift(inputs: tuple[str, ...], outputs: tuple[str, ...], mean: Tensor) -> Linear:
    """The map that leaves everything to the network: the `mean` of the outputs in K, whatever is seen."""
    return Linear(LinearConfig(inputs, outputs)).set(torch.zeros(len(outputs), len(inputs)), torch.zeros(len(inputs)), mean)
