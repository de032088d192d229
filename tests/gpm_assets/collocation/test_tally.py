import numpy as np
import pytest

from gpm_assets.collocation.tally import EMPTY, mismatch, rows, summary, tally
from gpm_assets.collocation.training_sets import Patches
from models.packs import INDEX


def patches(wet_shares, strata, weights=None, split="train") -> Patches:
    """Patches of 10 x 10 pixels with a share of rain."""
    rain = np.zeros((len(strata), 10, 10), np.float32)
    for one, share in zip(rain, wet_shares, strict=True):
        one.reshape(-1)[: round(100 * share)] = 1.0
    index = np.zeros(len(strata), INDEX)
    index["stratum"], index["split"], index["weight"] = strata, split, 1 if weights is None else weights
    nothing = np.zeros((len(strata), 1, 10, 10), np.float32)
    return Patches(nothing, index, rain, nothing, np.zeros((len(strata), 2), int))


def test_counts_of_parts_add_up():
    rng = np.random.default_rng(1)
    parts = [patches(rng.random(9), rng.integers(0, 4, 9), rng.random(9), split) for split in ("train", "validation")]
    counts = sum((tally(part, 0.1) for part in parts), EMPTY)
    told = summary(counts)
    assert told["patches"] == 18
    assert told["patches_per_split"] == {"train": 9, "validation": 9}
    expected = sum(float((p.index["weight"] * (p.rain > 0.1).mean(axis=(1, 2))).sum()) for p in parts)
    assert told["rain_fraction"] == pytest.approx(expected / sum(float(p.index["weight"].sum()) for p in parts), rel=1e-3)
    table = rows({"labels": counts})
    assert sum(row["patches"] for row in table) == 18
    assert sum(row["share"] for row in table if row["split"] == "train") == pytest.approx(1, abs=1e-3)


def test_unknown_rain_does_not_count():
    some = patches([0.5], [1])
    some.rain[0, :, 5:] = np.nan
    assert summary(tally(some, 0.1))["rain_fraction"] == pytest.approx(np.nanmean(some.rain > 0.1) / 0.5, rel=1e-3)
    some.rain[:] = np.nan
    assert summary(tally(some, 0.1))["rain_fraction"] is None


def test_strata_take_a_mismatch_of_shares_away_and_leave_one_within_them():
    source = patches([0.0] * 4 + [0.4] * 4, [0] * 4 + [2] * 4)
    target = patches([0.0] * 6 + [0.4] * 2, [0] * 6 + [2] * 2)
    found = mismatch(tally(source, 0.1), tally(target, 0.1))
    assert found == {"without_strata": pytest.approx(2.0), "within_strata": pytest.approx(1.0)}
    wetter = patches([0.0] * 4 + [0.6] * 4, [0] * 4 + [2] * 4)
    assert mismatch(tally(wetter, 0.1), tally(target, 0.1))["within_strata"] == pytest.approx(1.5)


def test_a_stratum_of_one_domain_alone_has_no_say():
    source, target = patches([0.0, 0.5, 1.0], [0, 2, 3]), patches([0.0, 0.5], [0, 2])
    assert mismatch(tally(source, 0.1), tally(target, 0.1))["within_strata"] == pytest.approx(1.0)
    assert mismatch(EMPTY, EMPTY) == {"without_strata": None, "within_strata": None}
