"""Scores: against an independent library and plain numpy, signs, traps, additivity."""

import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st
from scores.categorical import BinaryContingencyManager
from scores.continuous import additive_bias, mae, mse, rmse
from scores.continuous.correlation import pearsonr

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.scores import RAIN_SUMS, merge, rain_measures, rain_sums, tb_measures, tb_sums


@pytest.fixture
def rain():
    """Retrieved mean, CRPS, wet flags and reference, correlated, two thirds dry."""
    rng = np.random.default_rng(3)
    reference = np.where(rng.random(5000) < 0.3, rng.gamma(0.5, 4, 5000), 0.0)
    mean = np.maximum(reference * rng.lognormal(0, 0.5, 5000) + rng.normal(0, 0.15, 5000), 0)
    return mean, np.abs(mean - reference), mean >= 0.2, reference


def test_against_an_independent_library(rain):
    mean, crps, wet, reference = rain
    measures = rain_measures(rain_sums(mean, crps, wet, reference))
    x, y = xarray.DataArray(mean, dims="pixel"), xarray.DataArray(reference, dims="pixel")
    seen = BinaryContingencyManager(xarray.DataArray(wet, dims="pixel"), y >= 0.1).transform()
    expected = {
        "bias": additive_bias(x, y),
        "mae": mae(x, y),
        "rmse": rmse(x, y),
        "r": pearsonr(x, y),
        "pod": seen.probability_of_detection(),
        "far": seen.false_alarm_ratio(),
        "csi": seen.critical_success_index(),
        "frequency_bias": seen.frequency_bias(),
        "hss": seen.heidke_skill_score(),
    }
    for name, value in expected.items():
        assert measures[name] == pytest.approx(float(value), rel=1e-9), name


def test_bias_is_retrieved_minus_reference():
    too_much = rain_measures(rain_sums([2.0, 2.0], [1.0, 1.0], [True, True], [1.0, 1.0]))
    assert too_much["bias"] == 1
    assert too_much["relative_bias"] == 1
    assert tb_measures(tb_sums([[250.0]], [[252.0]], ["37V"])[0])["bias"] == -2


def test_hss_counts_misses_as_misses():
    """Counting false alarms twice in place of misses gives 1 here; the right value is 0.75."""
    wet = [True] * 3 + [False] * 1 + [False] * 4
    reference = [1.0] * 3 + [1.0] + [0.0] * 4
    few_false_alarms = rain_measures(rain_sums(np.zeros(8), np.zeros(8), wet, reference))
    assert few_false_alarms["hss"] == pytest.approx(0.75)
    mirrored = rain_measures(rain_sums(np.zeros(8), np.zeros(8), ~np.array(wet), 1.0 - np.array(reference)))
    assert mirrored["hss"] == pytest.approx(few_false_alarms["hss"])  # symmetric in what is called an event


def test_hss_is_zero_for_chance_and_one_for_perfection():
    reference = np.tile([0.0, 1.0], 50)
    chance = np.repeat([False, True], 50)
    assert rain_measures(rain_sums(reference, reference, chance, reference))["hss"] == 0
    assert rain_measures(rain_sums(reference, 0 * reference, reference > 0, reference))["hss"] == 1


def test_pooled_rmse_is_not_the_mean_of_rmses():
    calm = rain_sums(np.zeros(90), np.zeros(90), np.zeros(90, bool), np.zeros(90))
    storm = rain_sums(np.full(10, 10.0), np.full(10, 10.0), np.ones(10, bool), np.zeros(10))
    pooled = rain_measures(merge([calm, storm]))["rmse"]
    assert pooled == pytest.approx(np.sqrt(10.0))
    weighted_mean = 0.9 * rain_measures(calm)["rmse"] + 0.1 * rain_measures(storm)["rmse"]
    assert weighted_mean == pytest.approx(1.0)


def test_missing_never_poisons(rain):
    mean, crps, wet, reference = (values.copy() for values in rain)
    mean[:7] = np.nan
    crps[5:10] = np.nan
    reference[100:120] = np.nan
    sums = rain_sums(mean, crps, wet, reference)
    assert sums["missing"] == 10
    assert sums["n"] == 5000 - 10 - 20
    kept = np.r_[10:100, 120:5000]
    assert sums == rain_sums(mean[kept], crps[kept], wet[kept], reference[kept]) | {"missing": 10.0}
    assert all(np.isfinite(value) for value in rain_measures(sums).values())


@given(st.integers(0, 5000))
def test_parts_merge_to_the_whole(cut):
    rng = np.random.default_rng(1)
    fields = rng.gamma(0.5, 1, 5000), rng.random(5000), rng.random(5000) > 0.5, rng.gamma(0.5, 1, 5000)
    whole = rain_sums(*fields)
    merged = merge([rain_sums(*(field[:cut] for field in fields)), rain_sums(*(field[cut:] for field in fields))])
    assert tuple(whole) == RAIN_SUMS
    assert merged == pytest.approx(whole, rel=1e-12)


def test_contingency_is_complete(rain):
    sums = rain_sums(*rain)
    assert sum(sums[name] for name in ("hits", "misses", "false_alarms", "correct_negatives")) == sums["n"]


def test_reference_at_the_threshold_is_wet():
    assert rain_sums([0.1], [0.0], [True], [0.1])["hits"] == 1
    assert rain_sums([0.1], [0.0], [True], [0.0999])["false_alarms"] == 1


def test_tb_by_channel():
    rng = np.random.default_rng(0)
    reference = rng.normal(220, 20, (50, 40, 2))
    tb = reference + rng.normal([1.0, -3.0], [2.0, 4.0], reference.shape)
    tb[0, 0, 1] = np.nan
    low, high = tb_sums(tb, reference, ["37V", "89V"])
    assert (low["channel"], high["channel"]) == ("37V", "89V")
    assert (low["n"], high["n"], high["missing"]) == (2000, 1999, 1)
    measures = tb_measures(low)
    x, y = xarray.DataArray(tb[..., 0]), xarray.DataArray(reference[..., 0])
    assert measures["rmse"] == pytest.approx(float(np.sqrt(mse(x, y))))
    assert measures["r"] == pytest.approx(np.corrcoef(tb[..., 0].ravel(), reference[..., 0].ravel())[0, 1], abs=1e-9)
    assert tb_measures(high)["bias"] == pytest.approx(np.nanmean(tb[..., 1] - reference[..., 1]))


def test_nothing_scored_is_undefined_not_zero():
    measures = rain_measures(rain_sums([np.nan], [np.nan], [False], [1.0]))
    assert all(np.isnan(value) for value in measures.values())


def test_measures_of_arrays_are_measures_of_each(rain):
    sums = rain_sums(*rain)
    both = rain_measures({name: np.array([value, 2 * value]) for name, value in sums.items()})
    for name, value in rain_measures(sums).items():
        assert both[name] == pytest.approx([value, value]), name  # twice the same pixels, the same measures


def test_errors():
    with pytest.raises(GpmAssetsError, match=r"mean \(2,\), crps \(2,\), wet \(2,\), reference \(3,\)"):
        rain_sums([1, 2], [0, 0], [True, True], [1, 2, 3])
    with pytest.raises(GpmAssetsError, match="2 channels in the data, 1 names: 37V"):
        tb_sums(np.zeros((3, 2)), np.zeros((3, 2)), ["37V"])
    with pytest.raises(GpmAssetsError, match="selection of rows is empty"):
        merge([])
    with pytest.raises(GpmAssetsError, match="different sums"):
        merge([{"n": 1}, {"n": 1, "x": 2}])
