from dataclasses import replace

import torch

from models.training import Run
from models.translators.gaussian_transport import TransportRecipe, fit_gaussian_transport
from models.translators.linear import LinearRecipe, fit_linear

FEW = TransportRecipe(patches=128)


def test_pairs_take_no_part(data):
    assert data.pairs is not None
    model, alone = (fit_gaussian_transport(each, FEW, Run()) for each in (data, replace(data, pairs=None)))
    assert torch.equal(model.matrix, alone.matrix)
    assert torch.equal(model.output_mean, alone.output_mean)


def test_is_what_the_line_is_without_pairs(data):
    model = fit_gaussian_transport(data, FEW, Run())
    line = fit_linear(replace(data, pairs=None), LinearRecipe(patches=128), Run())
    assert torch.equal(model.matrix, line.matrix)
    assert not torch.allclose(model.matrix, fit_linear(data, LinearRecipe(), Run()).matrix, atol=0.01)
