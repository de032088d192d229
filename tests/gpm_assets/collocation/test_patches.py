import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpm_assets.collocation.patches import counts, cut, stratified, windows


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(4, 24), st.floats(0.05, 1), st.integers(0, 1000))
def test_windows_lie_inside_and_hold_enough(scans, pixels, size, share, seed):
    rng = np.random.default_rng(seed)
    usable = rng.random((scans, pixels)) < rng.choice([0.3, 0.9, 1.0])
    found = windows(usable, size, share)
    assert len(np.unique(found, axis=0)) == len(found)
    assert np.all(found >= 0)
    assert np.all(found + size <= [scans, pixels])
    inside = cut(usable, found, size)
    assert np.all(inside.mean(axis=(1, 2)) >= share - 1e-9)
    assert np.array_equal(counts(usable, found, size), inside.sum(axis=(1, 2)))


def test_every_window_that_holds_enough_is_found():
    usable = np.zeros((64, 64), bool)
    usable[8:40, 16:48] = True
    found = windows(usable, 16, 1.0)
    assert {tuple(corner) for corner in found.tolist()} == {(s, x) for s in range(8, 25, 4) for x in range(16, 33, 4)}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=4, max_size=4), st.integers(0, 80), st.integers(0, 1000))
def test_every_stratum_has_its_part_and_weights_count_every_window(sizes, count, seed):
    stratum = np.random.default_rng(seed).permutation(np.repeat(np.arange(4), sizes)).astype(np.int8)
    chosen, standing = stratified(stratum, count, np.random.default_rng(seed))
    assert len(chosen) == min(count, len(stratum))
    assert len(np.unique(chosen)) == len(chosen)
    drawn = np.bincount(stratum[chosen], minlength=4)
    if count >= 4:
        assert np.all((drawn > 0) == (np.array(sizes) > 0)) or count < 8
    for one in np.unique(stratum[chosen]):
        assert standing[stratum[chosen] == one].sum() == pytest.approx(sizes[one])
    order = np.argsort(sizes, kind="stable")
    assert np.all(np.diff(drawn[order]) >= -1), "a larger stratum gets more, rests aside"


def test_rare_rain_is_drawn_by_the_root_of_how_often_it_is():
    stratum = np.repeat(np.arange(4), [900, 100, 25, 1]).astype(np.int8)
    chosen, standing = stratified(stratum, 47, np.random.default_rng(3))
    assert np.bincount(stratum[chosen]) == pytest.approx([30, 10, 5, 1], abs=1)
    dry = stratum[chosen] == 0
    assert standing[dry] == pytest.approx(np.full(dry.sum(), 900 / dry.sum()))
    assert stratified(stratum, 1, np.random.default_rng(3))[0].tolist() == [1025]


def test_the_same_generator_draws_the_same():
    stratum = np.random.default_rng(1).integers(0, 4, 300).astype(np.int8)
    one, other, third = (stratified(stratum, 40, np.random.default_rng(seed))[0] for seed in (5, 5, 6))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)


def test_cut_takes_what_slices_would():
    field = np.random.default_rng(2).normal(size=(40, 50, 3))
    found = np.array([[0, 0], [3, 17], [24, 34]])
    parts = cut(field, found, 16)
    assert parts.shape == (3, 16, 16, 3)
    for part, (scan, pixel) in zip(parts, found, strict=True):
        assert np.array_equal(part, field[scan : scan + 16, pixel : pixel + 16])
