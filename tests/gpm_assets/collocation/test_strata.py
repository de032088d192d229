import numpy as np
import pytest

from gpm_assets.collocation.strata import RAIN_THRESHOLDS_MM_H, calibrated_thresholds, rain_stratum


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


def test_a_threshold_that_is_never_exceeded_is_kept():
    reference = np.minimum(rain(4), 4.0)
    assert calibrated_thresholds(reference, 2 * reference)[2] == RAIN_THRESHOLDS_MM_H[2]


def test_a_patch_belongs_to_the_highest_stratum_that_enough_pixels_reach():
    proxy = np.zeros((5, 32, 32))
    proxy[1, :3, :8] = 0.5  # 24 pixels
    proxy[2, :3, :8] = 50
    proxy[3, :3, :6] = 50  # 18 pixels: too few
    proxy[4, :16] = np.nan
    proxy[4, 20, :12] = 2.0  # 12 of 512 known pixels
    assert rain_stratum(proxy).tolist() == [0, 1, 3, 0, 2]
    assert rain_stratum(np.full((1, 8, 8), np.nan)).tolist() == [0]


def test_more_rain_never_lowers_the_stratum():
    rng = np.random.default_rng(5)
    proxy = rng.gamma(0.2, 3.0, (200, 16, 16))
    assert np.all(rain_stratum(1.5 * proxy) >= rain_stratum(proxy))
    assert set(rain_stratum(proxy * rng.choice([0, 0.05, 0.5, 5], 200)[:, None, None])) == {0, 1, 2, 3}
