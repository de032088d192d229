"""Distributions of quantiles: function and threshold-weighted scores, against closed forms, another library, plain rules."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.distribution import Distribution

LEVELS = torch.arange(1, 100) / 100


def exponential(pixels=1, levels=LEVELS):
    return Distribution((-torch.log1p(-levels)).repeat(pixels, 1), levels)


def numerical(quantiles, rain, above):
    """The integral of (F - [x >= rain])^2 from `above` on, with a fine rule."""
    x = np.linspace(above, 130, 400_001)
    levels = np.interp(x, quantiles, LEVELS.numpy(), left=0, right=1)
    return np.trapezoid((levels - (x >= rain)) ** 2, x)


@given(
    st.lists(st.floats(0, 100, width=32), min_size=99, max_size=99, unique=True).map(sorted),
    st.floats(0, 120, width=32),
    st.sampled_from([0.0, 0.1, 2.5, 10.0]),
)
def test_scores_are_the_integral(quantiles, rain, above):
    found = Distribution(torch.tensor([quantiles]), LEVELS).crps(torch.tensor([rain]), (above,)).item()
    assert found == pytest.approx(numerical(np.array(quantiles), rain, above), rel=2e-3, abs=4e-3)


@pytest.mark.parametrize("above", [0.1, 0.5, 2.5])
def test_threshold_weighted_scores_against_the_scores_package(above):
    scores = pytest.importorskip("scores.probability")
    xarray = pytest.importorskip("xarray")
    levels = (torch.arange(2000) + 0.5) / 2000
    fine = exponential(levels=levels)
    members = xarray.DataArray(fine.quantiles.numpy(), dims=("pixel", "member"))
    rain = xarray.DataArray([0.7], dims="pixel")
    theirs = scores.tail_tw_crps_for_ensemble(members, rain, "member", threshold=above, tail="upper", method="ecdf")
    assert fine.crps(torch.tensor([0.7]), (above,)).item() == pytest.approx(float(theirs), abs=1e-3)


def test_threshold_weighted_scores_ignore_what_is_below():
    low = Distribution(torch.linspace(0, 1.5, 99).repeat(3, 1), LEVELS)
    found = low.crps(torch.tensor([0.0, 1.9, 5.0]), (0.0, 2.0))
    torch.testing.assert_close(found[:, 1], torch.tensor([0.0, 0.0, 3.0]), atol=1e-5, rtol=1e-5)
    assert (found[:, 0] > found[:, 1]).all()


def test_all_weights_at_once_are_each_alone():
    one = exponential(4)
    rain, above = torch.tensor([0.0, 0.3, 1.0, 9.0]), (0.0, 0.1, 2.5)
    together = one.crps(rain, above)
    for column, floor in enumerate(above):
        torch.testing.assert_close(together[:, column], one.crps(rain, (floor,))[:, 0])


def test_the_distribution_function():
    one = exponential(3)
    rain = torch.tensor([[0.0, 0.5], [1.0, 4.0], [4.7, 1e9]])
    expected = torch.tensor([[0.0, 1 - np.exp(-0.5)], [1 - np.exp(-1), 1 - np.exp(-4)], [1.0, 1.0]], dtype=torch.float32)
    torch.testing.assert_close(one.below(rain), expected, atol=1e-3, rtol=0)
    torch.testing.assert_close(one.below(one.quantiles[:, 1:]), LEVELS[1:].repeat(3, 1))


def test_quantiles_that_coincide_jump():
    """Half of the mass at zero: P(R < 0) is 0, just above it is the level of the last zero."""
    quantiles = torch.cat([torch.zeros(50), torch.linspace(1, 2, 49)])[None]
    one = Distribution(quantiles, LEVELS)
    assert one.below(torch.tensor([[0.0, 1e-6, 1.0]]))[0].tolist() == pytest.approx([0, 0.5, 0.51], abs=1e-4)
    dry = Distribution(torch.zeros(1, 99), LEVELS)
    assert dry.crps(torch.tensor([3.0])).item() == 3
    assert dry.crps(torch.tensor([0.0])).item() == 0


def test_missing_stays_missing():
    quantiles = torch.stack([torch.linspace(0, 1, 99), torch.full((99,), torch.nan)])
    one = Distribution(quantiles, LEVELS)
    assert one.crps(torch.tensor([torch.nan, 1.0])).isnan().all()
    assert one.below(torch.tensor([[0.5], [0.5]])).isnan().tolist() == [[False], [True]]
