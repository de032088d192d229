from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import rain_measures, tb_measures
from gpm_assets.evaluation.scoring import Reference, comparable, gmi_rows, retrieved, score
from gpm_assets.inference.translation import GMI_CHANNELS
from models.translators.nearest import NearestChannel, NearestConfig, identity

KEYS = {"method": "identity", "version": 3, "seed": 1}


@pytest.fixture(scope="module")
def swath(orbit):
    return gmi_like(orbit("GPM_GMI", 90), INSTRUMENTS["GPM_GMI"])


@pytest.fixture(scope="module")
def rain(swath):
    """Rain (scan, pixel) known in a strip of fifty scans."""
    rain = np.random.default_rng(1).gamma(0.3, 3.0, swath.shape).astype(np.float32)
    known = np.zeros(swath.shape, bool)
    known[22:72, 80:140] = True
    return np.where(known, rain, np.nan)


@pytest.fixture(scope="module")
def references(drain, swath, rain):
    tb = np.where(np.isfinite(rain)[..., None], swath.tb, np.nan)
    return comparable(swath, {"overpass": Reference(rain, tb, retrieved(drain, swath.tb, rain))})


def test_the_identity_on_true_tb_scores_what_gmi_scores(drain, swath, references):
    """Scored from a part of the orbit, GMI from the whole: the same, because parts start where pooling cells start."""
    (row,), tb_rows = score(drain, swath, references, [(KEYS, identity(GMI_CHANNELS))])
    (gmi,) = gmi_rows(references)
    assert (row.pop("method"), row.pop("version"), row.pop("seed")) == ("identity", 3, 1)
    assert (gmi.pop("method"), gmi.pop("version"), gmi.pop("seed")) == ("gmi", 0, 0)
    assert row["granule"] == gmi["granule"] == "overpass"
    assert row["n"] > 2000
    for name in set(gmi) - {"granule"}:
        assert row[name] == pytest.approx(gmi[name], rel=1e-4), name
    assert [one["channel"] for one in tb_rows] == list(GMI_CHANNELS)
    assert all(tb_measures(one)["rmse"] == 0 for one in tb_rows)


def test_a_bias_of_a_candidate_is_its_bias(drain, swath, references):
    """The raw copy of a channel that lies 1 K above its neighbour (the maker of orbits shifts channel k by k K)."""
    outputs = ("36.64V", "36.64H", "89V", "89H")
    raw = NearestChannel(NearestConfig(GMI_CHANNELS, outputs, ("36.64H", "36.64H", "89V", "89H")))
    (row,), tb_rows = score(drain, swath, references, [({**KEYS, "method": "raw"}, raw)])
    bias = {one["channel"]: tb_measures(one)["bias"] for one in tb_rows}
    assert bias == pytest.approx({"36.64V": 1.0, "36.64H": 0, "89V": 0, "89H": 0}, abs=0.01)
    (gmi,) = gmi_rows(references)
    assert row["n"] == gmi["n"]
    assert row["y"] == gmi["y"]
    assert row["x"] != gmi["x"]
    assert np.isfinite(rain_measures(row)["crps"])


def test_candidates_are_compared_on_the_same_pixels(drain, swath, rain, references):
    """Where the swath lacks any channel, nobody is scored."""
    tb = swath.tb.copy()
    tb[30:40, :, GMI_CHANNELS.index("10.65V")] = np.nan
    holed = replace(swath, tb=tb)
    known = comparable(holed, {"overpass": Reference(rain, swath.tb, references["overpass"].gmi)})
    four = ("36.64V", "36.64H", "89V", "89H")
    candidates = [(KEYS, identity(GMI_CHANNELS)), (KEYS, NearestChannel(NearestConfig(four, four, four)))]
    rows, _ = score(drain, holed, known, candidates)
    assert {(row["n"], row["missing"]) for row in [*rows, *gmi_rows(known)]} == {(references_count(references) - 600, 0)}


def references_count(references) -> int:
    return int(np.isfinite(references["overpass"].rain).sum())


def test_a_channel_that_is_lost_is_counted_as_missing(drain, swath, references):
    """A candidate without values where GMI has them does not get an easier set of pixels."""
    tb = swath.tb.copy()
    tb[50:55, :, GMI_CHANNELS.index("89V")] = np.nan
    rows, _ = score(drain, replace(swath, tb=tb), references, [(KEYS, identity(GMI_CHANNELS))])
    (gmi,) = gmi_rows(references)
    assert rows[0]["missing"] == 300
    assert rows[0]["n"] == gmi["n"] - 300


def test_an_overpass_without_a_common_pixel_is_dropped(drain, swath, rain):
    nothing = Reference(np.full_like(rain, np.nan), np.full_like(swath.tb, np.nan), retrieved(drain, swath.tb, rain))
    assert comparable(swath, {"overpass": nothing}) == {}
    assert score(drain, swath, {}, [(KEYS, identity(GMI_CHANNELS))]) == ([], [])


def test_values_are_put_at_the_pixels_they_belong_to():
    image = np.arange(12, dtype=np.float32).reshape(3, 4)
    found = Retrieved.certain(image, 0 * image).at(np.array([2, 7]), np.array([5, 0]), (2, 3))
    assert found.mean[1, 2] == 2
    assert found.crps[0, 0] == 7
    assert found.crps_above[0, 0].tolist() == pytest.approx([6.9, 4.5, 0])
    assert found.exceeds[0, 0].tolist() == [True] * 5 + [False]
    assert not found.exceeds[0, 1].any()
    assert np.isnan(found.mean).sum() == 4
