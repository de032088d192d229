"""Reliability: a calibrated retrieval with an atom at zero is flat, others are found out; an independent Brier score."""

from dataclasses import replace

import numpy as np
import pandas
import pytest
import xarray
from scores.probability import brier_score

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation import reliability
from gpm_assets.evaluation.binned import add
from gpm_assets.evaluation.reliability import KEYS, LEVELS, LIKELY, PIT_BINS, SUMS, diagram, pit, pit_counts
from gpm_assets.evaluation.retrieved import RAIN_THRESHOLDS_MM_H, Retrieved

THRESHOLDS = np.array(RAIN_THRESHOLDS_MM_H)


def table_of(retrieved, y):
    return pandas.DataFrame(reliability.sums(retrieved, y), columns=[*KEYS, *SUMS])


def distribution(count=60_000, seed=2):
    """Rain of pixels: with probability `p` exponential of `scale` mm/h, else none; and one rain drawn from it."""
    random = np.random.default_rng(seed)
    p, scale = random.beta(0.4, 1.2, count), random.lognormal(0.3, 0.8, count)
    return p, scale, np.where(random.random(count) < p, random.exponential(scale), 0.0).astype(np.float32)


def says(p, scale, y):
    """What a retrieval of that distribution says."""
    probability = p[:, None] * np.exp(-THRESHOLDS / scale[:, None])
    not_more = 1 - p * np.exp(-y / scale)
    return replace(
        Retrieved.certain(p * scale, y),
        probability=probability.astype(np.float32),
        exceeds=probability >= 0.5,
        below=np.stack([np.where(y > 0, not_more, 0), not_more], axis=-1).astype(np.float32),
    )


def quantile(p, scale, level):
    """Of the same distribution, in mm/h."""
    return np.where(level <= 1 - p, 0.0, scale * np.log(p / (1 - np.minimum(level, 1 - 1e-12))))


def test_a_calibrated_atom_is_flat_and_counting_is_not():
    p, scale, y = distribution()
    table = table_of(says(p, scale, y), y)
    found = reliability.measures(table)
    assert np.mean(y == 0) > 0.6
    for level in LEVELS:
        assert found[f"quantile@{level:g}"] == pytest.approx(level, abs=0.006)
        assert found[f"wet_quantile@{level:g}"] == pytest.approx(level, abs=0.015)
        assert found[f"likely_quantile@{level:g}"] == pytest.approx(level, abs=0.01)
    assert found["tercile_lower"] == pytest.approx(1 / 3, abs=0.006)
    assert found["tercile_upper"] == pytest.approx(2 / 3, abs=0.006)
    np.testing.assert_allclose(pit(table) * PIT_BINS / len(y), 1, atol=0.1)
    with_zeros = np.mean(y <= quantile(p, scale, 0.05))
    without = np.mean(y < quantile(p, scale, 0.5))
    assert with_zeros > 0.6  # where 0.05 is right
    assert without < 0.3  # where 0.5 is right


@pytest.mark.parametrize(("factor", "sign"), [(0.5, -1), (2.0, 1)])
def test_too_little_and_too_much_are_told_apart(factor, sign):
    """Rain of half the size leaves the reference above its quantiles too often."""
    p, scale, y = distribution()
    found = reliability.measures(table_of(says(p, factor * scale, y), y))
    assert sign * (found["wet_quantile@0.5"] - 0.5) > 0.1
    assert found["wet_quantile_error"] > 0.08
    assert found["quantile_error"] < found["wet_quantile_error"]  # dry pixels hide it


def test_only_what_was_called_wet_is_wet():
    """The trap: among pixels where it rained a calibrated retrieval looks too dry (Lerch et al. 2017)."""
    p, scale, y = distribution()
    raining = y > 0.1
    selected = reliability.measures(table_of(says(p[raining], scale[raining], y[raining]), y[raining]))
    assert selected["tercile_lower"] < 0.2
    called = says(p, scale, y).exceeds[:, 0]
    table = table_of(says(p, scale, y), y)
    assert pit(table, "wet").sum() == pytest.approx(called.sum())
    assert pit(table, "likely").sum() == pytest.approx((says(p, scale, y).probability[:, 0] >= LIKELY).sum())
    assert pit(table, "wet").sum() < pit(table, "likely").sum() < pit(table).sum() == pytest.approx(len(y))


