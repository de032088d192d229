"""Rain-rate distributions: the same pixels on both sides, distances of known size, classes at their edges."""

import numpy as np
import pandas
import pytest
from scipy.stats import ks_2samp, wasserstein_distance

from gpm_assets.evaluation import distributions
from gpm_assets.evaluation.binned import add
from gpm_assets.evaluation.distributions import CLASSES, EDGES_MM_H, KEYS, SUMS
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import rain_sums


def table_of(x, y):
    return pandas.DataFrame(distributions.sums(Retrieved.certain(x, y), y), columns=[*KEYS, *SUMS])


@pytest.fixture
def rain():
    """Retrieved rain and its reference with gaps on either side, two thirds dry."""
    random = np.random.default_rng(5)
    y = np.where(random.random((60, 300)) < 0.3, random.gamma(0.5, 4, (60, 300)), 0.0)
    x = y * random.lognormal(0.1, 0.5, y.shape) + random.exponential(0.02, y.shape)
    x[random.random(y.shape) < 0.1] = np.nan
    y[random.random(y.shape) < 0.2] = np.nan
    return x.astype(np.float32), y.astype(np.float32)


def test_both_sides_are_the_scored_pixels(rain):
    """The trap: a method that gives nothing in deep convection must not look too dry because of it."""
    x, y = rain
    scores = rain_sums(Retrieved.certain(x, y), y)
    total = table_of(x, y)[list(SUMS)].sum()
    assert total["n_x"] == total["n_y"] == scores["n"] < np.isfinite(y).sum()
    assert total["x"] == pytest.approx(scores["x"])
    assert total["y"] == pytest.approx(scores["y"])
    hidden = np.where(y > 5, np.nan, y)
    assert distributions.measures(table_of(hidden, y)) == pytest.approx(dict.fromkeys(distributions.measures(table_of(y, y)), 0))


def test_distances_against_the_pixels(rain):
    x, y = rain
    both = np.isfinite(x) & np.isfinite(y)
    found = distributions.measures(table_of(x, y))
    assert found["wasserstein"] == pytest.approx(wasserstein_distance(x[both], y[both]), rel=0.05)
    exact = ks_2samp(np.maximum(x[both], 0.01), np.maximum(y[both], 0.01)).statistic  # all that is dry is the same
    assert exact * 0.8 < found["kolmogorov_smirnov"] <= exact + 1e-12
    assert 0 < found["hellinger"] < 1


def test_a_shift_is_its_own_distance():
    y = np.random.default_rng(1).gamma(2, 2, 5000) + 0.01
    found = distributions.measures(table_of(y + 3, y))
    assert found["wasserstein"] == pytest.approx(3, rel=0.01)
    assert distributions.measures(table_of(y + 1000, y))["kolmogorov_smirnov"] == 1


def test_classes_start_at_their_lower_edge():
    rates = np.array([-0.1, 0.0, 0.00999, 0.01, 149.9, 150.0, 1e6], np.float32)
    found = table_of(rates, rates)
    assert found["rain_class"].tolist() == [0, 1, CLASSES, CLASSES + 1]
    assert found["n_x"].tolist() == [3, 1, 1, 2]
    every = EDGES_MM_H[:-1].astype(np.float32)
    assert table_of(every, every)["rain_class"].tolist() == list(range(1, CLASSES + 1))


def test_parts_add_up(rain):
    x, y = rain
    parts = pandas.concat([table_of(x[part], y[part]) for part in (slice(40, None), slice(0, 13), slice(13, 40))])
    pandas.testing.assert_frame_equal(add(parts, KEYS, SUMS), table_of(x, y), check_dtype=False)


def test_areas_under_the_curves_are_shares(rain):
    x, y = rain
    table = table_of(x, y)
    curves = distributions.shares(table)
    decades = np.log10(curves["high_mm_h"] / curves["low_mm_h"])
    both = np.isfinite(x) & np.isfinite(y)
    assert (curves["occurrence_y"] * decades).sum() == pytest.approx(np.mean(y[both] >= 0.01))
    assert (curves["volume_x"] * decades).sum() == pytest.approx(x[both][x[both] >= 0.01].sum() / y[both].sum(), rel=1e-5)
    dry = distributions.shares(table_of(np.zeros(3), np.zeros(3)))
    assert dry["volume_y"].isna().all()
    assert (dry["occurrence_y"] == 0).all()


def test_nothing_is_nan():
    nothing = np.full(4, np.nan)
    assert all(np.isnan(value) for value in distributions.measures(table_of(nothing, nothing)).values())
