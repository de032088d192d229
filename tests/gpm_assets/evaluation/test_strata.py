"""Strata: physical classes on hand-made pixels, sides of the scan, and sums over pairs against a groupby."""

import itertools

import numpy as np
import pandas
import pytest

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import instrument
from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.evaluation.strata import (
    SCAN_POSITIONS,
    STRATA,
    Scene,
    codes,
    cross,
    crossed,
    of,
    pair_of,
    rain_class,
    scan_position,
)

NAMES = ("n", "x", "y")


def scene(**given):
    """Two scans of five pixels, northbound over the Sahara, with some values replaced."""
    latitude = np.array([[21.0], [21.1]]) + np.zeros((2, 5))
    longitude = -5.0 + 0.05 * np.arange(5) + np.zeros((2, 5))
    values = {
        "latitude": latitude, "longitude": longitude, "time": np.array(["2019-07-01T15", "NaT"], "datetime64[ms]"),
        "incidence_deg": np.full((2, 5), 52.8), "rain_mm_h": np.full((2, 5), 3.0), "rain_type": np.full((2, 5), 2, np.int8),
        "freezing_level_m": np.full((2, 5), 4800.0), "storm_top_m": np.full((2, 5), 11000.0), "lag_s": np.zeros((2, 5)),
    }  # fmt: skip
    return Scene(**values | given)


def named(found, name):
    return [(*STRATA[name], "unknown")[code] for code in found[name][0]]


def test_every_stratum_but_what_was_retrieved():
    found = codes(scene())
    assert list(found) == [name for name in STRATA if name != "retrieved_class"]
    for name, values in found.items():
        assert values.dtype == np.int8
        assert values.shape == (2, 5)
        assert values.max() < len(STRATA[name])
    first = {name: named(found, name)[2] for name in found}
    assert first == {
        "surface": "land", "latitude_band": "tropics", "climate": "arid", "climate_class": "BWh", "terrain": "flat",
        "season": "JJA", "solar_time": "afternoon", "rain_type": "convective", "rain_class": "2.5-10 mm/h",
        "regime": "deep convective", "freezing_level": "from 4.5 km", "scan_position": "centre", "incidence": "52-53 deg",
        "time_difference": "below 2.5 min",
    }  # fmt: skip
    assert found["season"][1].tolist() == [-1] * 5


@pytest.mark.parametrize(
    ("given", "name", "values", "expected"),
    [
        ("rain_mm_h", "rain_class", [0, 0.1, 2.5, 10, np.nan],
         ["below 0.1 mm/h", "0.1-2.5 mm/h", "2.5-10 mm/h", "10-50 mm/h", "unknown"]),
        ("freezing_level_m", "freezing_level", [0, 500, 2000, 3500, 4500],
         ["below 0.5 km", "0.5-2 km", "2-3.5 km", "3.5-4.5 km", "from 4.5 km"]),
        ("incidence_deg", "incidence", [-58, -20, 0, 53.1, np.nan],
         ["from 56 deg", "15-30 deg", "below 15 deg", "53-54 deg", "unknown"]),
        ("lag_s", "time_difference", [-149, 150, -300, 899, np.nan],
         ["below 2.5 min", "2.5-5 min", "5-10 min", "from 10 min", "unknown"]),
        ("longitude", "climate", [-5, -40, 85.3, 355, np.nan], ["arid", "sea", "temperate", "arid", "unknown"]),
    ],
)  # fmt: skip
def test_classes(given, name, values, expected):
    row = np.tile(np.asarray(values, np.float64), (2, 1))
    places = {"latitude": np.full((2, 5), 27.7)} if given == "longitude" else {}
    assert named(codes(scene(**{given: row}, **places)), name) == expected


def test_rain_class_above_all_limits():
    assert STRATA["rain_class"][rain_class(50.0)] == "from 50 mm/h"
    assert STRATA["rain_class"] == STRATA["retrieved_class"]


def test_shapes_must_agree():
    with pytest.raises(GpmAssetsError, match=r"lag_s has shape \(5,\), latitude \(2, 5\)"):
        scene(lag_s=np.zeros(5))


@pytest.mark.parametrize(("sensor", "first"), [("GPM_GMI", "edge right"), ("F16_SSMIS", "edge right"), ("TRMM_TMI", "edge left")])
def test_sides_are_those_of_the_direction_of_view(sensor, first):
    """GMI and SSMIS scan from right to left, TMI from left to right (tables of radiometers), yawed or not."""
    one = instrument(sensor)
    group = one.groups[0]
    for day in ("2014-07-01", "2014-08-10", "2014-09-20"):
        time = np.datetime64(f"{day}T00:00:00.000") + np.arange(200) * np.timedelta64(round(1000 * one.scan_period_s), "ms")
        where = scan(one, group, time)
        rows = slice(None, None, -1 if where.aft else 1)
        latitude, longitude = where.latitude[rows], where.longitude[rows]
        place = scan_position(latitude, longitude)
        assert SCAN_POSITIONS[place[0, 0]] == first
        assert np.bincount(place[0], minlength=5).min() >= group.pixels // 5
        np.testing.assert_array_equal(scan_position(latitude[::-1], longitude[::-1]), 4 - place)
        np.testing.assert_array_equal(scan_position(latitude[:, ::-1], longitude[:, ::-1]), place[:, ::-1])


