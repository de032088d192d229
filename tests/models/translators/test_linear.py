from dataclasses import replace

import numpy as np
import pytest
import torch

from models.errors import TrainingError
from models.packs import PackInfo
from models.pairs import PAIR_INDEX, write_pairs
from models.training import Run
from models.translators.linear import LinearRecipe, Moments, fit_linear, gaussian_transport

MATRIX = np.array([[0.9, 0.1, 0.0], [0.2, -0.3, 0.8]])


def exact_pairs(folder, count=5000, split="train"):
    r = np.random.default_rng(0)
    source = 230 + r.normal(size=(count, 3)) @ np.array([[20, 5, 3], [0, 10, 2], [0, 0, 8]])
    target = (source - 230) @ MATRIX.T + np.array([210, 250])
    index = np.zeros(count, PAIR_INDEX)
    index["weight"], index["split"] = 1.0, split
    info = PackInfo("F16_SSMIS", "simulated", ("37V", "37H", "91.665V"), ("36.64V", "89H"))
    return write_pairs(folder, info, source, target, index)


def with_pairs(data, pairs):
    info = replace(data.source.info, channels=pairs.info.channels)
    return replace(data, source=replace(data.source, info=info), pairs=pairs)


def test_recovers_an_exact_linear_map(data, folder):
    pairs = exact_pairs(folder)
    model = fit_linear(with_pairs(data, pairs), LinearRecipe(("36.64V", "89H"), ridge_k2=0.0), Run())
    np.testing.assert_allclose(model.matrix, MATRIX, atol=1e-4)
    far = np.array([100.0, 330.0, 180.0])
    expected = (far - 230) @ MATRIX.T + np.array([210, 250])
    found = model.translate(torch.tensor(far, dtype=torch.float32).reshape(1, 3, 1, 1)).flatten()
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_ridge_is_the_regression_for_noisy_inputs(data, folder):
    pairs = exact_pairs(folder)
    shrunk = fit_linear(with_pairs(data, pairs), LinearRecipe(("36.64V",), ridge_k2=1e4), Run())
    assert shrunk.matrix.abs().max() < 0.1


def test_too_few_pairs_is_an_error(data, folder):
    with pytest.raises(TrainingError, match="20 complete training pairs, 30 are needed"):
        fit_linear(with_pairs(data, exact_pairs(folder, 20)), LinearRecipe(("36.64V",)), Run())


def test_gaussian_transport_in_closed_form():
    """Commuting covariances: the map is the ratio of deviations along the common axes; otherwise it must push S to T."""
    none = torch.zeros(2, dtype=torch.float64)
    s, t = torch.diag(torch.tensor([4.0, 9.0]).double()), torch.diag(torch.tensor([16.0, 1.0]).double())
    torch.testing.assert_close(
        gaussian_transport(Moments(none, none, s, t, None)), torch.diag(torch.tensor([2.0, 1 / 3]).double())
    )
    s, t = torch.tensor([[4.0, 1], [1, 3]]).double(), torch.tensor([[2.0, -1], [-1, 5]]).double()
    a = gaussian_transport(Moments(none, none, s, t, None))
    torch.testing.assert_close(a @ s @ a.T, t)
    torch.testing.assert_close(a, a.T)


def test_without_pairs_moments_of_the_target_are_met(data):
    model = fit_linear(replace(data, pairs=None), LinearRecipe(patches=512), Run())
    assert not model.matrix[:, 4].any()  # the fifth channel is nobody's nearest
    source, target = (pack.tb(pack.select("train")) for pack in (data.source, data.target))
    out = model.translate(source)
    np.testing.assert_allclose(out.mean((0, 2, 3)), target.mean((0, 2, 3)), atol=1.5)
    np.testing.assert_allclose(out.std((0, 2, 3)), target.std((0, 2, 3)), rtol=0.1)


def test_pairs_beat_the_raw_copy(data):
    model = fit_linear(data, LinearRecipe(), Run())
    source, target = data.pairs.source(np.arange(4000)), data.pairs.target(np.arange(4000))
    out = model.translate(source.T[None, :, None])[0, :, 0].T
    assert ((out - target).square().mean(0) < 0.9 * (source[:, :4] - target).square().mean(0)).all()
    assert ((out - target).mean(0).abs() < 0.01).all()
