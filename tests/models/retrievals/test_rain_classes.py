import math

import pytest
import torch
from scipy import stats

from models.prediction import QuantilePrediction
from models.retrievals.bmci import BmciConfig
from models.retrievals.head import levels
from models.retrievals.rain_classes import ClassRetrieval, class_bounds, class_of, quantiles

MEDIAN, SPREAD = 0.8, 1.1
"""Rain of wet pixels: log-normal."""


def zero_inflated(p_wet, count):
    """Bounds, and probabilities (1, class) of rain that is 0 or log-normal, exactly."""
    bounds = class_bounds(count)
    wet = stats.lognorm(SPREAD, scale=MEDIAN)
    below = torch.from_numpy(wet.cdf(bounds.double().numpy()))
    below[-1] = 1.0
    probabilities = torch.cat([below[:1], below.diff()])[None] * p_wet
    probabilities[0, 0] += 1 - p_wet
    return bounds, probabilities.float()


@pytest.mark.parametrize(("count", "tolerance"), [(12, 0.2), (48, 0.02)])  # a class of 12 spans a factor of 2.4
@pytest.mark.parametrize("p_wet", [0.02, 0.1, 0.5, 1.0])
def test_quantiles_of_a_zero_inflated_log_normal(count, tolerance, p_wet):
    bounds, probabilities = zero_inflated(p_wet, count)
    made = quantiles(probabilities, bounds, levels())[0].double()
    inside = (levels().double() - (1 - p_wet)) / p_wet
    exact = torch.from_numpy(stats.lognorm(SPREAD, scale=MEDIAN).ppf(inside.clamp(0, 1).numpy()))
    checked = (exact > 0.02) & (exact < 100)
    torch.testing.assert_close(made[checked], exact[checked], rtol=tolerance, atol=0)
    assert (made[levels() <= 1 - p_wet] == 0).all()
    assert (made[levels() > probabilities[0, 0] + 1e-4] > 0).all()
    assert (made.diff() >= 0).all()


def test_quantiles_rise_and_stay_in_bounds_whatever_the_probabilities():
    bounds = class_bounds(16)
    probabilities = torch.softmax(torch.randn(500, 16, generator=torch.Generator().manual_seed(0)) * 8, dim=1)
    made = quantiles(probabilities, bounds, levels())
    assert (made.diff(dim=1) >= 0).all()
    assert made.min() >= 0
    assert made.max() <= bounds[-1] * 1.00001
    certain = quantiles(torch.eye(16), bounds, levels())
    assert (certain[0] == 0).all()
    assert (class_of(certain[1:-1, 1:-1].contiguous(), bounds) == torch.arange(1, 15)[:, None]).all()


def test_bounds_and_classes():
    bounds = class_bounds(16)
    assert bounds[0] == pytest.approx(0.01)
    assert bounds[-1] == pytest.approx(150)
    ratios = bounds[1:] / bounds[:-1]
    torch.testing.assert_close(ratios, ratios[:1].expand_as(ratios), rtol=1e-4, atol=0)
    rain = torch.tensor([0.0, 0.0099, 0.011, 149.0, 200.0])
    assert class_of(rain, bounds).tolist() == [0, 0, 1, 15, 15]


def test_exceedance_is_the_probability_of_the_classes_above():
    bounds, probabilities = zero_inflated(0.4, 48)
    made = quantiles(probabilities, bounds, levels())
    p = QuantilePrediction(made.T[None, :, :, None], levels(), torch.zeros(1, 1, 1))
    exact = 0.4 * stats.norm.sf((math.log(0.5) - math.log(MEDIAN)) / SPREAD)
    assert p.exceedance(0.5).item() == pytest.approx(exact, abs=0.005)


class Given(ClassRetrieval):
    """A retrieval that gives every pixel the same probabilities."""

    kind = "given"
    given = None

    def probabilities(self, pixels):
        return self.given.expand(len(pixels), -1)


@pytest.mark.parametrize("count", [12, 48])
@pytest.mark.parametrize("p_wet", [0.02, 0.1, 0.5, 1.0])
def test_mean_of_a_zero_inflated_log_normal_that_was_sampled(count, p_wet):
    """Class means come from draws that are wet more often than what is predicted."""
    generator = torch.Generator().manual_seed(1)
    wet = torch.rand(400_000, generator=generator) < 0.3
    rain = torch.where(wet, MEDIAN * torch.exp(SPREAD * torch.randn(len(wet), generator=generator)), 0.0)
    model = Given(BmciConfig(classes=count))
    model.fit_means(rain, torch.where(wet, 0.5, 2.0))
    model.given = zero_inflated(p_wet, count)[1]
    p = model.predict(torch.full((1, 4, 3, 5), 220.0))
    assert p.mean.shape == (1, 3, 5)
    assert p.mean[0, 1, 2].item() == pytest.approx(p_wet * MEDIAN * math.exp(SPREAD**2 / 2), rel=0.02)
