from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from gpm_assets.collocation import lattice
from gpm_assets.collocation.frame import precomputed
from gpm_assets.collocation.grid import SAMPLINGS
from gpm_assets.collocation.operator import Natives, block
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import unit_vectors


@pytest.fixture(scope="module")
def native(orbit):
    """S1 of SSMIS, and 500 targets about it: coordinates and unit vectors (row, pixel)."""
    swath = orbit("F16_SSMIS", 40)[0]
    nodes = unit_vectors(swath.latitude, swath.longitude)
    rng = np.random.default_rng(1)
    scan, pixel = rng.uniform(-2, 41, (10, 50)), rng.uniform(-2, 91, (10, 50))
    targets = lattice.interpolate(nodes, scan, pixel)
    return swath, nodes, scan, pixel, targets / np.linalg.norm(targets, axis=-1, keepdims=True)


def test_weights_are_bilinear_and_nothing_lies_beyond_the_ends():
    scan, pixel = np.array([[5.25, 6.0, 5.5]]), np.array([[2.5, 0.0, 3.75]])
    weights = block(scan, pixel, 4)
    assert weights.first == 5
    whole = weights.weights.toarray().reshape(3, -1, 4)
    assert whole[0, :2, 2:].tolist() == [[0.375, 0.375], [0.125, 0.125]]
    assert whole[1, 1].tolist() == [1, 0, 0, 0]
    assert whole[2].sum() == pytest.approx(0.25)  # three quarters would fall on a fifth pixel
    assert np.allclose(weights.squared.toarray(), weights.weights.toarray() ** 2)


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("sensor", ["NOAA20_ATMS", "F15_SSMI", "GPM_GMI"])
def test_an_operator_that_is_moved_on_is_the_one_built_there(sensor, sampling):
    row = INSTRUMENTS[sensor]
    grid = SAMPLINGS[sampling](row)
    for group in row.groups:
        start, first = precomputed(row, row.orbit, group.name, sampling, False)
        size = len(first.scan)
        scans = size / grid.rows_per_scan / group.scan_step
        assert scans.denominator == 1
        later = block(*start.at(grid.scans(5 * size - grid.margin, size), grid.pixels), group.pixels)
        on = first.moved(5 * int(scans))
        assert on.first == later.first
        assert abs(on.weights - later.weights).max() < 1e-6


def test_values_are_means_over_valid_natives_and_the_nearest_decides(native):
    """Against the definition, target by target."""
    swath, nodes, scan, pixel, targets = native
    rng = np.random.default_rng(2)
    tb = swath.tb + rng.normal(0, 10, swath.tb.shape).astype(np.float32)
    tb[rng.random(tb.shape) < 0.15] = np.nan
    quality = np.where(rng.random(swath.quality.shape) < 0.1, 3, 0).astype(np.int8)
    swath = replace(swath, tb=tb, quality=quality)
    part = Natives(swath, nodes).put(block(scan, pixel, 90), targets)
    distance, index = cKDTree(nodes.reshape(-1, 3)).query(targets)
    steps = [np.linalg.norm(np.diff(nodes, axis=axis), axis=-1) for axis in (0, 1)]
    reach = 0.5 * np.hypot(np.median(steps[0]), np.median(steps[1]))
    certain = np.abs(distance / reach - 1) > 0.2
    assert certain.mean() > 0.8
    alone = 0
    for r, p in zip(*np.nonzero(certain), strict=True):
        near = np.divmod(index[r, p], 90)
        inside = distance[r, p] < reach
        assert part.quality[r, p] == (quality[near] if inside else -1)
        s, x = int(np.floor(scan[r, p])), int(np.floor(pixel[r, p]))
        a, b = scan[r, p] - s, pixel[r, p] - x
        for channel in range(3):
            if not (inside and np.isfinite(tb[near][channel])):
                assert np.isnan(part.tb[r, p, channel])
                assert part.support[r, p, channel] == 0
                continue
            corners = {(s, x): (1 - a) * (1 - b), (s, x + 1): (1 - a) * b, (s + 1, x): a * (1 - b), (s + 1, x + 1): a * b}
            valid = {
                at: weight
                for at, weight in corners.items()
                if 0 <= at[0] < 40 and 0 <= at[1] < 90 and np.isfinite(tb[at][channel])
            }
            total = sum(valid.values())
            assert part.support[r, p, channel] == pytest.approx(total, abs=1e-5)
            if total < 2e-3:
                alone += 1
                continue
            mean = sum(weight * float(tb[at][channel]) for at, weight in valid.items()) / total
            assert part.tb[r, p, channel] == pytest.approx(mean, abs=0.02)
            squares = sum(weight**2 for weight in valid.values()) / total**2
            assert part.squared_weights[r, p, channel] == pytest.approx(squares, abs=1e-3)
    assert alone < 20


