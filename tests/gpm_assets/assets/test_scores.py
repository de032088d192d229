"""Scores of a month: which references there are, that rows of all tables agree, and what a month without any pixel says."""

import shutil
from dataclasses import replace

import numpy as np

from gpm_assets import Evaluator
from gpm_assets.assets import overlaps, references, retrievals, scores, swaths, translators
from gpm_assets.evaluation.leaderboard import leaderboard
from gpm_assets.evaluation.references import CMB, DPR, DRAIN_GMI, TRUTH
from gpm_assets.evaluation.scores import RAIN_SUMS
from gpm_assets.evaluation.strata import STRATA, of
from models.retrievals import RETRIEVALS, RetrievalMethod
from models.retrievals.drain import SIZES, fit_drain
from models.training import CPU

PARTNER, REFERENCE, VALIDATION_MONTH, TEST_MONTH = "F16_SSMIS", "GPM_GMI", "2018-08", "2019-07"
KEYS = ["reference", "method", "version", "seed", "granule"]


def rows(platform, month, name, sensor=PARTNER):
    return scores.read_all(platform.home, sensor, [month], name)


def test_validation_months_are_held_against_radar_and_gmi_and_test_months_against_truth(chain):
    assert set(rows(chain, VALIDATION_MONTH, "rain")["reference"]) == {DPR, CMB, DRAIN_GMI}
    assert set(rows(chain, TEST_MONTH, "rain")["reference"]) == {TRUTH}
    assert set(rows(chain, VALIDATION_MONTH, "tb")["reference"]) == {DRAIN_GMI}
    assert references.needed(chain.home, PARTNER, TEST_MONTH) == ("simulated_truth",)


def test_drain_on_gmi_is_no_yardstick_of_itself(chain):
    rain = rows(chain, VALIDATION_MONTH, "rain")
    assert "gmi" not in set(rain.loc[rain["reference"] == DRAIN_GMI, "method"])
    assert "gmi" in set(rain.loc[rain["reference"] == DPR, "method"])


def test_retrievals_are_scored_on_gmis_own_pixels(chain):
    validation, test = (rows(chain, month, "rain", REFERENCE) for month in (VALIDATION_MONTH, TEST_MONTH))
    assert set(validation["reference"]) == {DPR, CMB}
    assert set(test["reference"]) == {TRUTH}
    for month, rain in ((VALIDATION_MONTH, validation), (TEST_MONTH, test)):
        assert {"drain"} <= set(rain["method"]) <= set(RETRIEVALS), "neither the yardstick nor a translator"
        assert rain["granule"].nunique() == references.count(chain.home, REFERENCE, month)
        assert (rain["n"] > 1000).all()
        assert len(rows(chain, month, "tb", REFERENCE)) == len(rows(chain, month, "latmos", REFERENCE)) == 0
    assert "drain" not in scores.recipe(chain.home, chain.registry, REFERENCE, TEST_MONTH).inputs
    shown = chain.shown("retrieval_scores", f"{VALIDATION_MONTH}|{REFERENCE}")
    assert {"figure_swaths", "figure_scatter", "figure_scan_position"} <= set(shown)


def test_a_rival_of_equal_version_is_scored_beside_drain_whose_rows_are_kept(changed_chain, monkeypatch):
    platform = changed_chain("orbits = 2", "orbits = 2")
    before = rows(platform, TEST_MONTH, "rain", REFERENCE)
    with platform.inside():
        recipe = SIZES["demo"]
        brief = replace(recipe, fitting=replace(recipe.fitting, schedule=replace(recipe.fitting.schedule, steps=2)))
        monkeypatch.setitem(
            RETRIEVALS, "rival", RetrievalMethod(fit_drain, {"demo": brief}, "a DRAIN of two steps", seeded=False)
        )
        retrievals.make(platform.home, platform.registry, CPU, "rival", 0)
        made = scores.make(platform.home, platform.registry, REFERENCE, TEST_MONTH)
    assert made.metadata["computed"] == 1
    after = rows(platform, TEST_MONTH, "rain", REFERENCE)
    kept = after[after["method"] != "rival"].reset_index(drop=True)
    assert kept.equals(before)
    assert set(after["version"]) == {1}
    board = leaderboard(after[after["method"].isin(("drain", "rival"))], resamples=10).set_index("method")
    assert board.loc["rival", "crps_vs_anchor"] == board.loc["rival", "crps"] - board.loc["drain", "crps"]
    with platform.inside():
        evaluation = Evaluator(REFERENCE, TEST_MONTH, home=platform.home.root).score(lambda swath: 0 * swath.latitude)
        assert set(evaluation.board["method"]) == {"drain", "function"}


