import numpy as np
import pytest

from gpm_assets.collocation.strata import (
    NAMES,
    RAIN_THRESHOLDS_MM_H,
    SOLAR_TIMES,
    calibrated_thresholds,
    of_places,
    peaks,
    rain_strata,
)


def rain(seed: int, count: int = 20_000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(count) < 0.2, rng.gamma(0.5, 6.0, count), 0.0)


@pytest.mark.parametrize("distorted", [lambda r: 0.4 * r, lambda r: 3 * r**0.7, lambda r: r + 0.3])
def test_calibrated_thresholds_are_exceeded_as_often(distorted):
    """A proxy that is monotonous in rain but wrong, with noise of its own."""
    reference = rain(1)
    proxy = distorted(reference) * np.random.default_rng(2).lognormal(0, 0.3, len(reference))
    thresholds = calibrated_thresholds(reference, proxy)
    for given, found in zip(RAIN_THRESHOLDS_MM_H, thresholds, strict=True):
        assert np.mean(proxy > found) == pytest.approx(np.mean(reference > given), abs=2 / len(reference))
    assert list(thresholds) == sorted(thresholds)


def test_missing_pairs_do_not_count():
    reference = rain(3)
    proxy = 2 * reference
    blind = proxy.copy()
    blind[::3] = np.nan
    assert calibrated_thresholds(reference, blind) == calibrated_thresholds(
        reference[np.arange(len(blind)) % 3 > 0], blind[np.arange(len(blind)) % 3 > 0]
    )
    assert calibrated_thresholds(reference, np.full_like(reference, np.nan)) == RAIN_THRESHOLDS_MM_H


def test_a_threshold_that_is_never_exceeded_follows_the_one_below():
    reference = np.minimum(rain(4), 4.0)
    found = calibrated_thresholds(reference, 5 * reference)
    assert found[4] == pytest.approx(found[3] / RAIN_THRESHOLDS_MM_H[3] * RAIN_THRESHOLDS_MM_H[4])
    assert list(found) == sorted(found)
    assert calibrated_thresholds(np.zeros(100), rain(5, 100)) == RAIN_THRESHOLDS_MM_H


def one_by_one(proxies: np.ndarray, *more) -> np.ndarray:
    """Strata of proxies (patch, size, size) laid out side by side in one field."""
    size = proxies.shape[-1]
    corner = np.stack([np.zeros(len(proxies), int), size * np.arange(len(proxies))], axis=1)
    return rain_strata(np.concatenate(list(proxies), axis=1), corner, size, *more)


def test_a_patch_belongs_to_the_highest_stratum_that_enough_pixels_reach():
    proxy = np.zeros((5, 32, 32))
    proxy[1, :3, :8] = 0.2  # 24 pixels
    proxy[2, :3, :8] = 50
    proxy[3, :3, :6] = 50  # 18 pixels: too few
    proxy[4, :16] = np.nan
    proxy[4, 20, :12] = 2.0  # 12 of 512 known pixels
    assert one_by_one(proxy).tolist() == [0, 1, 5, 0, 3]
    assert one_by_one(proxy, (100.0, 200.0, 300.0)).tolist() == [0] * 5
    assert one_by_one(np.full((1, 8, 8), np.nan)).tolist() == [0]


def test_peaks_are_what_the_strata_compare():
    rng = np.random.default_rng(11)
    proxy = rng.gamma(0.2, 3.0, (300, 16, 16)) * rng.choice([0, 0.1, 1, 10], 300)[:, None, None]
    proxy[rng.random(proxy.shape) < 0.3] = np.nan
    found = peaks(proxy)
    assert np.array_equal(one_by_one(proxy), np.sum(found[:, None] > np.array(RAIN_THRESHOLDS_MM_H), axis=1))
    assert np.isnan(peaks(np.full((1, 8, 8), np.nan))).all()
    assert peaks(np.arange(100.0).reshape(1, 10, 10)).tolist() == [98.0]  # two of a hundred reach it


def test_more_rain_never_lowers_the_stratum():
    rng = np.random.default_rng(5)
    proxy = rng.gamma(0.2, 3.0, (200, 16, 16))
    assert np.all(one_by_one(1.5 * proxy) >= one_by_one(proxy))
    assert set(one_by_one(proxy * rng.choice([0, 0.01, 0.05, 0.5, 5], 200)[:, None, None])) == set(range(6))


def test_weights_count_pairs_as_often_as_they_say():
    reference, proxy = rain(6), 2 * rain(6) + 0.01 * np.random.default_rng(7).random(20_000)
    times = np.random.default_rng(8).integers(0, 4, len(reference))
    repeated = calibrated_thresholds(np.repeat(reference, times), np.repeat(proxy, times))
    weighted = calibrated_thresholds(reference, proxy, weight=times)
    assert weighted == pytest.approx(repeated, rel=0.02)


def test_places_and_times_have_codes_and_every_code_a_name():
    rng = np.random.default_rng(9)
    latitude, longitude = rng.uniform(-90, 90, 500), rng.uniform(-180, 180, 500)
    time = np.datetime64("2018-01-01", "ms") + rng.integers(0, 365 * 86_400_000, 500).astype("timedelta64[ms]")
    latitude[:3], time[3:6] = np.nan, np.datetime64("NaT")
    found = of_places(latitude, longitude, time)
    assert {*found, "stratum"} == set(NAMES)
    for name, codes in found.items():
        assert codes.dtype == np.int8
        assert set(codes[6:].tolist()) <= set(range(len(NAMES[name])))
    assert set(found["surface"][:3].tolist()) == set(found["latitude_band"][:3].tolist()) == {-1}
    assert set(found["season"][3:6].tolist()) == set(found["solar_time"][3:6].tolist()) == {-1}
    noon = of_places(np.array([10.0]), np.array([90.0]), np.array(["2018-07-01T07:00"], "datetime64[ms]"))  # 13 h local
    assert (SOLAR_TIMES[noon["solar_time"][0]], NAMES["season"][noon["season"][0]]) == ("afternoon", "JJA")