@pytest.mark.parametrize(("sensor", "group"), [("GPM_GMI", 1), ("F16_SSMIS", 1), ("GCOMW1_AMSR2", 5), ("NOAA20_ATMS", 0)])
def test_targets_that_are_not_asked_would_have_answered_the_same(sensor, group, orbit):
    swath = orbit(sensor, 40)[group]
    nodes = unit_vectors(swath.latitude, swath.longitude)
    rng = np.random.default_rng(5)
    scan, pixel = (rng.uniform(-3, size + 2, (100, 200)) for size in swath.shape)
    targets = lattice.interpolate(nodes, scan, pixel)
    targets /= np.linalg.norm(targets, axis=-1, keepdims=True)
    quality, tb = swath.quality.copy(), swath.tb.copy()
    odd = rng.random(quality.shape) < 0.01
    quality[odd], tb[odd] = -2, np.nan
    part = Natives(replace(swath, tb=tb, quality=quality), nodes).put(block(scan, pixel, swath.shape[1]), targets)
    nearest = lattice.nearest(nodes, targets.reshape(-1, 3), scan.reshape(-1), pixel.reshape(-1)).reshape(scan.shape)
    assert np.array_equal(np.isfinite(part.tb[..., 0]), (nearest >= 0) & ~odd.reshape(-1)[nearest])
    assert np.array_equal(part.quality, np.where(nearest >= 0, quality.reshape(-1)[nearest], -1))


def test_a_native_beside_the_cell_is_taken_alone(native):
    """At the ends of a skewed scan the nearest native is not one of the four about a target: it may be the only valid one."""
    swath, nodes, scan, pixel, targets = native
    pixel = np.where(pixel > 45, 85 + pixel % 5, pixel % 5)
    targets = lattice.interpolate(nodes, scan, pixel)
    targets /= np.linalg.norm(targets, axis=-1, keepdims=True)
    nearest = cKDTree(nodes.reshape(-1, 3)).query(targets)[1]
    s, x = np.divmod(nearest, 90)
    beside = (np.abs(s - scan) > 1.05) & (scan > 3) & (scan < 36)
    assert beside.sum() > 3
    for r, p in zip(*np.nonzero(beside), strict=True):
        tb = np.full_like(swath.tb, np.nan)
        tb[s[r, p], x[r, p]] = 222.0
        part = Natives(replace(swath, tb=tb), nodes).put(block(scan, pixel, 90), targets)
        assert np.all(part.tb[r, p] == 222)
        assert np.all(part.squared_weights[r, p] == 1)
        assert np.all(part.support[r, p] < 1e-3)


def test_incidence_is_a_mean_over_what_is_known(native):
    swath, nodes, scan, pixel, targets = native
    angle = swath.incidence + np.arange(3, dtype=np.float32)
    holes = np.random.default_rng(3).random(angle.shape[:2]) < 0.2
    angle[holes] = np.nan
    part = Natives(replace(swath, incidence=angle), nodes).put(block(scan, pixel, 90), targets)
    known = np.isfinite(part.incidence)
    assert np.isfinite(part.tb).sum() > known.sum() > 0.9 * np.isfinite(part.tb).sum()
    assert not known[np.isnan(part.tb)].any()
    usual = np.nanmean(angle, axis=(0, 1))
    assert np.abs(part.incidence - usual)[known].max() < 0.5
