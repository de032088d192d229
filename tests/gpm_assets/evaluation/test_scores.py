"""Scores: against an independent library and plain numpy, signs, traps, additivity."""

from dataclasses import replace

import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st
from scores.categorical import BinaryContingencyManager
from scores.continuous import additive_bias, mae, mse, rmse
from scores.continuous.correlation import pearsonr

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.retrieved import CRPS_THRESHOLDS_MM_H, RAIN_THRESHOLDS_MM_H, Retrieved
from gpm_assets.evaluation.scores import (
    RAIN_SUMS,
    merge,
    rain_measures,
    rain_pixels,
    rain_sums,
    tb_measures,
    tb_pixels,
    tb_sums,
)


def certain(mean, reference):
    return Retrieved.certain(np.asarray(mean, np.float64), np.asarray(reference, np.float64))


def calling(mean, wet, reference):
    """Deterministic rain that is called wet where `wet` says, whatever its rate."""
    wet = np.repeat(np.asarray(wet, bool)[:, None], len(RAIN_THRESHOLDS_MM_H), axis=1)
    return replace(certain(mean, reference), exceeds=wet)


@pytest.fixture
def rain():
    """Deterministic rain and its reference, correlated, two thirds dry."""
    rng = np.random.default_rng(3)
    reference = np.where(rng.random(5000) < 0.3, rng.gamma(0.5, 4, 5000), 0.0).astype(np.float32)
    mean = np.maximum(reference * rng.lognormal(0, 0.5, 5000) + rng.normal(0, 0.15, 5000), 0).astype(np.float32)
    return mean, reference


def test_against_an_independent_library(rain):
    mean, reference = rain
    measures = rain_measures(rain_sums(certain(mean, reference), reference))
    x, y = xarray.DataArray(mean.astype(float), dims="pixel"), xarray.DataArray(reference.astype(float), dims="pixel")
    expected = {"bias": additive_bias(x, y), "mae": mae(x, y), "rmse": rmse(x, y), "r": pearsonr(x, y), "crps": mae(x, y)}
    for threshold in RAIN_THRESHOLDS_MM_H:
        seen = BinaryContingencyManager(x >= np.float32(threshold), y >= threshold).transform()
        expected |= {
            f"pod@{threshold:g}": seen.probability_of_detection(),
            f"far@{threshold:g}": seen.false_alarm_ratio(),
            f"csi@{threshold:g}": seen.critical_success_index(),
            f"frequency_bias@{threshold:g}": seen.frequency_bias(),
            f"hss@{threshold:g}": seen.heidke_skill_score(),
        }
    for threshold in CRPS_THRESHOLDS_MM_H:
        expected[f"crps_above@{threshold:g}"] = mae(x.clip(min=threshold), y.clip(min=threshold))
    for name, value in expected.items():
        assert measures[name] == pytest.approx(float(value), rel=1e-6), name


def test_every_measure_is_held_against_something(rain):
    """What the library does not have is computed by hand here; nothing is left out."""
    mean, reference = (values.astype(float) for values in rain)
    measures = rain_measures(rain_sums(certain(*rain), rain[1]))
    heavy = reference >= 0.1
    smape = np.mean(2 * np.abs(mean - reference)[heavy] / (mean + reference)[heavy])
    assert measures["smape@0.1"] == pytest.approx(smape, rel=1e-6)
    assert measures["relative_bias"] == pytest.approx(mean.sum() / reference.sum() - 1, rel=1e-6)
    detection = {f"{name}@{t:g}" for name in ("pod", "far", "csi", "frequency_bias", "hss") for t in RAIN_THRESHOLDS_MM_H}
    others = {
        "bias",
        "mae",
        "rmse",
        "r",
        "crps",
        "relative_bias",
        "smape@0.1",
        "crps_above@0.1",
        "crps_above@2.5",
        "crps_above@10",
    }
    assert set(measures) == detection | others


def test_bias_is_retrieved_minus_reference():
    too_much = rain_measures(rain_sums(certain([2.0, 2.0], [1.0, 1.0]), [1.0, 1.0]))
    assert too_much["bias"] == 1
    assert too_much["relative_bias"] == 1
    assert tb_measures(tb_sums([[250.0]], [[252.0]], ["37V"])[0])["bias"] == -2


def test_hss_counts_misses_as_misses():
    """Counting false alarms twice in place of misses gives 1 here; the right value is 0.75."""
    wet = [True] * 3 + [False] * 1 + [False] * 4
    reference = [1.0] * 3 + [1.0] + [0.0] * 4
    few_false_alarms = rain_measures(rain_sums(calling(np.zeros(8), wet, reference), reference))
    assert few_false_alarms["hss@0.1"] == pytest.approx(0.75)
    opposite = 1.0 - np.array(reference)
    mirrored = rain_measures(rain_sums(calling(np.zeros(8), ~np.array(wet), opposite), opposite))
    assert mirrored["hss@0.1"] == pytest.approx(few_false_alarms["hss@0.1"])  # symmetric in what is called an event


def test_hss_is_zero_for_chance_and_one_for_perfection():
    reference = np.tile([0.0, 1.0], 50)
    chance = np.repeat([False, True], 50)
    assert rain_measures(rain_sums(calling(reference, chance, reference), reference))["hss@0.1"] == 0
    assert rain_measures(rain_sums(calling(reference, reference > 0, reference), reference))["hss@0.1"] == 1