def test_every_stratum_adds_up_to_the_rain_scores(chain):
    for month in (VALIDATION_MONTH, TEST_MONTH):
        whole = rows(chain, month, "rain").set_index(KEYS)[list(RAIN_SUMS)].sort_index()
        table = rows(chain, month, "strata")
        for stratum in STRATA:
            parts = of(table, stratum).groupby(KEYS)[list(RAIN_SUMS)].sum().sort_index()
            np.testing.assert_allclose(parts.to_numpy(), whole.to_numpy(), rtol=1e-9, atol=1e-6, err_msg=stratum)


def test_latmos_protocol_is_scored_where_gmi_looked(chain):
    found = rows(chain, VALIDATION_MONTH, "latmos")
    assert set(found["reference"]) == {CMB, DRAIN_GMI, DPR}
    assert set(found["method"]) == {"gmi", *translators.quick_methods()}
    seen = found.groupby(["reference", "method"])[["n", "missing"]].sum().sum(axis=1).unstack()
    assert (seen.nunique(axis=1) == 1).all(), "every method on the same pixels of GMI"


def test_the_page_shows_references_and_how_many_pixels(chain):
    shown = chain.shown("retrieval_scores", f"{VALIDATION_MONTH}|{PARTNER}")
    counted = {row["reference"]: row for row in shown["references"]}
    assert list(counted) == [DPR, CMB, DRAIN_GMI]
    assert counted[DRAIN_GMI]["pixels"] > counted[DPR]["pixels"] > 1000
    assert shown["failed"] == 0


def test_a_test_month_with_overlaps_has_all_references(changed_chain):
    platform = changed_chain("orbits = 2", "orbits = 2")
    platform.make("collocate_month", TEST_MONTH)
    platform.make("overlap_sensor_month", f"{TEST_MONTH}|{PARTNER}")
    made = platform.make("score_sensor_month", f"{TEST_MONTH}|{PARTNER}")["retrieval_scores"]
    assert made["computed"] == len(translators.quick_methods()), "what it rests on has changed"
    assert set(rows(platform, TEST_MONTH, "rain")["reference"]) == {TRUTH, DPR, CMB, DRAIN_GMI}


def test_a_translator_that_cannot_be_applied_is_counted_and_the_others_are_scored(changed_chain, monkeypatch):
    from models.translators.linear import Linear

    platform = changed_chain("orbits = 2", "orbits = 2")
    shutil.rmtree(scores.folder(platform.home, PARTNER, VALIDATION_MONTH))

    def broken(self, tb):
        raise RuntimeError("weights do not fit")

    monkeypatch.setattr(Linear, "forward", broken)
    made = platform.make("score_sensor_month", f"{VALIDATION_MONTH}|{PARTNER}")["retrieval_scores"]
    assert made["failed"] > 0
    assert {row["reason"] for row in made["failures"]} == {"RuntimeError: weights do not fit"}
    rain = rows(platform, VALIDATION_MONTH, "rain").groupby(["reference", "method"])[["n", "missing"]].sum()
    assert rain.xs("linear", level="method")["n"].sum() == 0
    assert (rain.xs("raw", level="method")["n"] > 0).all()
    decided = platform.make("choose_champion", PARTNER)["translator_champion"]
    assert decided["method"] != "linear"


def test_overpasses_are_counted_before_they_are_made(chain):
    for month, asset in ((VALIDATION_MONTH, overlaps.OVERLAPS), (TEST_MONTH, swaths.SWATHS)):
        assert references.count(chain.home, PARTNER, month) == rows(chain, month, "rain")["granule"].nunique(), asset
