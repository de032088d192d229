"""Histograms against plain counting, and the table against NumPy and SciPy on the pixels themselves."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.domain_shift import CENTRES_K, TbHistogram, count, gmi_pairs, shift_table, tb_histogram
from gpm_assets.geography.land import land_fraction
from gpm_assets.geography.zones import latitude_band, surface
from gpm_assets.swath import Swath

PACIFIC, SAHARA = (0.0, -140.0), (25.0, 10.0)
"""Tropical sea and subtropical land."""
LIMITS_K = np.arange(50, 351)


def a_swath(place, tb, channels=("37V",)):
    """Pixels (scan, 10) within half a degree of a place, TB (n, channel) dealt out to them."""
    tb = np.asarray(tb, np.float32).reshape(-1, 10, len(channels))
    shape = tb.shape[:2]
    spread = np.linspace(-0.25, 0.25, shape[0] * shape[1]).reshape(shape)
    time = np.datetime64("2018-03-01", "ms") + np.arange(shape[0]).astype("timedelta64[s]")
    zero = np.zeros_like(tb)
    return Swath("F16_SSMIS", channels, tb, place[0] + spread, place[1] + spread, time, zero, zero[..., 0].astype(np.int8))


def histogram_of(place, tb):
    return tb_histogram(("37V",), [a_swath(place, tb)])


def the_row(sample, reference):
    """The one row of two samples (n,) over the same tropical sea."""
    (row,) = shift_table(histogram_of(PACIFIC, sample), histogram_of(PACIFIC, reference), [("37V", "37V")])
    return row


def globe(seed, pixels=4000):
    random = np.random.default_rng(seed)
    latitude, longitude = random.uniform(-90, 90, (40, pixels // 40)), random.uniform(-180, 180, (40, pixels // 40))
    tb = random.normal(230, 60, (*latitude.shape, 3))
    latitude[0, :5], longitude[1, :5], tb[2, :7, 1] = np.nan, np.nan, np.nan
    tb[3, :4] = [[49.99, 50.0, 349.99], [350.0, -5.0, 400.0], [51.0, 50.999, 0.0], [np.inf, 200.0, 200.0]]
    return tb.astype(np.float32), latitude, longitude


def test_every_pixel_is_counted_in_its_class_and_bin():
    tb, latitude, longitude = globe(1)
    found = count(tb, latitude, longitude)
    kinds, bands = surface(land_fraction(latitude, longitude)), latitude_band(latitude)
    expected = np.zeros_like(found)
    for scan, pixel, channel in np.ndindex(tb.shape):
        value, kind, band = tb[scan, pixel, channel], kinds[scan, pixel], bands[scan, pixel]
        if kind >= 0 and band >= 0 and np.isfinite(value):
            expected[channel, kind, band, np.searchsorted(LIMITS_K, value, "right")] += 1
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int64
    assert found[:, :, :, 0].sum() > 0  # colder than the bins
    assert found[:, :, :, -1].sum() > 0  # warmer


def test_bins_hold_their_lower_limit():
    counts = histogram_of(PACIFIC, [50.0, 50.99, 51.0, 349.99, 350.0, 49.99, 1000.0, -10.0, 200.0, 200.5]).channel("37V")[0, 0]
    assert dict(zip(CENTRES_K[counts > 0], counts[counts > 0], strict=True)) == {
        49.5: 2,
        50.5: 2,
        51.5: 1,
        200.5: 2,
        349.5: 1,
        350.5: 2,
    }


def test_parts_add_up_to_the_whole():
    tb, latitude, longitude = globe(2)
    whole = count(tb, latitude, longitude)
    parts = [TbHistogram(("a", "b", "c"), count(tb[part], latitude[part], longitude[part])) for part in (np.s_[:7], np.s_[7:])]
    np.testing.assert_array_equal((parts[1] + parts[0]).counts, whole)
    swaths = [a_swath(place, np.arange(200, 220).repeat(2), ("37V", "37H")) for place in (PACIFIC, SAHARA)]
    found = tb_histogram(("37H",), swaths)
    assert found.channel("37H")[0, 0].sum() == found.channel("37H")[1, 1].sum() == 20
    assert tb_histogram(("37H",), []).counts.sum() == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_table_is_that_of_the_pixels(seed):
    random = np.random.default_rng(seed)
    sample, reference = random.normal(215, 9, 3000), random.gamma(4, 5, 5000) + 190
    row = the_row(sample, reference)
    assert (row["surface"], row["latitude_band"], row["pixels"], row["reference_pixels"]) == ("sea", "tropics", 3000, 5000)
    off = sample.mean() - reference.mean()
    assert row["mean_difference_k"] == pytest.approx(off, abs=0.05)
    assert row["deviation_ratio"] == pytest.approx(sample.std() / reference.std(), rel=0.01)
    assert row["distance_k"] == pytest.approx(wasserstein_distance(sample, reference), abs=0.05)
    assert row["shape_k"] == pytest.approx(wasserstein_distance(sample - off, reference), abs=0.05)
    assert abs(row["mean_difference_k"]) <= row["distance_k"] + 1e-9
    assert row["shape_k"] <= 2 * row["distance_k"]


def test_the_worst_case_stays_within_the_bin_width():
    row = the_row(np.full(10, 200.0), np.full(10, 200.999))
    assert abs(row["mean_difference_k"] - -0.999) < 1
    assert abs(row["distance_k"] - 0.999) < 1
    assert row["deviation_ratio"] is None


def test_an_offset_is_no_change_of_shape():
    sample = np.random.default_rng(3).normal(220, 8, 5000)
    row = the_row(sample + 7, sample)
    assert row["mean_difference_k"] == pytest.approx(7, abs=1e-3)
    assert row["distance_k"] == pytest.approx(7, abs=1e-3)
    assert row["shape_k"] == pytest.approx(0, abs=1e-3)
    assert row["deviation_ratio"] == pytest.approx(1, abs=1e-3)


def test_a_wider_spread_is_no_offset():
    sample = np.random.default_rng(4).normal(0, 8, 5000)
    row = the_row(220 + 2 * sample, 220 + sample)
    assert row["deviation_ratio"] == pytest.approx(2, rel=0.01)
    assert row["shape_k"] == pytest.approx(row["distance_k"], rel=0.05)
    assert abs(row["mean_difference_k"]) < 0.3


def test_one_side_alone_has_no_difference_and_no_pixels_no_row():
    rows = shift_table(histogram_of(PACIFIC, np.full(20, 200.0)), histogram_of(SAHARA, np.full(30, 280.0)), [("37V", "37V")])
    assert [(row["surface"], row["pixels"], row["reference_pixels"]) for row in rows] == [("sea", 20, 0), ("land", 0, 30)]
    for row in rows:
        assert row["mean_difference_k"] is row["deviation_ratio"] is row["distance_k"] is row["shape_k"] is None


def test_pairs_are_those_of_a_raw_copy():
    pairs = gmi_pairs(INSTRUMENTS["F16_SSMIS"])
    assert ("91.665V", "89V") in pairs
    assert ("150H", "166H") in pairs
    assert all(own == gmi for own, gmi in gmi_pairs(INSTRUMENTS["GPM_GMI"]))


def test_what_does_not_fit_says_so():
    one = histogram_of(PACIFIC, np.full(10, 200.0))
    with pytest.raises(GpmAssetsError, match="histograms of 37V and of 37H do not add up"):
        one + TbHistogram(("37H",), one.counts)
    with pytest.raises(GpmAssetsError, match="no histogram of channel '89V'; there are 37V"):
        one.channel("89V")
    with pytest.raises(GpmAssetsError, match=r"shape \(1, 3, 4, 302\), expected \(2, 3, 4, 302\)"):
        TbHistogram(("37V", "37H"), one.counts)
    with pytest.raises(GpmAssetsError, match="no channel '89V'"):
        tb_histogram(("89V",), [a_swath(PACIFIC, np.full(10, 200.0))])
