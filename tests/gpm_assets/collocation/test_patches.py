import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gpm_assets.collocation.patches import corners, cut


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(4, 24), st.floats(0.05, 1), st.integers(0, 1000))
def test_windows_lie_inside_and_hold_enough(scans, pixels, size, share, seed):
    rng = np.random.default_rng(seed)
    usable = rng.random((scans, pixels)) < rng.choice([0.3, 0.9, 1.0])
    found = corners(usable, size, 10, share, rng)
    assert len(found) <= 10
    assert len(np.unique(found, axis=0)) == len(found)
    assert np.all(found >= 0)
    assert np.all(found + size <= [scans, pixels])
    assert np.all(cut(usable, found, size).mean(axis=(1, 2)) >= share - 1e-9)


def test_every_window_that_holds_enough_can_be_drawn():
    usable = np.zeros((64, 64), bool)
    usable[8:40, 16:48] = True
    found = corners(usable, 16, 1000, 1.0, np.random.default_rng(1))
    assert {tuple(corner) for corner in found.tolist()} == {(s, x) for s in range(8, 25, 4) for x in range(16, 33, 4)}


def test_cut_takes_what_slices_would():
    field = np.random.default_rng(2).normal(size=(40, 50, 3))
    found = np.array([[0, 0], [3, 17], [24, 34]])
    windows = cut(field, found, 16)
    assert windows.shape == (3, 16, 16, 3)
    for window, (scan, pixel) in zip(windows, found, strict=True):
        assert np.array_equal(window, field[scan : scan + 16, pixel : pixel + 16])
