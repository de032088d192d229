"""Joint TB: what channels alone do not show, shifts of known size, the same pixels on both sides."""

import numpy as np
import pandas
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation import tb_joint
from gpm_assets.evaluation.binned import add
from gpm_assets.evaluation.tb_joint import HISTOGRAMS, KEYS, QUANTITIES, SUMS, cells
from gpm_assets.inference.translation import GMI_CHANNELS


def table_of(x, y):
    return pandas.DataFrame(tb_joint.sums(x, y), columns=[*KEYS, *SUMS])


def measures(x, y):
    return tb_joint.measures(table_of(x, y)).set_index("histogram")


@pytest.fixture
def gmi():
    """TB (scan, pixel, 13) in K of sea with strong polarisation and of land with little."""
    random = np.random.default_rng(0)
    tb = np.full((80, 100, len(GMI_CHANNELS)), 250.0)
    sea = random.random((80, 100)) < 0.5
    for vertical, horizontal, split in (("36.64V", "36.64H", 60), ("89V", "89H", 30)):
        warm = np.where(sea, 220, 270) + random.normal(0, 8, sea.shape)
        tb[..., GMI_CHANNELS.index(vertical)] = warm
        tb[..., GMI_CHANNELS.index(horizontal)] = warm - np.where(sea, split, 4) + random.normal(0, 3, sea.shape)
    return tb.astype(np.float32)


def test_the_same_is_no_distance(gmi):
    found = measures(gmi, gmi)
    assert found.index.tolist() == list(HISTOGRAMS)
    assert (found["n"] == 8000).all()
    np.testing.assert_allclose(found[["hellinger", "wasserstein_1_k"]], 0, atol=1e-6)
    assert found["wasserstein_2_k"].isna().tolist() == [False, False, True, True]


def test_right_channels_that_do_not_go_together(gmi):
    """Horizontal channels of other pixels: every channel has GMI's distribution, none of the pairs."""
    shuffled = gmi.copy()
    for name in ("36.64H", "89H"):
        values = shuffled[..., GMI_CHANNELS.index(name)]
        values[:] = np.random.default_rng(1).permutation(values.ravel()).reshape(values.shape)
    found = measures(shuffled, gmi)
    np.testing.assert_allclose(found[["wasserstein_1_k", "wasserstein_2_k"]].iloc[:2], 0, atol=1e-6)
    assert (found["hellinger"] > 0.4).all()
    assert found.loc["89V-89H", "wasserstein_1_k"] > 3


def test_a_shift_is_its_own_distance(gmi):
    """Finer than the bins, for pixels count as the mean of theirs."""
    warmer = gmi.copy()
    warmer[..., GMI_CHANNELS.index("89V")] += 1.0
    found = measures(warmer, gmi)
    assert found.loc["89 GHz", "wasserstein_1_k"] == pytest.approx(1, rel=0.02)
    assert found.loc["89 GHz", "wasserstein_2_k"] == pytest.approx(0, abs=1e-6)
    assert found.loc["89V-89H", "wasserstein_1_k"] == pytest.approx(1, rel=0.02)
    assert found.loc["PCT89", "wasserstein_1_k"] == pytest.approx(1.818, rel=0.02)
    assert found.loc["36.64 GHz", "hellinger"] == pytest.approx(0, abs=1e-6)


def test_only_pixels_of_both_count(gmi):
    x, y = gmi.copy(), gmi.copy()
    x[:10, :, GMI_CHANNELS.index("89H")] = np.nan
    y[10:15, :, GMI_CHANNELS.index("89V")] = np.nan
    found = measures(x, y)
    assert found["n"].tolist() == [8000, 6500, 6500, 6500]
    np.testing.assert_allclose(found["hellinger"], 0, atol=1e-7)
    x[..., GMI_CHANNELS.index("36.64H")] = np.nan
    assert "36.64 GHz" not in measures(x, y).index
    with pytest.raises(GpmAssetsError, match=r"no pixels have 36.64V and 36.64H of both"):
        cells(table_of(x, y), "36.64 GHz")


def test_cells_are_numpys_histogram(gmi):
    x = gmi + np.random.default_rng(3).normal(0, 4, gmi.shape).astype(np.float32)
    for name, (quantities, _) in HISTOGRAMS.items():
        counts_x, counts_y, edges = cells(table_of(x, gmi), name)
        for counts, tb in ((counts_x, x), (counts_y, gmi)):
            values = [QUANTITIES[one](tb).ravel().astype(float) for one in quantities]
            np.testing.assert_array_equal(counts, np.histogramdd(values, edges)[0])


def test_parts_add_up_and_wild_values_stay_apart(gmi):
    x = gmi + 3
    x[0, 0] = 1e6
    whole = table_of(x, gmi)
    parts = pandas.concat([table_of(x[part], gmi[part]) for part in (slice(50, None), slice(0, 50))])
    pandas.testing.assert_frame_equal(add(parts, KEYS, SUMS), add(whole, KEYS, SUMS))
    assert len(whole) < 2000
    assert whole.query("histogram == '36.64 GHz'")["bin_1"].max() == 124
    with pytest.raises(GpmAssetsError, match="occur more than once"):
        tb_joint.measures(parts)


def test_other_channels_are_refused(gmi):
    with pytest.raises(GpmAssetsError, match=r"shapes \(..., 13\)"):
        tb_joint.sums(gmi[..., :9], gmi[..., :9])
