"""Sums by bin: what is added, what is refused, and distances against the values themselves."""

import numpy as np
import pandas
import pytest
from scipy.stats import wasserstein_distance

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.binned import add, hellinger, require_added, rows, scored, wasserstein
from gpm_assets.evaluation.retrieved import Retrieved


def test_empty_bins_have_no_row():
    found = rows({"kind": "a", "bin": range(3)}, {"n": np.array([1, 0, 0]), "x": np.array([0.0, 0.0, 2.5])})
    assert found == [{"kind": "a", "bin": 0, "n": 1.0, "x": 0.0}, {"kind": "a", "bin": 2, "n": 0.0, "x": 2.5}]


def test_adding_keeps_what_is_not_pooled_apart():
    table = pandas.DataFrame({"method": ["a", "a", "b"], "bin": [1, 1, 1], "n": [1.0, 2.0, 5.0]})
    assert add(table, ["bin"], ["n"], by=["method"])["n"].tolist() == [3.0, 5.0]
    assert add(table, ["bin"], ["n"])["n"].tolist() == [8.0]
    with pytest.raises(GpmAssetsError, match=r"2 bins occur more than once, the first is bin=1; select one method"):
        require_added(table, ["bin"])
    require_added(add(table, ["bin"], ["n"]), ["bin"])


def test_scored_are_pixels_of_both():
    reference = np.array([0.0, np.nan, 1.0, 1.0])
    assert scored(Retrieved.certain([0.0, 1.0, np.nan, 2.0], reference), reference).tolist() == [True, False, False, True]
    with pytest.raises(GpmAssetsError, match=r"retrieved \(4,\), reference \(3,\)"):
        scored(Retrieved.certain(reference, reference), reference[:3])


@pytest.mark.parametrize("shift", [0.0, 0.3, 5.0])
def test_wasserstein_within_a_bin_and_never_below_the_bias(shift):
    random = np.random.default_rng(0)
    x, y = random.gamma(2, 2, 20_000) + shift, random.gamma(1, 4, 20_000)
    bins = [np.floor(values).astype(int) for values in (x, y)]
    counts = [np.bincount(part, minlength=100).astype(float) for part in bins]
    means = [np.bincount(part, values, 100) for part, values in zip(bins, (x, y), strict=True)]
    found, exact = wasserstein(*counts, *means), wasserstein_distance(x, y)
    assert abs(found - exact) < 0.1  # bins are 1 wide: the limit is 1
    assert found >= abs(x.mean() - y.mean()) - 1e-9


def test_hellinger_of_the_same_the_disjoint_and_nothing():
    one, other = np.array([1.0, 3.0, 0.0]), np.array([0.0, 0.0, 7.0])
    assert hellinger(one, 10 * one) == pytest.approx(0, abs=1e-7)
    assert hellinger(one, other) == 1
    assert hellinger(np.array([1.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(np.sqrt(1 - np.sqrt(0.5)))
    assert np.isnan(hellinger(one, 0 * one))
    assert np.isnan(wasserstein(one, 0 * one, one, one))


def test_hellinger_of_two_samples_is_what_its_docstring_says():
    random = np.random.default_rng(1)
    shares = np.full(50, 1 / 50)
    squares = [hellinger(*(random.multinomial(5000, shares).astype(float) for _ in range(2))) ** 2 for _ in range(200)]
    assert np.mean(squares) == pytest.approx(50 / (4 * 5000), rel=0.1)
