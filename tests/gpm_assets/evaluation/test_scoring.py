"""Scoring an overpass: every method on the same pixels, whatever it reads, whether it works, and by every stratum."""

from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.evaluation.methods import Answer, Method, of_function, of_translator
from gpm_assets.evaluation.references import DRAIN_GMI, TRUTH, Overpass, Reference, base
from gpm_assets.evaluation.scores import PAIR_SUMS, RAIN_SUMS, rain_measures, tb_measures
from gpm_assets.evaluation.scoring import score
from gpm_assets.evaluation.strata import Scene, of
from gpm_assets.inference.translation import GMI_CHANNELS
from models.translators.nearest import NearestChannel, NearestConfig, identity

FOUR = ("36.64V", "36.64H", "89V", "89H")


@pytest.fixture(scope="module")
def swath(orbit):
    return gmi_like(orbit("GPM_GMI", 90), INSTRUMENTS["GPM_GMI"])


@pytest.fixture(scope="module")
def rain(swath):
    """Rain (scan, pixel) known in a strip of fifty scans."""
    rain = np.random.default_rng(1).gamma(0.3, 3.0, swath.shape).astype(np.float32)
    known = np.zeros(swath.shape, bool)
    known[22:72, 80:140] = True
    return np.where(known, rain, np.nan).astype(np.float32)


def scene_of(swath, rain):
    nan = np.full(swath.shape, np.nan, np.float32)
    return Scene(
        latitude=swath.latitude,
        longitude=swath.longitude,
        time=swath.time,
        incidence_deg=swath.incidence[..., 0],
        rain_mm_h=rain,
        rain_type=np.full(swath.shape, -1, np.int8),
        freezing_level_m=nan,
        storm_top_m=nan,
        lag_s=0 * nan,
    )


@pytest.fixture(scope="module")
def overpass(drain, swath, rain):
    tb = np.where(np.isfinite(rain)[..., None], swath.tb, np.nan)
    answer = Answer(drain, swath.tb)
    truth = Reference(TRUTH, rain, scene_of(swath, rain), answer(rain), tb)
    mean = np.where(np.isfinite(rain), answer.mean, np.nan)
    return Overpass("overpass", swath, (truth, Reference(DRAIN_GMI, mean, scene_of(swath, mean)))).comparable()


def scored(overpass, *methods, with_gmi=True):
    """Single rows of rain by reference and method, and all else that came."""
    found = list(score(overpass, methods, with_gmi=with_gmi))
    rain = {(keys["reference"], keys["method"]): frames["rain"].iloc[0] for keys, frames, _ in found if "rain" in frames}
    return rain, found


def test_the_identity_on_true_tb_scores_what_gmi_scores(drain, overpass):
    """Scored from a part of the orbit, GMI from the whole: the same, because parts start where pooling cells start."""
    rain, found = scored(overpass, of_translator("identity", identity(GMI_CHANNELS), drain, version=3, seed=1))
    assert set(rain) == {(TRUTH, "gmi"), (TRUTH, "identity"), (DRAIN_GMI, "identity")}
    own, gmi = rain[TRUTH, "identity"], rain[TRUTH, "gmi"]
    assert own["n"] > 2000
    for name in RAIN_SUMS:
        assert own[name] == pytest.approx(gmi[name], rel=1e-4), name
    assert rain[DRAIN_GMI, "identity"]["absolute"] == pytest.approx(0, abs=1e-2)
    (keys, frames, failure), *_ = [one for one in found if one[0]["method"] == "identity"]
    assert (keys["version"], keys["seed"], keys["granule"], failure) == (3, 1, "overpass", None)
    assert keys["block"] == "2020-01-15"
    assert list(frames["tb"]["channel"]) == list(GMI_CHANNELS)
    assert all(tb_measures(row)["rmse"] == 0 for row in frames["tb"].to_dict("records"))


