"""The head and its losses on distributions that are known: zero-inflated log-normals, a feature each."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from models.losses import pinball, poisson_deviance
from models.retrievals.head import QuantileHead, levels
from models.training import Phase, Run, Schedule, train

CASES = [(wet, sigma) for sigma in (1.0, 1.5) for wet in (0.02, 0.05, 0.1, 0.3, 1.0)]
"""P(wet) and the logarithmic spread of rain of median 1 mm/h where it is wet."""
STRATA = 40


def mean(wet, sigma):
    return wet * np.exp(sigma**2 / 2)


def quantile(wet, sigma):
    """Quantiles (level,) at the head's levels."""
    inside = 1 - (1 - levels().numpy()) / wet
    return np.where(inside > 0, np.exp(sigma * norm.ppf(inside.clip(1e-6))), 0)


def draws(wet, sigma):
    """Rain (n,) and weights (n,) that sum to 1: zero, and the means of equally probable strata, so that their mean is exact."""
    edges = norm.ppf(np.linspace(0, 1, STRATA + 1))
    inside = np.exp(sigma**2 / 2) * STRATA * -np.diff(norm.cdf(sigma - edges))
    return np.append(inside, 0.0), np.append(np.full(STRATA, wet / STRATA), 1 - wet)


@pytest.fixture(scope="module")
def head():
    rain, weights = (torch.tensor(np.concatenate(each)).float() for each in zip(*(draws(*case) for case in CASES), strict=True))
    which = torch.arange(len(CASES)).repeat_interleave(STRATA + 1)
    weights = weights * (STRATA + 1)

    def losses(step):
        quantiles, average = model(torch.eye(len(CASES)))
        return {
            "pinball": pinball(quantiles[which], levels(), rain, weights),
            "deviance": poisson_deviance(average[which], rain, weights),
        }

    model = QuantileHead(len(CASES))
    schedule = Schedule(steps=800, batch=1, learning_rate=0.05, warm_up=20, average=0.9)
    return train(model, [Phase(list(model.parameters()), losses)], lambda step: step, schedule, Run())


@torch.no_grad()
def test_the_mean_of_rare_rain_is_right_and_that_of_its_quantiles_is_not(head):
    quantiles, found = head(torch.eye(len(CASES)))
    known = np.array([mean(*case) for case in CASES])
    np.testing.assert_allclose(found.numpy(), known, rtol=0.02)
    lost = 1 - quantiles.mean(dim=1).numpy() / known
    expected = 1 - np.array([quantile(*case).mean() for case in CASES]) / known
    common = [wet >= 0.1 for wet, _ in CASES]
    np.testing.assert_allclose(lost[common], expected[common], atol=0.08)
    rare = [wet <= 0.3 for wet, _ in CASES]
    assert (lost[rare] > 0.1).all()
    assert lost.max() > 0.5


@torch.no_grad()
def test_quantiles_are_those_of_the_distribution_where_rain_is_not_rare(head):
    """From P(wet) = 0.1 on, and to three levels from the jump: wet levels next to dry ones are slow to rise."""
    quantiles, _ = head(torch.eye(len(CASES)))
    for number, case in [(number, case) for number, case in enumerate(CASES) if case[0] >= 0.1]:
        found, known = quantiles[number].numpy(), quantile(*case)
        assert found[known == 0].max(initial=0) < 0.05
        wet = (levels().numpy() > 1.03 - case[0]) & (known < np.exp(case[1]))  # to rain's 84th percentile: wide strata above
        np.testing.assert_allclose(found[wet], known[wet], rtol=0.25, atol=0.15)


def test_the_mean_takes_nothing_from_the_quantiles_that_follow_it():
    head = QuantileHead(3)
    quantiles, _ = head(torch.ones(2, 3))
    quantiles.sum().backward()
    assert head.line.bias.grad[-1] == 0
    assert (head.line.weight.grad[-1] == 0).all()
    before, _ = head(torch.ones(1, 3))
    with torch.no_grad():
        head.line.bias[-1] += 2
    after, _ = head(torch.ones(1, 3))
    assert (after > before).all()