def test_pooled_rmse_is_not_the_mean_of_rmses():
    calm = rain_sums(certain(np.zeros(90), np.zeros(90)), np.zeros(90))
    storm = rain_sums(certain(np.full(10, 10.0), np.zeros(10)), np.zeros(10))
    pooled = rain_measures(merge([calm, storm]))["rmse"]
    assert pooled == pytest.approx(np.sqrt(10.0))
    weighted_mean = 0.9 * rain_measures(calm)["rmse"] + 0.1 * rain_measures(storm)["rmse"]
    assert weighted_mean == pytest.approx(1.0)


def test_missing_never_poisons(rain):
    mean, reference = (values.copy() for values in rain)
    mean[:10] = np.nan
    reference[100:120] = np.nan
    sums = rain_sums(certain(mean, reference), reference)
    assert sums["missing"] == 10
    assert sums["n"] == 5000 - 10 - 20
    kept = np.r_[10:100, 120:5000]
    assert sums == pytest.approx(rain_sums(certain(mean[kept], reference[kept]), reference[kept]) | {"missing": 10.0})
    assert all(np.isfinite(value) for value in rain_measures(sums).values())


def test_a_retrieval_that_failed_is_missing_everywhere(rain):
    _, reference = rain
    sums = rain_sums(Retrieved.nothing(reference.shape), reference)
    assert (sums["missing"], sum(sums.values())) == (5000, 5000)
    assert all(np.isnan(value) for value in rain_measures(sums).values())


@given(st.integers(0, 5000))
def test_parts_merge_to_the_whole(cut):
    rng = np.random.default_rng(1)
    mean, reference = rng.gamma(0.5, 1, 5000), rng.gamma(0.5, 1, 5000)
    whole = rain_sums(certain(mean, reference), reference)
    parts = [rain_sums(certain(mean[part], reference[part]), reference[part]) for part in (slice(cut), slice(cut, None))]
    assert tuple(whole) == RAIN_SUMS
    assert merge(parts) == pytest.approx(whole, rel=1e-12)
    assert merge(parts[::-1]) == pytest.approx(merge(parts), rel=1e-15)


def test_contingency_is_complete_at_every_threshold(rain):
    mean, reference = rain
    sums = rain_sums(certain(mean, reference), reference)
    for threshold in RAIN_THRESHOLDS_MM_H:
        assert sum(sums[f"{name}@{threshold:g}"] for name in ("hits", "misses", "false_alarms", "correct_negatives")) == sums["n"]


def test_reference_at_the_threshold_is_wet():
    assert rain_sums(calling([0.1], [True], [0.1]), [0.1])["hits@0.1"] == 1
    assert rain_sums(calling([0.1], [True], [0.0999]), [0.0999])["false_alarms@0.1"] == 1


def test_all_dry_has_no_detection_and_no_false_alarm():
    measures = rain_measures(rain_sums(certain(np.zeros(9), np.zeros(9)), np.zeros(9)))
    assert np.isnan([measures[name] for name in ("pod@0.1", "csi@0.1", "far@0.1", "r", "relative_bias", "smape@0.1")]).all()
    assert (measures["bias"], measures["crps"]) == (0, 0)


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


def test_tb_pixels_add_up_to_sums():
    rng = np.random.default_rng(0)
    reference = rng.normal(220, 20, (50, 40))
    reference[3] = np.nan
    (row,) = tb_sums(reference[..., None] + 1, reference[..., None], ["37V"])
    np.testing.assert_allclose(tb_pixels(reference + 1, reference).sum(axis=0), list(row.values())[1:])


def test_constants_have_no_correlation():
    """Sums of squares leave rounding behind, which must not become a correlation, let alone one beyond 1."""
    for value in (0.1, 2.3, 271.35):
        measures = tb_measures(tb_sums(np.full((999, 1), value), np.full((999, 1), value + 1), ["37V"])[0])
        assert np.isnan(measures["r"])
    rng = np.random.default_rng(0)
    tb = rng.normal(271, 0.01, (500, 1))
    assert tb_measures(tb_sums(tb, tb, ["37V"])[0])["r"] == pytest.approx(1, abs=1e-6)


def test_nothing_scored_is_undefined_not_zero():
    measures = rain_measures(rain_sums(certain([np.nan], [1.0]), [1.0]))
    assert all(np.isnan(value) for value in measures.values())


def test_measures_of_arrays_are_measures_of_each(rain):
    mean, reference = rain
    sums = rain_sums(certain(mean, reference), reference)
    both = rain_measures({name: np.array([value, 2 * value]) for name, value in sums.items()})
    for name, value in rain_measures(sums).items():
        assert both[name] == pytest.approx([value, value]), name  # twice the same pixels, the same measures


def test_errors():
    with pytest.raises(GpmAssetsError, match=r"retrieved \(2,\), reference \(3,\)"):
        rain_pixels(certain([1, 2], [1, 2]), [1, 2, 3])
    with pytest.raises(GpmAssetsError, match="2 channels in the data, 1 names: 37V"):
        tb_sums(np.zeros((3, 2)), np.zeros((3, 2)), ["37V"])
    with pytest.raises(GpmAssetsError, match="selection of rows is empty"):
        merge([])
    with pytest.raises(GpmAssetsError, match="different sums"):
        merge([{"n": 1}, {"n": 1, "x": 2}])