def test_pit_is_that_of_a_plain_loop():
    random = np.random.default_rng(8)
    edges = np.arange(PIT_BINS + 1) / PIT_BINS
    low = np.concatenate([random.random(200), random.integers(0, 61, 100) / 60, np.zeros(30), np.ones(3)])
    high = np.minimum(low + np.concatenate([random.exponential(0.2, 200), random.integers(0, 3, 100) / 60, random.random(33)]), 1)
    high[:20] = low[:20]
    expected = np.zeros(PIT_BINS)
    for a, b in zip(low, high, strict=True):
        if b - a < 1e-9:
            expected[min(int(a * PIT_BINS), PIT_BINS - 1)] += 1
        else:
            expected += np.diff(np.clip((edges - a) / (b - a), 0, 1))
    found = pit_counts(np.stack([low, high], axis=-1))
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert found.sum() == pytest.approx(len(low))


def test_brier_against_an_independent_library():
    p, scale, y = distribution(5000)
    retrieved = says(0.7 * p, scale, y)
    found = reliability.measures(table_of(retrieved, y))
    for index, threshold in enumerate(RAIN_THRESHOLDS_MM_H):
        probability = xarray.DataArray(retrieved.probability[:, index].astype(float), dims="pixel")
        event = xarray.DataArray((y >= threshold).astype(float), dims="pixel")
        assert found[f"brier@{threshold:g}"] == pytest.approx(float(brier_score(probability, event)))


def test_parts_of_the_brier_score_add_up():
    """Exactly where probabilities do not vary within bins (Murphy 1973)."""
    random = np.random.default_rng(4)
    said = (random.integers(0, 10, 4000) / 10 + 0.05).astype(np.float32)
    y = np.where(random.random(4000) < said**1.5, 3.0, 0.0)
    probability = np.repeat(said[:, None], len(THRESHOLDS), axis=1)
    table = table_of(replace(Retrieved.certain(y, y), probability=probability), y)
    found = reliability.measures(table)
    parts = found["reliability@1"] - found["resolution@1"] + found["uncertainty@1"]
    assert parts == pytest.approx(found["brier@1"], abs=1e-7)
    assert found["calibration_error@1"] == pytest.approx(np.mean(said - said**1.5), abs=0.02)
    drawn = diagram(table, 1.0)
    np.testing.assert_allclose(drawn["probability"], np.arange(10) / 10 + 0.05, atol=1e-6)
    assert np.all(drawn["frequency"] < drawn["probability"] + 0.03)
    np.testing.assert_allclose(drawn["n"], np.bincount((said * 10).astype(int)))


def test_calibrated_probabilities_are_reliable_and_certain_ones_are_not():
    p, scale, y = distribution()
    found = reliability.measures(table_of(says(p, scale, y), y))
    assert found["calibration_error@1"] < 0.004
    assert found["reliability@1"] < 1e-4
    sure = reliability.measures(table_of(Retrieved.certain(p * scale, y), y))
    assert sure["calibration_error@1"] > 0.05
    assert sure["brier@1"] > found["brier@1"]


def test_parts_add_up_and_gaps_count_nowhere():
    p, scale, y = distribution(3000)
    y[::7] = np.nan
    whole = table_of(says(p, scale, y), y)
    parts = pandas.concat([table_of(says(p[at], scale[at], y[at]), y[at]) for at in (slice(900, None), slice(0, 900))])
    pandas.testing.assert_frame_equal(add(parts, KEYS, SUMS), add(whole, KEYS, SUMS))
    known = np.isfinite(y)
    pandas.testing.assert_frame_equal(whole, table_of(says(p[known], scale[known], y[known]), y[known]))
    with pytest.raises(GpmAssetsError, match="occur more than once"):
        reliability.measures(parts)


def test_rain_without_probabilities_is_said():
    y = np.zeros(3)
    lacking = replace(Retrieved.certain(y, y), probability=np.full((3, len(THRESHOLDS)), np.nan, np.float32))
    with pytest.raises(GpmAssetsError, match="3 of 3 scored pixels have rain without probabilities"):
        reliability.sums(lacking, y)


def test_nothing_is_nan():
    nothing = np.full(4, np.nan)
    found = reliability.measures(table_of(Retrieved.certain(nothing, nothing), nothing))
    assert all(np.isnan(value) for value in found.values())
    assert np.all(pit(table_of(Retrieved.certain(nothing, nothing), nothing)) == 0)
