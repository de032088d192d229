"""Block bootstrap: what it covers, what it pairs, that it repeats."""

import itertools

import numpy as np
import pandas
import pytest
from scipy.stats import bootstrap as scipy_bootstrap

from gpm_assets.evaluation.bootstrap import (
    FEWEST_BLOCKS,
    WITHIN,
    Blocks,
    blocks,
    by_method,
    estimate,
    over_seeds,
    resample,
)
from gpm_assets.evaluation.scores import merge, rain_measures
from gpm_assets.evaluation.table import sums


def plan(count, resamples=400, seed=0):
    """A plan of draws for `count` days."""
    days = [f"{day:05d}" for day in range(count)]
    return blocks(pandas.DataFrame({"n": 1.0, "missing": 0.0, "block": days, "granule": days}), resamples, seed)


def resampled_means(values, drawn):
    """Means of blocks (block, ...) as resampled arrays (..., 1 + resample, 1 + within)."""
    return np.moveaxis(drawn.draws.astype(float) @ values / len(values), (0, 1), (-2, -1))


def coverage(truth, make, count, trials=1600, batch=100):
    """Share of trials whose interval holds the truth; `make(rng, drawn, batch)` gives resampled values of many trials."""
    rng = np.random.default_rng(count)
    batches = [make(rng, plan(count, seed=seed), batch) for seed in range(trials // batch)]
    found = [estimate(values) for values in itertools.chain.from_iterable(batches)]
    return np.mean([one.low < truth < one.high for one in found])


def test_the_first_resample_is_the_sample(rain_table):
    scores = rain_table({"linear": 0.5})
    merged = merge(scores[sums(scores)].to_dict("records"))
    drawn = resample(scores, blocks(scores, resamples=10))
    assert {name: values[0, 0] for name, values in drawn.items()} == pytest.approx(merged)
    assert all(values.shape == (11, 1 + WITHIN) for values in drawn.values())


def test_draws_are_draws_with_replacement_and_draws_of_those():
    drawn = plan(25, resamples=500).draws
    np.testing.assert_array_equal(drawn.sum(axis=-1), 25)
    assert drawn[1:, 0].var() == pytest.approx(1 - 1 / 25, rel=0.1)  # multinomial
    outer, inner = drawn[1:, :1].astype(float), drawn[1:, 1:].astype(float)
    assert not inner[np.broadcast_to(outer == 0, inner.shape)].any(), "what a resample lacks no resample of it has"
    assert np.abs((inner - outer).mean()) < 1e-12
    assert ((inner - outer) ** 2).mean() == pytest.approx((outer * (1 - outer / 25)).mean(), rel=0.05)


def test_resampled_sums_are_the_sums_of_drawn_blocks(rain_table):
    scores = rain_table({"linear": 0.5}, granules=21)
    drawn = blocks(scores, resamples=3)
    merged = resample(scores, drawn)["squared"]
    one = scores.set_index("granule").loc[list(drawn.labels), "squared"].to_numpy()
    for row, within in ((0, 0), (1, 0), (2, 5), (3, WITHIN)):
        assert merged[row, within] == pytest.approx(np.sum(one * drawn.draws[row, within]))


def test_the_order_of_rows_changes_nothing(rain_table):
    scores = rain_table({"linear": 0.5, "raw": 1.0}, granules=21, seeds=(0, 1, 2))
    shuffled = scores.sample(frac=1, random_state=3)
    found, again = (by_method(rows, blocks(rows, 20), rain_measures) for rows in (scores, shuffled))
    assert list(found) == list(again)
    for method in found:
        for name in ("csi@0.1", "crps", "r"):
            np.testing.assert_allclose(found[method][name], again[method][name], rtol=1e-10)


def test_days_are_blocks_and_overpasses_where_days_are_few(rain_table):
    many, few = blocks(rain_table({"linear": 0.5}, granules=75), 2), blocks(rain_table({"linear": 0.5}, granules=30), 2)
    assert (many.unit, len(many.labels)) == ("day", 25)
    assert (few.unit, len(few.labels)) == ("overpass", 30)


def test_blocks_without_a_reference_pixel_are_none(rain_table):
    scores = rain_table({"linear": 0.5}, granules=30)
    scores.loc[scores["granule"] < "granule-008", ["n", "missing"]] = 0.0
    assert len(blocks(scores, 2).labels) == 22
    scores[["n", "missing"]] = 0.0
    nothing = resample(scores, blocks(scores))
    assert blocks(scores).labels == ()
    assert nothing["n"].shape == (1, 1)
    assert np.isnan(estimate(rain_measures(nothing)["crps"]).value)


def test_deterministic(rain_table):
    scores = rain_table({"linear": 0.5})
    np.testing.assert_array_equal(blocks(scores, 20).draws, blocks(scores, 20).draws)
    assert not np.array_equal(blocks(scores, 20, seed=1).draws, blocks(scores, 20).draws)


def test_intervals_of_many_gaussian_blocks_are_those_of_scipy():
    """Where blocks are many and even, every good interval is the same one."""
    values = np.random.default_rng(3).normal(size=200)
    found = estimate(resampled_means(values, plan(200, resamples=1000)))
    oracle = scipy_bootstrap((values,), np.mean, method="BCa", n_resamples=4000, rng=np.random.default_rng(0))
    half = (found.high - found.low) / 2
    assert found.value == pytest.approx(values.mean())
    assert [found.low, found.high] == pytest.approx(list(oracle.confidence_interval), abs=0.12 * half)


@pytest.mark.parametrize("count", [50, 100])
def test_coverage_of_the_mean_of_gaussian_blocks(count):
    found = coverage(0.0, lambda rng, drawn, batch: resampled_means(rng.normal(size=(count, batch)), drawn), count)
    assert 0.93 <= found <= 0.97


@pytest.mark.parametrize(("sigma", "figure"), [(1.0, 0.922), (1.5, 0.874)])
def test_coverage_of_the_mean_of_log_normal_blocks(sigma, figure):
    """Less than it says, as every interval of so skewed means: the figures are those of the docstring."""

    def draw(rng, drawn, batch):
        return resampled_means(rng.lognormal(0, sigma, (50, batch)), drawn)

    assert coverage(np.exp(sigma**2 / 2), draw, 50) == pytest.approx(figure, abs=0.025)


def test_coverage_of_a_ratio():
    """CSI: areas log-normal, skill its own in every block."""

    def csi(rng, drawn, batch):
        area = np.floor(rng.lognormal(3, 1.2, (50, batch))).astype(int)
        return resampled_means(rng.binomial(area, rng.beta(5, 5, area.shape)), drawn) / resampled_means(area, drawn)

    assert 0.92 <= coverage(0.5, csi, 50) <= 0.97


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_coverage_with_three_seeds(spread):
    """Seeds scatter as much as, and more than, the standard error of the blocks; intervals of blocks alone would not do."""

    def runs(rng, drawn, batch):
        shared = rng.normal(size=(1, 50, batch)) + 0.5 * rng.normal(size=(3, 50, batch))
        return [resampled_means(one, drawn) for one in shared + spread / np.sqrt(50) * rng.normal(size=(3, 1, batch))]

    def both(rng, drawn, batch):
        trials = zip(*runs(rng, drawn, batch), strict=True)
        chance = rng.integers(1 << 30)
        return [over_seeds([{"x": one} for one in trial], f"{chance} {n}", drawn)["x"] for n, trial in enumerate(trials)]

    def alone(rng, drawn, batch):
        return np.mean(runs(rng, drawn, batch), axis=0)

    assert 0.915 <= coverage(0, both, 50, trials=800) <= 0.97
    assert coverage(0, alone, 50, trials=800) < (0.93 if spread == 1 else 0.75)


def test_coverage_of_blocks_that_are_alike_inside():
    """Pixels of a block share its error: intervals over pixels would be far too narrow."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(100, 30, 1)) + 0.3 * rng.normal(size=(100, 30, 50))
    found = [estimate(one) for one in resampled_means(values.mean(axis=2).T, plan(30))]
    assert np.mean([one.low < 0 < one.high for one in found]) > 0.9
    assert np.mean([abs(trial.mean()) < 1.96 * trial.std() / np.sqrt(trial.size) for trial in values]) < 0.4


def test_pairing_narrows_differences(rain_table):
    scores = rain_table({"linear": 0.5, "cyclegan": 0.55})
    measured = by_method(scores, blocks(scores, 300), rain_measures)
    crps = {method: values["crps"] for method, values in measured.items()}
    paired, alone = estimate(crps["cyclegan"] - crps["linear"]), [estimate(one) for one in crps.values()]
    assert paired.excludes_zero
    assert paired.high - paired.low < 0.7 * np.hypot(*(one.high - one.low for one in alone))
    assert np.all(crps["linear"] - crps["linear"] == 0)


def test_seeds_of_two_methods_are_independent_and_those_of_one_the_same():
    drawn = plan(30)
    flat = [{"x": np.full(drawn.draws.shape[:2], value)} for value in (1.0, 2.0, 3.0)]
    one, same, other = (over_seeds(flat, name, drawn)["x"] for name in ("linear", "linear", "cyclegan"))
    assert one[0, 0] == 2
    np.testing.assert_array_equal(one, same)
    assert abs(np.corrcoef(one[1:, 0], other[1:, 0])[0, 1]) < 0.2
    found = estimate(one)
    assert found.high - 2 == pytest.approx(4.30 / np.sqrt(3), rel=0.35)  # Student's t of two degrees of freedom


def test_seeds_are_averaged_on_the_same_blocks(rain_table):
    scores = rain_table({"linear": 0.5}, seeds=(0, 1, 2))
    drawn = blocks(scores, 20)
    mean = by_method(scores, drawn, rain_measures)["linear"]["csi@0.1"]
    single = [rain_measures(resample(scores[scores["seed"] == seed], drawn))["csi@0.1"] for seed in (0, 1, 2)]
    assert mean[0, 0] == pytest.approx(np.mean([one[0, 0] for one in single]))
    alone = by_method(scores[scores["seed"] == 1], drawn, rain_measures)["linear"]["csi@0.1"]
    np.testing.assert_array_equal(alone, single[1])


@pytest.mark.parametrize("count", [1, FEWEST_BLOCKS - 1])
def test_few_blocks_have_no_interval(rain_table, count):
    scores = rain_table({"linear": 0.5}, granules=count)
    found = estimate(resample(scores, blocks(scores))["crps"])
    assert np.isfinite(found.value)
    assert np.isnan([found.low, found.high]).all()
    assert not found.excludes_zero


def test_as_many_as_needed_have_one(rain_table):
    scores = rain_table({"linear": 0.5}, granules=FEWEST_BLOCKS)
    assert estimate(resample(scores, blocks(scores, 50))["crps"]).excludes_zero


def test_mostly_undefined_resamples_have_no_interval():
    values = np.random.default_rng(0).normal(size=(101, 1 + WITHIN))
    values[1:11] = np.nan
    assert np.isnan(estimate(values).low)
    values[1:10] = 1.0, *np.linspace(0, 2, WITHIN)
    assert np.isfinite(estimate(values).low)


def test_what_never_changes_has_an_interval_of_its_own():
    found = estimate(np.full((101, 1 + WITHIN), 0.3))
    assert (found.low, found.high) == (0.3, 0.3)


def test_events_of_one_block_have_no_interval():
    """Resamples know no spread of what happened once."""
    drawn = plan(30)
    once = np.zeros(30)
    once[4] = 1
    hits, area = drawn.draws @ once, drawn.draws @ once
    with np.errstate(invalid="ignore"):
        assert np.isnan(estimate(hits / area).low)


def test_absent_blocks_add_nothing(rain_table):
    scores = rain_table({"linear": 0.5}, granules=3)
    drawn = Blocks("granule", ("granule-000", "granule-777"), np.ones((1, 1, 2), np.uint16))
    assert resample(scores, drawn)["n"][0, 0] == 400
