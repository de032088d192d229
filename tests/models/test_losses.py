import math

import pytest
import torch
from torch import nn

from models.losses import finite_difference_penalty, huber, least_squares_gan, patch_nce, pinball, poisson_deviance


def minimised(start, loss):
    parameter = nn.Parameter(start)
    optimiser = torch.optim.Adam([parameter], 0.02)
    for _ in range(600):
        optimiser.zero_grad()
        loss(parameter).backward()
        optimiser.step()
    return parameter.detach()


@pytest.fixture
def skewed():
    torch.manual_seed(0)
    return torch.exp(torch.randn(20_000))


def test_pinball_is_least_at_the_quantiles(skewed):
    levels, ones = torch.tensor([0.1, 0.5, 0.9]), torch.ones(len(skewed))
    found = minimised(torch.ones(3), lambda q: pinball(q.expand(len(skewed), 3), levels, skewed, ones))
    torch.testing.assert_close(found, skewed.quantile(levels), atol=0.03, rtol=0.02)


def test_pinball_weights_count_as_repetition():
    y, levels = torch.tensor([1.0, 5.0]), torch.tensor([0.25, 0.75])
    q = torch.tensor([[2.0, 3.0], [2.0, 3.0]])
    repeated = pinball(q[[0, 0, 0, 1]], levels, y[[0, 0, 0, 1]], torch.ones(4))
    weighted = pinball(q, levels, y, torch.tensor([1.5, 0.5]))
    assert weighted.item() == pytest.approx(repeated.item())


def test_poisson_deviance_is_least_at_the_mean(skewed):
    ones = torch.ones(len(skewed))
    found = minimised(torch.tensor(0.0), lambda log: poisson_deviance(log.exp().expand(len(skewed)), skewed, ones))
    assert found.exp().item() == pytest.approx(skewed.mean().item(), rel=0.01)
    assert abs(skewed.median() - skewed.mean()) > 0.5


def test_huber_counts_known_values_only():
    truth = torch.tensor([0.0, float("nan"), 0.0])
    assert huber(torch.tensor([1.0, 9.0, 10.0]), truth, 2.0).item() == pytest.approx((0.5 + 2 * (10 - 1)) / 2)
    assert huber(torch.tensor([1.0]), torch.tensor([float("nan")]), 2.0).item() == 0


def test_least_squares_gan_rewards_the_right_verdict():
    verdict = torch.tensor([1.0, 1.0])
    assert least_squares_gan(verdict, real=True) == 0
    assert least_squares_gan(verdict, real=False) == 1


def test_huber_has_a_gradient_only_where_truth_is_known():
    prediction = torch.tensor([1.0, 9.0], requires_grad=True)
    huber(prediction, torch.tensor([0.0, float("nan")]), 2.0).backward()
    assert prediction.grad.tolist() == [1, 0]


def test_finite_differences_are_the_squared_gradient():
    here, there = torch.tensor([1.0, 2.0]), torch.tensor([1.2, 2.1])
    assert finite_difference_penalty(here, there, 0.1).item() == pytest.approx((2**2 + 1**2) / 2, rel=1e-5)
    torch.manual_seed(0)
    slope, points = torch.tensor([3.0, -4.0]), torch.randn(100_000, 2)
    beside = points + 0.1 * torch.randn_like(points)
    assert finite_difference_penalty(points @ slope, beside @ slope, 0.1).item() == pytest.approx(25, rel=0.02)


def test_patch_nce_is_the_cross_entropy_of_cosines():
    """Keys at right angles: the own one has a cosine of 1, the other one 0, of whatever length the features are."""
    keys = torch.eye(2)[None]
    expected = math.log(1 + math.exp(-1 / 0.5))
    assert patch_nce(3 * keys, 7 * keys, 0.5).item() == pytest.approx(expected, rel=1e-5)
    assert patch_nce(keys.flip(1), keys, 0.5).item() == pytest.approx(expected + 1 / 0.5, rel=1e-5)
    assert patch_nce(torch.ones(1, 2, 2), keys, 0.5).item() == pytest.approx(math.log(2), rel=1e-5)


def test_patch_nce_compares_places_of_one_image_and_leaves_keys_alone():
    torch.manual_seed(0)
    query, key = (torch.randn(3, 5, 4, requires_grad=True) for _ in range(2))
    each = [patch_nce(query[n : n + 1], key[n : n + 1], 0.07) for n in range(3)]
    assert patch_nce(query, key, 0.07).item() == pytest.approx(sum(each).item() / 3, rel=1e-5)
    patch_nce(query, key, 0.07).backward()
    assert query.grad.abs().max() > 0
    assert key.grad is None
