import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelsError
from models.prediction import QuantilePrediction, mixture

LEVELS = torch.arange(1, 100) / 100


def prediction(values):
    """One pixel a row of `values` (pixel, level)."""
    q = torch.as_tensor(values, dtype=torch.float32).T[None, :, None, :]
    return QuantilePrediction(q, LEVELS, q.mean(1))


def exponential(scale):
    return prediction(-scale * torch.log1p(-LEVELS)[None])


def numerical_crps(quantiles, y):
    """Twice the integral of the pinball loss over all levels, with a fine rule."""
    tau = (np.arange(200_000) + 0.5) / 200_000
    q = np.interp(tau, LEVELS.numpy(), quantiles)
    return 2 * np.mean((y - q) * (tau - (y < q)))


@given(
    st.lists(st.floats(0, 100), min_size=99, max_size=99).map(sorted),
    st.floats(0, 120),
)
def test_crps_is_the_integral_of_the_pinball_loss(quantiles, rain):
    found = prediction([quantiles]).crps(torch.tensor([[[rain]]])).item()
    assert found == pytest.approx(numerical_crps(np.array(quantiles), rain), rel=2e-3, abs=2e-3)


def test_crps_of_an_exponential_distribution():
    """Closed form: y + 2 exp(-y) - 3/2 for scale 1 (Jordan et al. 2019); the cut tail of one percent costs little."""
    y = torch.tensor([0.0, 0.3, 1.0, 4.0])[None, None]
    many = prediction((-torch.log1p(-LEVELS)).repeat(4, 1))
    torch.testing.assert_close(many.crps(y), y + 2 * torch.exp(-y) - 1.5, atol=0.005, rtol=0)


def test_crps_against_an_ensemble_of_the_scores_package():
    scores = pytest.importorskip("scores.probability")
    xarray = pytest.importorskip("xarray")
    quantiles = -torch.log1p(-((torch.arange(2000) + 0.5) / 2000))
    fine = QuantilePrediction(quantiles[None, :, None, None], (torch.arange(2000) + 0.5) / 2000, torch.zeros(1, 1, 1))
    members = xarray.DataArray(quantiles.numpy()[None], dims=("pixel", "member"))
    theirs = scores.crps_for_ensemble(members, xarray.DataArray([0.7], dims="pixel"), "member", method="ecdf")
    assert fine.crps(torch.tensor([[[0.7]]])).item() == pytest.approx(float(theirs), abs=1e-3)


def test_a_certain_prediction_scores_its_error():
    y = torch.tensor([[[0.0, 3.0, 5.0]]])
    certain = prediction(np.full((3, 99), 3.0))
    torch.testing.assert_close(certain.crps(y), (y - 3).abs())


def test_exceedance():
    p = exponential(2.0)
    for threshold in (0.1, 1.0, 5.0):
        assert p.exceedance(threshold).item() == pytest.approx(np.exp(-threshold / 2), abs=1e-3)
    dry, wet = prediction(np.zeros((1, 99))), prediction(np.full((1, 99), 4.0))
    assert (dry.exceedance(0.1).item(), wet.exceedance(0.1).item(), wet.exceedance(4.0).item()) == (0, 1, 1)
    assert p.exceedance(1000.0).item() == 0


def test_quantiles_between_and_beyond_levels():
    p = prediction(LEVELS[None] * 100)
    assert p.median.item() == pytest.approx(50)
    assert p.quantile(0.905).item() == pytest.approx(90.5)
    assert (p.quantile(0.001).item(), p.quantile(0.9999).item()) == pytest.approx((1, 99))


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_mixture_of_identical_members_is_the_member(count):
    p = exponential(1.5)
    mixed = mixture([p] * count)
    torch.testing.assert_close(mixed.quantiles, p.quantiles)
    torch.testing.assert_close(mixed.mean, p.mean)


