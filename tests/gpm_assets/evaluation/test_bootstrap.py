"""Block bootstrap: what it covers, what it pairs, that it repeats."""

import numpy as np
import pytest

from gpm_assets.evaluation.bootstrap import Blocks, blocks, by_method, estimate, resample
from gpm_assets.evaluation.scores import merge, rain_measures
from gpm_assets.evaluation.table import sums


def test_the_first_resample_is_the_sample(rain_table):
    scores = rain_table({"linear": 0.5})
    merged = merge(scores[sums(scores)].to_dict("records"))
    drawn = resample(scores, blocks(scores, resamples=10))
    assert {name: values[0] for name, values in drawn.items()} == pytest.approx(merged)
    assert all(values.shape == (11,) for values in drawn.values())


def test_weights_are_draws_with_replacement(rain_table):
    scores = rain_table({"linear": 0.5})
    drawn = blocks(scores, resamples=500)
    np.testing.assert_array_equal(drawn.weights.sum(axis=1), 25)
    assert drawn.weights[1:].var() == pytest.approx(1 - 1 / 25, rel=0.1)  # multinomial


def test_resampled_sums_are_the_sums_of_drawn_blocks(rain_table):
    scores = rain_table({"linear": 0.5}, granules=9)
    drawn = blocks(scores, resamples=3)
    merged = resample(scores, drawn)["squared"]
    for row, weights in enumerate(drawn.weights):
        picked = [
            scores.loc[scores["granule"] == label, "squared"].sum() * times
            for label, times in zip(drawn.labels, weights, strict=True)
        ]
        assert merged[row] == pytest.approx(sum(picked))


def test_days_are_blocks_and_overpasses_where_days_are_few(rain_table):
    many, few = blocks(rain_table({"linear": 0.5}, granules=75)), blocks(rain_table({"linear": 0.5}, granules=30))
    assert (many.unit, len(many.labels)) == ("day", 25)
    assert (few.unit, len(few.labels)) == ("overpass", 30)


def test_deterministic(rain_table):
    scores = rain_table({"linear": 0.5})
    np.testing.assert_array_equal(blocks(scores).weights, blocks(scores).weights)
    assert not np.array_equal(blocks(scores, seed=1).weights, blocks(scores).weights)


def test_coverage_of_blocks_that_are_alike_inside():
    """Pixels of a block share its error: intervals over blocks hold the truth 95 times in 100, over pixels they would not."""
    rng = np.random.default_rng(0)
    count, pixels, trials = 30, 50, 400
    weights = np.concatenate([np.ones((1, count)), rng.multinomial(count, np.full(count, 1 / count), size=600)])
    block_mean = rng.normal(size=(trials, count))
    values = block_mean[:, :, None] + 0.3 * rng.normal(size=(trials, count, pixels))
    found = [estimate(weights @ trial.mean(axis=1) / count) for trial in values]
    covered = np.mean([result.low < 0 < result.high for result in found])
    assert 0.90 < covered < 0.97  # percentile intervals of 30 blocks are a little narrow: 93 to 94 %
    by_pixel = np.mean([abs(trial.mean()) < 1.96 * trial.std() / np.sqrt(trial.size) for trial in values])
    assert by_pixel < 0.4


def test_pairing_narrows_differences(rain_table):
    scores = rain_table({"linear": 0.5, "cyclegan": 0.55})
    measured = by_method(scores, blocks(scores), rain_measures)
    mse = {method: values["rmse"] ** 2 for method, values in measured.items()}
    paired = estimate(mse["cyclegan"] - mse["linear"])
    alone = estimate(mse["linear"]), estimate(mse["cyclegan"])
    assert paired.excludes_zero
    assert paired.high - paired.low < np.hypot(*(one.high - one.low for one in alone)) * 1.1
    same = by_method(scores, blocks(scores), rain_measures)["linear"]["rmse"] - measured["linear"]["rmse"]
    assert np.all(same == 0)


def test_seeds_are_averaged_on_the_same_blocks(rain_table):
    scores = rain_table({"linear": 0.5}, seeds=(0, 1, 2))
    drawn = blocks(scores)
    mean = by_method(scores, drawn, rain_measures)["linear"]["csi@0.1"]
    single = [rain_measures(resample(scores[scores["seed"] == seed], drawn))["csi@0.1"] for seed in (0, 1, 2)]
    np.testing.assert_allclose(mean, np.mean(single, axis=0))


def test_one_block_has_no_interval(rain_table):
    scores = rain_table({"linear": 0.5}, granules=1)
    found = estimate(resample(scores, blocks(scores))["crps"])
    assert np.isfinite(found.value)
    assert np.isnan([found.low, found.high]).all()
    assert not found.excludes_zero


def test_mostly_undefined_resamples_have_no_interval():
    values = np.r_[1.0, np.full(90, 1.0), np.full(10, np.nan)]
    assert np.isnan(estimate(values).low)
    assert estimate(np.r_[1.0, np.full(99, 1.0), np.nan]).low == 1


def test_absent_blocks_add_nothing(rain_table):
    scores = rain_table({"linear": 0.5}, granules=3)
    drawn = Blocks("granule", ("granule-000", "granule-777"), np.ones((1, 2)))
    assert resample(scores, drawn)["n"][0] == 400
