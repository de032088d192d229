"""LATMOS' protocol: resampling against brute force and against pyresample, sums that add up, and what the table says."""

import warnings

import numpy as np
import pytest

from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation import latmos
from gpm_assets.evaluation.scores import RAIN_SUMS

PLACES = {"midlatitude": (45.0, 10.0), "dateline": (-20.0, 180.0), "north pole": (90.0, 0.0), "south pole": (-90.0, 50.0)}


def turned(latitude, longitude, north, east):
    """Places about the origin, turned so that the origin comes to lie at (north, east)."""
    x, y, z = np.moveaxis(unit_vectors(latitude, longitude), -1, 0)
    tilt, turn = np.deg2rad([north, east])
    x, z = x * np.cos(tilt) - z * np.sin(tilt), x * np.sin(tilt) + z * np.cos(tilt)
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    return np.rad2deg(np.arcsin(np.clip(z, -1, 1))), np.rad2deg(np.arctan2(y, x))


def grids(seed=3):
    """Rain with missing pixels on one grid of 12 km spacing about the origin, and another grid of 9 km."""
    rng = np.random.default_rng(seed)
    source = np.meshgrid(np.arange(-1, 1, 0.11), np.arange(-1.2, 1.2, 0.11), indexing="ij")
    source = [axis + rng.normal(0, 0.01, axis.shape) for axis in source]
    target = np.meshgrid(np.arange(-1.2, 1, 0.08) + 0.013, np.arange(-0.9, 0.9, 0.08), indexing="ij")
    rain = rng.gamma(0.5, 4, source[0].shape)
    rain[rng.random(rain.shape) < 0.1] = np.nan
    return rain, source, target


def by_brute_force(rain, source, target):
    """The same by all distances along the great circle."""
    one, other = (unit_vectors(*axes).reshape(-1, 3) for axes in (source, target))
    found = np.full(len(other), np.nan)
    for number, place in enumerate(other):
        distance = EARTH_RADIUS_KM * np.arctan2(np.linalg.norm(np.cross(one, place), axis=-1), one @ place)
        near = np.argsort(distance)[:3]
        near = near[(distance[near] < 10) & np.isfinite(rain.reshape(-1)[near])]
        if len(near):
            found[number] = np.average(rain.reshape(-1)[near], weights=distance[near] ** -2)
    return found.reshape(target[0].shape)


@pytest.mark.parametrize("place", PLACES)
def test_resampling_is_that_of_all_distances_wherever_it_is(place):
    rain, source, target = grids()
    source, target = (turned(*axes, *PLACES[place]) for axes in (source, target))
    found = latmos.resampled(rain, *source, *target)
    assert 0.1 < np.isnan(found).mean() < 0.6
    np.testing.assert_allclose(found, by_brute_force(rain, source, target), rtol=2e-5)


