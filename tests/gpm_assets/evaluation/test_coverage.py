"""Coverage of quantiles where rain is likely: by hand, calibrated with an atom, verdicts, intervals, seeds, nothing to ask."""

import numpy as np
import pandas
import pytest

from gpm_assets.evaluation import reliability
from gpm_assets.evaluation.coverage import JUDGED, calibration
from gpm_assets.evaluation.reliability import LIKELY
from gpm_assets.evaluation.retrieved import RAIN_THRESHOLDS_MM_H, Retrieved
from gpm_assets.evaluation.scores import rain_sums

PIXELS = 3000


def rain_of(granule, seed=0):
    """Rain of pixels: with probability `p` exponential of `scale` mm/h, else none."""
    random = np.random.default_rng([granule, seed])
    p, scale = random.beta(0.4, 1.2, PIXELS), random.lognormal(0.3, 0.5, PIXELS)
    return p, scale, np.where(random.random(PIXELS) < p, random.exponential(scale), 0.0).astype(np.float32)


def says(p, scale, y):
    """What a retrieval of that distribution says."""
    probability = p[:, None] * np.exp(-np.array(RAIN_THRESHOLDS_MM_H) / scale[:, None])
    not_more = 1 - p * np.exp(-y / scale)
    below = np.stack([np.where(y > 0, not_more, 0), not_more], axis=-1).astype(np.float32)
    mean = (p * scale).astype(np.float32)
    certain = Retrieved.certain(mean, y)
    return Retrieved(mean, certain.crps, certain.crps_above, probability >= 0.5, probability.astype(np.float32), below)


def tables(stated, granules=25, seeds=(0,), rain=rain_of):
    """Tables `rain` and `reliability` of methods: name to what it says of p, scale and y."""
    rains, reliabilities = [], []
    for method, said in stated.items():
        for granule in range(granules):
            for seed in seeds:
                y = rain(granule)[2]
                keys = {"world": "simulated", "sensor": "GPM_GMI", "month": "2019-07", "reference": "truth", "method": method}
                keys |= {"version": seed + 1, "seed": seed, "split": "test", "granule": f"g{granule}"}
                keys |= {"block": f"2019-07-{granule + 1:02d}"}
                retrieved = said(*rain(granule))
                rains.append(keys | rain_sums(retrieved, y))
                reliabilities += [keys | row for row in reliability.sums(retrieved, y)]
    return pandas.DataFrame(rains), pandas.DataFrame(reliabilities)


def coverage(found, method):
    return found[(found["method"] == method) & (found["measure"] == "coverage")].set_index("level")


def bias(found, method):
    return found[(found["method"] == method) & (found["measure"] == "bias")].iloc[0]


def test_what_is_calibrated_holds_and_half_the_rain_does_not():
    found = calibration(*tables({"good": says, "half": lambda p, scale, y: says(p, scale / 2, y)}), resamples=200)
    good, half = coverage(found, "good"), coverage(found, "half")
    assert list(good.index) == list(JUDGED)
    assert len(JUDGED) == 21
    assert good["holds"].all()
    np.testing.assert_allclose(good["value"], good.index, atol=0.02)
    assert np.all((good["low"] <= good["value"]) & (good["value"] <= good["high"]))
    assert half.loc[0.75, "value"] < 0.7, "what falls is more than was said"
    assert not half.loc[0.75, "holds"]
    assert bias(found, "good")["holds"]
    assert bias(found, "half")["value"] == pytest.approx(-50, abs=4)
    assert not bias(found, "half")["holds"]


def test_only_likely_pixels_are_asked_and_counted_as_a_plain_loop_does():
    found = coverage(calibration(*tables({"good": says}, granules=3)), "good")
    below, count = 0.0, 0
    for granule in range(3):
        p, scale, y = rain_of(granule)
        said = says(p, scale, y)
        for likely, (low, high) in zip(said.probability[:, 0] >= LIKELY, said.below.astype(float), strict=True):
            if likely:
                count += 1
                below += float(low < 1 / 3) if high - low < 1e-9 else np.clip((1 / 3 - low) / (high - low), 0, 1)
    assert 0 < count < 3 * PIXELS
    assert found["likely"].unique().tolist() == [count]
    assert found.loc[1 / 3, "value"] == pytest.approx(below / count, abs=2e-3)  # wet pixels count by bins of 1/60
    assert found["low"].isna().all(), "three overpasses have no interval"


def test_half_the_interval_forgives_what_scatters():
    """One overpass in five has a tenth of the rain that is retrieved: the bias is large, and so is its interval."""

    def scattered(granule):
        p, scale, y = rain_of(granule)
        return p, scale, (y * (0.1 if granule % 5 == 0 else 1.2)).astype(np.float32)

    one = bias(calibration(*tables({"good": says}, rain=scattered), resamples=200), "good")
    assert abs(one["value"]) < (one["high"] - one["low"]) / 2
    assert one["holds"]


def test_seeds_are_averaged_and_split_nothing():
    once = calibration(*tables({"good": says}, granules=3))
    twice = calibration(*tables({"good": says}, granules=3, seeds=(0, 1)))
    assert len(twice) == len(once)
    assert twice["seeds"].unique().tolist() == [2]
    np.testing.assert_allclose(twice["value"], once["value"])
    assert twice["likely"].tolist() == once["likely"].tolist()


def test_who_never_finds_rain_likely_is_not_judged():
    dry = coverage(calibration(*tables({"dry": lambda p, scale, y: Retrieved.certain(0 * y, y)}, granules=2)), "dry")
    assert dry["value"].isna().all()
    assert dry["holds"].isna().all()
    assert (dry["likely"] == 0).all()