def test_strata_add_up_to_the_whole(drain, overpass):
    _, found = scored(overpass, of_translator("identity", identity(GMI_CHANNELS), drain))
    for _, frames, _ in found:
        for stratum in ("surface", "scan_position", "retrieved_class", "rain_class"):
            part = of(frames["strata"], stratum)[list(RAIN_SUMS)].sum()
            np.testing.assert_allclose(part, frames["rain"].iloc[0][list(RAIN_SUMS)], rtol=1e-9, err_msg=stratum)
        if "tb" in frames:
            for channel, rows in frames["tb_strata"].groupby("channel"):
                whole = frames["tb"].set_index("channel").loc[channel]
                np.testing.assert_allclose(of(rows, "surface")[list(PAIR_SUMS)].sum(), whole, rtol=1e-9)


def test_a_bias_of_a_candidate_is_its_bias(drain, overpass):
    """The raw copy of a channel that lies 1 K above its neighbour (the maker of orbits shifts channel k by k K)."""
    raw = NearestChannel(NearestConfig(GMI_CHANNELS, FOUR, ("36.64H", "36.64H", "89V", "89H")))
    rain, found = scored(overpass, of_translator("raw", raw, drain))
    (tb,) = [frames["tb"] for keys, frames, _ in found if "tb" in frames]
    bias = {row["channel"]: tb_measures(row)["bias"] for row in tb.to_dict("records")}
    assert bias == pytest.approx({"36.64V": 1.0, "36.64H": 0, "89V": 0, "89H": 0}, abs=0.01)
    own, gmi = rain[TRUTH, "raw"], rain[TRUTH, "gmi"]
    assert (own["n"], own["y"]) == (gmi["n"], gmi["y"])
    assert own["x"] != gmi["x"]
    assert np.isfinite(rain_measures(own)["crps"])


def test_candidates_are_compared_on_the_same_pixels(drain, overpass):
    """Where the swath lacks any channel, nobody is scored."""
    tb = overpass.swath.tb.copy()
    tb[30:40, :, GMI_CHANNELS.index("10.65V")] = np.nan
    holed = replace(overpass, swath=replace(overpass.swath, tb=tb)).comparable()
    four = NearestChannel(NearestConfig(FOUR, FOUR, FOUR))
    rain, _ = scored(
        holed, *(of_translator(str(number), model, drain) for number, model in enumerate((identity(GMI_CHANNELS), four)))
    )
    whole = int(np.isfinite(overpass.references[0].rain).sum())
    assert {(row["n"], row["missing"]) for row in rain.values()} == {(whole - 600, 0)}


def test_a_channel_that_is_lost_is_counted_as_missing(drain, overpass):
    """A candidate without values where GMI has them does not get an easier set of pixels."""
    tb = overpass.swath.tb.copy()
    tb[50:55, :, GMI_CHANNELS.index("89V")] = np.nan
    lost = replace(overpass, swath=replace(overpass.swath, tb=tb))
    rain, _ = scored(lost, of_translator("identity", identity(GMI_CHANNELS), drain))
    assert rain[TRUTH, "identity"]["missing"] == 300
    assert rain[TRUTH, "identity"]["n"] == rain[TRUTH, "gmi"]["n"] - 300


def test_a_method_that_fails_is_told_and_missing_everywhere(drain, overpass):
    def broken(swath):
        raise ZeroDivisionError("no such rain")

    rain, found = scored(overpass, of_function("broken", broken, drain), of_translator("identity", identity(GMI_CHANNELS), drain))
    failures = [failure for _, _, failure in found if failure]
    assert {(one.method, one.overpass, one.reason) for one in failures} == {
        ("broken", "overpass", "ZeroDivisionError: no such rain")
    }
    assert rain[TRUTH, "broken"]["n"] == 0
    assert rain[TRUTH, "broken"]["missing"] == rain[TRUTH, "gmi"]["n"]
    assert rain[TRUTH, "identity"]["missing"] == 0, "the others go on"