def test_resampling_is_that_of_pyresample_where_nothing_is_missing():
    geometry = pytest.importorskip("pyresample.geometry")
    from pyresample.kd_tree import resample_custom

    rain, source, target = grids()
    rain = np.nan_to_num(rain)
    areas = [geometry.SwathDefinition(lons=lon, lats=lat) for lat, lon in (source, target)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = {"radius_of_influence": 10_000, "neighbours": 3, "weight_funcs": lambda d: d**-2.0, "fill_value": np.nan}
        theirs = resample_custom(areas[0], rain, areas[1], **weights)
    np.testing.assert_allclose(latmos.resampled(rain, *source, *target), theirs, rtol=1e-4)


def test_rain_at_the_same_place_is_taken_as_it_is():
    rain, source, _ = grids()
    found = latmos.resampled(rain, *source, *source)
    known = np.isfinite(rain)
    np.testing.assert_array_equal(found[known], rain[known].astype(np.float32))


def test_a_missing_neighbour_is_left_out_and_weights_are_restored():
    latitude, longitude, here = np.array([[0.0, 0.02, 0.05]]), np.zeros((1, 3)), ([[0.0]], [[0.0]])
    assert latmos.resampled([[np.nan, 2.0, 2.0]], latitude, longitude, *here) == 2.0
    assert latmos.resampled([[np.nan, 1.0, np.nan]], latitude, longitude, *here) == 1.0
    assert np.isnan(latmos.resampled([[np.nan] * 3], latitude, longitude, *here))


def test_only_three_neighbours_within_ten_kilometres_count():
    degree = np.rad2deg(1 / EARTH_RADIUS_KM)
    latitude = degree * np.array([[2.0, 4.0, 6.0, 8.0]])
    found = latmos.resampled([[1.0, 1.0, 1.0, 99.0]], latitude, np.zeros((1, 4)), [[0.0]], [[0.0]])
    assert found == 1.0
    near, far = degree * 9.99, degree * 10.01
    found = latmos.resampled([[5.0]], [[0.0]], [[0.0]], [[near, far, np.nan]], [[0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(found, np.float32([[5.0, np.nan, np.nan]]))


def test_places_and_rain_of_other_shapes_are_refused():
    with pytest.raises(GpmAssetsError, match=r"shape \(1, 2\), its positions \(1, 1\)"):
        latmos.resampled([[1.0, 2.0]], [[0.0]], [[0.0]], [[0.0]], [[0.0]])
    with pytest.raises(GpmAssetsError, match="longitudes of shape"):
        latmos.resampled([[1.0]], [[0.0]], [[0.0, 1.0]], [[0.0]], [[0.0]])


def test_rain_below_a_tenth_is_dropped_and_missing_rain_stays():
    found = latmos.dropped([0.0, 0.05, 0.0999, 0.1, 3.0, np.nan])
    np.testing.assert_array_equal(found, np.float32([0, 0, 0, 0.1, 3, np.nan]))


def overpass(seed, pixels=600, noise=0.6):
    """Retrieved and reference rain (pixel,), of all classes, with missing pixels on both sides."""
    rng = np.random.default_rng(seed)
    reference = np.where(rng.random(pixels) < 0.4, rng.gamma(0.4, 30, pixels), 0)
    retrieved = reference * rng.lognormal(0, noise, pixels) + 0.3 * (rng.random(pixels) < 0.1)
    reference[rng.random(pixels) < 0.1], retrieved[rng.random(pixels) < 0.1] = np.nan, np.nan
    return np.minimum(retrieved, 900), reference


def shown(rows, **asked):
    """The one row of the table that answers."""
    table = latmos.table(rows)
    for name, value in asked.items():
        table = table[table[name] == value]
    (row,) = table.to_dict("records")
    return row


def test_measures_are_those_of_the_pixels():
    retrieved, reference = overpass(1)
    rows = latmos.sums(retrieved, reference, "a")
    known = np.isfinite(retrieved) & np.isfinite(reference)
    x, y = (latmos.dropped(rain[known]).astype(np.float64) for rain in (retrieved, reference))
    for by, rain in (("reference", y), ("retrieved", x)):
        for low, high, name in zip(latmos.BOUNDS_MM_H, latmos.BOUNDS_MM_H[1:], latmos.CLASSES, strict=False):
            part = (rain >= np.float32(low)) & (rain < np.float32(high))
            row = shown(rows, by=by, **{"class": name})
            assert part.any()
            assert row["n"] == part.sum()
            found = [row[name] for name in ("bias", "mae", "rmse")]
            error = (x - y)[part]
            np.testing.assert_allclose(found, [error.mean(), np.abs(error).mean(), np.sqrt((error**2).mean())], rtol=1e-9)
    row = shown(rows, **{"class": "all"})
    hits, misses, alarms = (np.sum(part) for part in ((x > 0) & (y > 0), (x == 0) & (y > 0), (x > 0) & (y == 0)))
    expected = [hits / (hits + misses + alarms), hits / (hits + misses), alarms / (hits + alarms)]
    expected += [(hits + alarms) / (hits + misses), hits / (hits + alarms)]
    found = [row[name] for name in ("csi", "pod", "far", "frequency_bias", "precision")]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (row["n"], row["missing"]) == (known.sum(), np.isfinite(reference).sum() - known.sum())


def test_bias_is_positive_where_too_much_rain_is_retrieved():
    rows = latmos.sums(np.full(10, 5.0), np.full(10, 3.0), "a")
    assert shown(rows, by="reference", **{"class": "2.5 to 10"})["bias"] == pytest.approx(2.0)


def test_order_and_splitting_change_nothing():
    overpasses = {name: overpass(seed) for seed, name in enumerate("abc")}
    whole = [row for name, rain in overpasses.items() for row in latmos.sums(*rain, name)]
    split = []
    for name, (retrieved, reference) in reversed(overpasses.items()):
        order = np.random.default_rng(5).permutation(len(reference))
        for part in np.array_split(order, 4):
            split += latmos.sums(retrieved[part], reference[part], name)
    columns = [name for name in latmos.table(whole).columns if name not in ("by", "class")]
    np.testing.assert_allclose(latmos.table(split)[columns].astype(float), latmos.table(whole)[columns].astype(float), rtol=1e-9)


def test_rows_of_an_overpass_never_overlap():
    retrieved, reference = overpass(2)
    rows = latmos.sums(retrieved, reference, "a")
    cells = [(row["reference_class"], row["retrieved_class"]) for row in rows]
    assert len(set(cells)) == len(cells)
    assert sum(row["n"] + row["missing"] for row in rows) == np.isfinite(reference).sum()
    assert set(rows[0]) == {"granule", "reference_class", "retrieved_class", *RAIN_SUMS}
    assert {row["n"] for row in rows if row["retrieved_class"] == latmos.NOTHING} == {0.0}


def test_their_rmse_is_the_mean_of_overpasses_and_ours_is_pooled():
    good, bad = (
        latmos.sums(np.full(count, 3.0 + error), np.full(count, 3.0), name)
        for name, count, error in (("good", 30, 1), ("bad", 10, 5))
    )
    row = shown(good + bad, **{"class": "all"})
    assert row["mean_overpass_rmse"] == pytest.approx((30 * 1 + 10 * 5) / 40)
    assert row["rmse"] == pytest.approx(np.sqrt((30 * 1 + 10 * 25) / 40))
    one = shown(bad, **{"class": "all"})
    assert one["mean_overpass_rmse"] == pytest.approx(one["rmse"])


def test_classes_of_the_reference_reward_exaggeration_and_classes_of_the_retrieval_show_it():
    rng = np.random.default_rng(4)
    reference = rng.gamma(0.7, 8, 40_000)
    retrieved = np.where(rng.random(reference.size) < 0.5, reference, rng.permutation(reference)).clip(0, 999)
    rows = [{"method": "plain", **row} for row in latmos.sums(retrieved, reference.clip(0, 999), "a")]
    rows += [{"method": "bold", **row} for row in latmos.sums((2 * retrieved).clip(0, 999), reference.clip(0, 999), "a")]
    table = latmos.table(rows).set_index(["method", "by", "class"])["bias"]
    assert table["plain", "reference", "10 to 50"] < 0 < table["plain", "retrieved", "10 to 50"]
    assert abs(table["bold", "reference", "10 to 50"]) < abs(table["plain", "reference", "10 to 50"])
    assert abs(table["bold", "retrieved", "10 to 50"]) > 2 * abs(table["plain", "retrieved", "10 to 50"])


def test_keys_are_never_pooled():
    retrieved, reference = overpass(3)
    rows = [{"world": world, **row} for world in ("real", "simulated") for row in latmos.sums(retrieved, reference, "a")]
    table = latmos.table(rows)
    assert list(table["world"].unique()) == ["real", "simulated"]
    assert len(table) == 2 * (1 + 2 * len(latmos.CLASSES))


def test_a_dry_reference_leaves_detection_undefined_and_says_so():
    rows = latmos.sums(np.zeros(20), np.full(20, 0.05), "a")
    row = shown(rows, **{"class": "all"})
    assert np.isnan([row[name] for name in ("csi", "pod", "far", "frequency_bias", "precision")]).all()
    assert (row["rmse"], row["n"]) == (0.0, 20)
    (said,) = latmos.remarks(rows)
    assert "dry everywhere" in said


def test_one_class_and_absent_classes_are_told():
    absent, alone = latmos.remarks(latmos.sums(np.full(5, 4.0), np.full(5, 3.0), "a"))
    assert absent == "no reference pixel has 0 to 0.1 or 0.1 to 2.5 or 10 to 50 or 50 to 1000 mm/h"
    assert "all reference pixels are of one class" in alone
    assert latmos.remarks(latmos.sums(*overpass(1, 5000), "a")) == []
    assert latmos.remarks([]) == ["no pixel is scored"]


def test_nothing_in_common_makes_no_rows_and_no_table():
    assert latmos.sums(np.ones(3), np.full(3, np.nan), "a") == []
    with pytest.raises(GpmAssetsError, match="no scores to show"):
        latmos.table([])


@pytest.mark.parametrize("wrong", [-9999.9, 1000.0])
def test_fill_values_do_not_pass_for_rain(wrong):
    with pytest.raises(GpmAssetsError, match=r"reference rain has 1 values outside 0 to below 1000 mm/h.*NaN"):
        latmos.sums([1.0, 1.0], [1.0, wrong], "a")
    with pytest.raises(GpmAssetsError, match="retrieved rain"):
        latmos.sums([1.0, wrong], [1.0, 1.0], "a")


def test_neighbours_of_another_time_do_not_count():
    """A swath crosses itself near a pole: the nearest pixel may be an hour old."""
    latitude, longitude = np.array([[60.0], [60.02]]), np.zeros((2, 1))
    rain = np.array([[5.0], [1.0]], np.float32)
    at = np.datetime64("2019-01-01T12:00", "ms")
    seen = np.array([[at - np.timedelta64(60, "m")], [at + np.timedelta64(10, "m")]])
    there = (np.array([60.0]), np.array([0.0]))
    assert latmos.resampled(rain, latitude, longitude, *there)[0] == 5
    assert latmos.resampled(rain, latitude, longitude, *there, (seen, np.array([at])))[0] == 1
    assert np.isnan(latmos.resampled(rain[:1], latitude[:1], longitude[:1], *there, (seen[:1], np.array([at]))))[0]