def test_left_and_right_of_a_way_north():
    latitude, longitude = np.meshgrid([10.0, 10.1, 10.2], np.linspace(20, 25, 10), indexing="ij")
    assert scan_position(latitude, longitude)[1].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert scan_position(latitude[::-1], longitude)[1].tolist() == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]
    assert (scan_position(latitude[:1], longitude[:1]) == -1).all()
    assert (scan_position(np.full_like(latitude, np.nan), longitude) == -1).all()


@pytest.fixture(scope="module")
def sample():
    """400 pixels with codes of four strata, some unknown, and whole numbers to add, some pixels all zero."""
    rng = np.random.default_rng(3)
    kinds = {
        name: rng.integers(-1, len(STRATA[name]), 400).astype(np.int8) for name in ("season", "surface", "regime", "climate")
    }
    pixels = rng.integers(-3, 9, (400, 3)).astype(np.float64)
    pixels[::7] = 0
    return pixels, kinds


def test_equals_a_groupby(sample):
    pixels, kinds = sample
    table = crossed(pixels, NAMES, kinds)
    order = [name for name in STRATA if name in kinds]
    assert list(table[["first", "second"]].drop_duplicates().itertuples(index=False, name=None)) == list(
        itertools.combinations(order, 2)
    )
    counted = pandas.DataFrame(pixels, columns=NAMES).assign(
        **{name: np.array([*STRATA[name], "unknown"])[values] for name, values in kinds.items()}
    )[np.any(pixels != 0, axis=1)]
    for first, second in itertools.combinations(order, 2):
        expected = counted.groupby([first, second])[list(NAMES)].sum()
        rows = table[(table["first"] == first) & (table["second"] == second)]
        found = rows.astype({"first_class": str, "second_class": str}).set_index(["first_class", "second_class"])[list(NAMES)]
        assert len(found) == len(expected)
        np.testing.assert_array_equal(found.loc[expected.index], expected)


def test_pairs_add_up_to_the_whole_and_marginals_agree(sample):
    pixels, kinds = sample
    table = crossed(pixels, NAMES, kinds)
    whole = table.groupby(["first", "second"], observed=True)[list(NAMES)].sum()
    np.testing.assert_array_equal(whole, np.tile(pixels.sum(axis=0), (6, 1)))
    for name in kinds:
        alone = of(table, name).set_index(name)[list(NAMES)]
        assert "unknown" in alone.index
        for other in set(kinds) - {name}:
            marginal = cross(table, name, other).groupby(name, observed=True)[list(NAMES)].sum()
            pandas.testing.assert_frame_equal(marginal, alone.sort_index(), check_names=False)


def test_order_of_pixels_and_of_strata_changes_nothing(sample):
    pixels, kinds = sample
    shuffled = np.random.default_rng(0).permutation(len(pixels))
    again = crossed(pixels[shuffled], NAMES, {name: kinds[name][shuffled] for name in reversed(kinds)})
    pandas.testing.assert_frame_equal(again, crossed(pixels, NAMES, kinds))


def test_selecting_keeps_further_keys_and_the_order_of_classes(sample):
    pixels, kinds = sample
    table = crossed(pixels, NAMES, kinds)
    both = pandas.concat([table.assign(method="raw", granule="a"), table.assign(method="gmi", granule="a")], ignore_index=True)
    alone = of(both, "surface")
    assert set(alone.columns) == {"method", "granule", "surface", *NAMES}
    assert list(alone["surface"].cat.categories) == [*STRATA["surface"], "unknown"]
    assert alone["surface"].cat.ordered
    for _, rows in alone.groupby("method"):
        np.testing.assert_array_equal(rows[list(NAMES)].sum(), pixels.sum(axis=0))
    pair = cross(both, "season", "surface")
    assert set(pair.columns) == {"method", "granule", "season", "surface", *NAMES}
    assert len(pair) == 2 * len(cross(table, "surface", "season"))


def test_no_pixel_makes_no_row():
    nothing = crossed(np.zeros((4, 3)), NAMES, {name: np.zeros(4, np.int8) for name in ("surface", "season")})
    assert nothing.empty
    assert list(nothing.columns) == ["first", "first_class", "second", "second_class", *NAMES]


def test_refusals_name_the_choices(sample):
    pixels, kinds = sample
    table = crossed(pixels, NAMES, kinds)
    with pytest.raises(RequestError, match="no stratum 'biome'; strata here are surface, latitude_band"):
        of(table, "biome")
    with pytest.raises(RequestError, match="no stratum 'terrain'; strata here are surface, climate, season, regime"):
        of(table, "terrain")
    with pytest.raises(RequestError, match="no stratum 'terrain'; strata here are surface, climate, season, regime"):
        cross(table, "surface", "terrain")
    with pytest.raises(RequestError, match="crossed with itself"):
        cross(table, "surface", "surface")
    with pytest.raises(RequestError, match="in pairs, 1 given"):
        crossed(pixels, NAMES, {"surface": kinds["surface"]})
    with pytest.raises(GpmAssetsError, match=r"of \[399, 400\] pixels"):
        crossed(pixels, NAMES, kinds | {"surface": kinds["surface"][1:]})


def test_the_pair_that_is_read_tells_all_of_a_stratum():
    for name in STRATA:
        pair = pair_of(name)
        assert name in pair
        assert list(STRATA).index(pair[0]) < list(STRATA).index(pair[1])
    assert pair_of("season", "surface") == ("surface", "season")
    for wrong in ((), ("surface", "surface"), ("surface", "season", "regime"), ("altitude",)):
        with pytest.raises(GpmAssetsError, match="stratum"):
            pair_of(*wrong)