def test_mixture_averages_probabilities_not_quantiles():
    dry, wet = prediction(np.zeros((1, 99))), prediction(np.full((1, 99), 8.0))
    mixed = mixture([dry, dry, dry, wet])
    for threshold in (0.1, 4.0):
        assert mixed.exceedance(threshold).item() == pytest.approx(0.25, abs=0.01)
    assert mixed.median.item() == 0
    assert mixed.mean.item() == 2
    spread = mixture([exponential(0.5), exponential(4.0)])
    for threshold in (0.2, 1.0, 3.0):
        average = (np.exp(-threshold / 0.5) + np.exp(-threshold / 4)) / 2
        assert spread.exceedance(threshold).item() == pytest.approx(average, abs=0.012)


def test_mixture_needs_the_same_even_levels():
    p = exponential(1.0)
    uneven = QuantilePrediction(p.quantiles, LEVELS**2, p.mean)
    for members in ([p, uneven], [uneven, uneven]):
        with pytest.raises(ModelsError, match="evenly spaced"):
            mixture(members)


def test_missing_stays_missing():
    p = prediction(np.full((1, 99), np.nan))
    assert p.crps(torch.ones(1, 1, 1)).isnan().all()
    assert p.exceedance(0.1).isnan().all()
    assert exponential(1.0).crps(torch.full((1, 1, 1), torch.nan)).isnan().all()


def drawn(p, count=1, seed=0):
    return p.samples(count, torch.Generator().manual_seed(seed))


def test_draws_are_spread_as_the_quantiles_say():
    """A pixel with 20,000 draws: its quantiles, its mean, and the CRPS that an ensemble of these draws has."""
    p = exponential(2.0)
    many = drawn(p, 20_000).flatten()
    for level in (0.1, 0.5, 0.9):
        assert many.quantile(level).item() == pytest.approx(p.quantile(level).item(), rel=0.05)
    q = p.quantiles.flatten()
    area = 0.01 * (q[1:] + q[:-1]).sum() / 2 + 0.01 * (q[0] + q[-1])  # of the quantile function
    assert many.mean().item() == pytest.approx(area.item(), rel=0.03)
    rain = torch.tensor([[[1.3]]])
    ensemble = (many - 1.3).abs().mean() - (many[::2] - many[1::2]).abs().mean() / 2
    assert p.crps(rain).item() == pytest.approx(ensemble.item(), abs=0.03)
    assert q[0] <= many.min()
    assert many.max() <= q[-1]


def test_draws_keep_places_apart_and_follow_from_the_generator():
    quantiles = torch.rand(2, 99, 5, 7, generator=torch.Generator().manual_seed(3)).sort(dim=1).values
    quantiles = quantiles + 10 * torch.arange(70).reshape(2, 1, 5, 7)  # pixels whose ranges do not meet
    quantiles[1, :, 2, 3] = torch.nan
    p = QuantilePrediction(quantiles, LEVELS, quantiles.mean(1))
    made = drawn(p, 4)
    assert made.shape == (4, 2, 5, 7)
    inside = (made >= quantiles.min(1).values) & (made <= quantiles.max(1).values)
    assert torch.equal(inside, p.mean.isfinite().expand_as(inside))
    assert made[:, 1, 2, 3].isnan().all()
    torch.testing.assert_close(drawn(p, 4), made, equal_nan=True)
    assert (drawn(p, 4, seed=1) != made)[p.mean.isfinite().expand_as(made)].float().mean() > 0.9


def test_draws_of_neighbours_are_independent():
    p = prediction((-torch.log1p(-LEVELS)).repeat(2, 1))
    left, right = drawn(p, 20_000).flatten(1).T
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.03


def test_draws_of_a_mixture_come_from_every_member():
    dry, wet = prediction(np.zeros((1, 99))), prediction(np.full((1, 99), 8.0))
    assert (drawn(mixture([dry, dry, dry, wet]), 20_000) > 4).float().mean().item() == pytest.approx(0.25, abs=0.02)


@given(st.floats(0, 150), st.floats(0, 150))
def test_a_certain_prediction_scores_its_absolute_error_exactly(said, rain):
    certain = QuantilePrediction(torch.full((1, 99, 1, 1), said), LEVELS, torch.full((1, 1, 1), said))
    found = certain.crps(torch.full((1, 1, 1), rain))
    torch.testing.assert_close(found, (torch.tensor(rain) - torch.tensor(said)).abs().expand(1, 1, 1), atol=1e-5, rtol=1e-6)
