import pytest
import torch
from torch import nn

from models.losses import huber, least_squares_gan, pinball, poisson_deviance


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
