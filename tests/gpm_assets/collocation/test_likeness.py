from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.likeness import scene, shifted, variability
from gpm_assets.collocation.overlaps import Overlap, overlap
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors


@pytest.fixture(scope="module")
def gmi(orbit):
    """A swath of GMI with storms: cold cores of 20 km at 89 GHz, in its western half alone."""
    swath = gmi_like(orbit("GPM_GMI", 90), INSTRUMENTS["GPM_GMI"], native_noise=False)
    rng = np.random.default_rng(1)
    scan, pixel = np.meshgrid(*(np.arange(size) for size in swath.shape), indexing="ij")
    depth = np.zeros(swath.shape)
    for _ in range(120):
        s, p = rng.uniform(0, swath.shape[0]), rng.uniform(0, swath.shape[1] // 2)
        depth += rng.uniform(20, 80) * np.exp(-((scan - s) ** 2) / 4 - (pixel - p) ** 2 / 9)
    tb = swath.tb.copy()
    tb[..., 7:9] = (260 - depth[..., None]).astype(np.float32)
    return replace(swath, tb=np.where(np.isfinite(swath.tb), tb, np.nan))


def noisy(tb: np.ndarray, seed: int) -> np.ndarray:
    return (tb + np.random.default_rng(seed).normal(0, 0.4, tb.shape)).astype(np.float32)


def moved(swath, scans: int, pixels: int):
    """The scene of a swath so many scans and pixels further on, five minutes later, with noise of its own."""
    tb = np.full_like(swath.tb, np.nan)
    inner = np.roll(swath.tb, (scans, pixels), axis=(0, 1))
    tb[4:-4, 4:-4] = inner[4:-4, 4:-4]
    return replace(swath, tb=noisy(tb, 2), time=swath.time + np.timedelta64(300, "s"))


@pytest.mark.parametrize("step", [(1, -2), (-2, 1), (0, 2), (0, 0)])
def test_a_scene_that_moved_is_found_where_it_went(gmi, step):
    later, first = moved(gmi, *step), replace(gmi, tb=noisy(gmi.tb, 3))
    pairs = overlap(first, later)
    found = shifted(pairs, first, later, 2)
    scan, pixel = np.divmod(pairs.first, gmi.shape[1])
    stormy = (pixel > 12) & (pixel < gmi.shape[1] // 2 - 12) & (scan > 14) & (scan < gmi.shape[0] - 14)
    went = (found.second // gmi.shape[1] - scan == step[0]) & (found.second % gmi.shape[1] - pixel == step[1])
    assert went[stormy].mean() > 0.9, "where no storm is near, a pair stays"
    calm = (pixel > gmi.shape[1] // 2 + 15) & (pixel < gmi.shape[1] - 12)
    assert (found.second == pairs.second)[calm].mean() > 0.95, "without features nothing moves"


def test_separation_and_time_follow_the_shift(gmi):
    later = moved(gmi, 2, -1)
    found = shifted(overlap(gmi, later), gmi, later, 2)
    here, there = (unit_vectors(s.latitude, s.longitude).reshape(-1, 3) for s in (gmi, later))
    apart = EARTH_RADIUS_KM * np.linalg.norm(here[found.first] - there[found.second], axis=-1)
    assert np.allclose(found.separation_km, apart, atol=0.01)
    lag = (later.time[found.second // gmi.shape[1]] - gmi.time[found.first // gmi.shape[1]]) / np.timedelta64(1, "s")
    assert np.allclose(found.time_s, lag)
    assert np.isfinite(found.separation_km).all()
    assert found.separation_km.max() > 25


def test_nothing_to_shift(gmi):
    nothing = Overlap(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert len(shifted(nothing, gmi, gmi)) == 0
    blank = replace(gmi, tb=np.full_like(gmi.tb, np.nan))
    pairs = overlap(gmi, gmi)
    assert np.array_equal(shifted(pairs, gmi, blank).second, pairs.second)


def test_variability_is_the_spread_of_three_by_three(gmi):
    found, tb = variability(gmi), scene(gmi)
    for scan, pixel in ((40, 50), (30, 180), (60, 20)):
        square = tb[scan - 1 : scan + 2, pixel - 1 : pixel + 2]
        assert found[scan, pixel] == pytest.approx(square.std(), abs=1e-2)
    holes = gmi.tb.copy()
    holes[40, 51] = np.nan
    again = variability(replace(gmi, tb=holes))
    square = tb[39:42, 49:52].ravel()[[0, 1, 2, 3, 4, 6, 7, 8]]
    assert again[40, 50] == pytest.approx(square.std(), abs=1e-2)
    assert np.isnan(again[40, 51])
    stormy = found[:, : gmi.shape[1] // 2]
    assert np.nanmean(stormy) > 3 * np.nanmean(found[:, gmi.shape[1] // 2 + 15 :])


@pytest.mark.parametrize(("sensor", "name"), [("GPM_GMI", "89V"), ("F16_SSMIS", "91.665V"), ("MT1_SAPHIR", "183.31±0.2")])
def test_scenes_are_seen_near_89_ghz(sensor, name, orbit):
    swath = gmi_like(orbit(sensor, 20), INSTRUMENTS[sensor])
    assert np.array_equal(scene(swath), swath.channel(name).astype(float), equal_nan=True)