def test_a_function_that_fails_when_it_is_compared_is_told_too(drain, overpass):
    """Rain of another shape than the swath, found out when it is held against the reference."""
    method = Method("late", lambda swath: of_function("x", lambda one: one.latitude[:3], drain).make(swath))
    _, found = scored(overpass, method, with_gmi=False)
    assert all("made an array of shape (3, 221)" in failure.reason for _, _, failure in found)


def test_a_dead_channel_makes_nobody_incomparable(drain, overpass):
    """37V of a sensor that lost it: who needs it retrieves nothing, who does not is scored as ever."""
    tb = overpass.swath.tb.copy()
    tb[..., GMI_CHANNELS.index("10.65V")] = np.nan
    dead = replace(overpass, swath=replace(overpass.swath, tb=tb)).comparable()
    four = NearestChannel(NearestConfig(FOUR, FOUR, FOUR))
    rain, _ = scored(dead, of_translator("four", four, drain))
    assert rain[TRUTH, "four"]["n"] == np.isfinite(overpass.references[0].rain).sum()


def test_spectra_are_of_the_same_windows_whatever_scans_a_method_was_given(drain, overpass, swath):
    """A band of 32 scans begins where the swath begins, not where a method's part of it does."""
    rain = np.random.default_rng(5).gamma(0.5, 2, swath.shape).astype(np.float32)
    rain[:7] = np.nan
    whole = Overpass("o", swath, (Reference(TRUTH, rain, scene_of(swath, rain)),), spacing_km=(13.5, 5.8))
    noisy = rain + np.float32(0.5)

    def given(reach):
        def make(part):
            first = int(np.flatnonzero(swath.time == part.time[0])[0])
            return of_function("x", lambda one: noisy[first : first + part.shape[0]], drain).make(part)

        return Method(f"reach {reach}", make, reach=reach)

    noisy = np.nan_to_num(noisy)
    found = [frames["spectra"] for _, frames, _ in score(whole, [given(0), given(5), given(None)], with_gmi=False)]
    for other in found[1:]:
        np.testing.assert_allclose(other.select_dtypes("number"), found[0].select_dtypes("number"), rtol=1e-6)
    assert found[0]["windows"].max() > 0


def test_what_an_outsider_changes_in_a_swath_stays_with_it(drain, overpass):
    """The usual tb[...] = 0 must not reach the methods that come after."""

    def vandal(swath):
        swath.tb[...] = 0
        swath.latitude[...] = 0
        return np.zeros(swath.shape)

    before = overpass.swath.tb.copy()
    list(score(overpass, [of_function("vandal", vandal, drain)], with_gmi=False))
    np.testing.assert_array_equal(overpass.swath.tb, before)


def test_memory_that_runs_out_is_no_score_of_a_registered_method(drain, overpass):
    def exhausted(swath):
        raise MemoryError("full")

    with pytest.raises(MemoryError):
        list(score(overpass, [Method("linear", exhausted, version=3)]))
    _, found = scored(overpass, Method("mine", exhausted))
    assert any(failure and "MemoryError" in failure.reason for _, _, failure in found)


def test_references_where_a_rival_has_rain(overpass):
    kept = np.zeros(overpass.swath.shape, bool)
    kept[30:40] = True
    shared = overpass.references[0].shared_with("gprof_v07", kept)
    assert (shared.name, base(shared.name), shared.tb) == ("truth where gprof_v07", TRUTH, None)
    assert np.isfinite(shared.rain).sum() == np.isfinite(overpass.references[0].rain[30:40]).sum()


def test_an_overpass_without_a_common_pixel_is_dropped(drain, overpass):
    nothing = replace(overpass, references=tuple(one.where(np.zeros(one.rain.shape, bool)) for one in overpass.references))
    assert nothing.comparable().references == ()
    assert list(score(nothing.comparable(), [of_translator("identity", identity(GMI_CHANNELS), drain)])) == []
