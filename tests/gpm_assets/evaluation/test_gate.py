"""The gate: who becomes champion, who stays, and on what grounds."""

import pandas
import pytest

from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.evaluation.gate import choose_baseline, choose_champion
from gpm_assets.evaluation.scores import RAIN_SUMS


@pytest.fixture
def validation(rain_table):
    """Maker of scores with versions that differ between methods: linear 1, 2, 3, cyclegan 11, 12, 13, ..."""
    offset = {"raw": -1, "gmi": -1, "linear": 0, "cyclegan": 10, "ceiling": 20, "quantile_mapping": 30}

    def make(errors, granules=75, seeds=(0,)):
        scores = rain_table(errors, granules=granules, seeds=seeds, split="validation", reference="DPR")
        return scores.assign(version=scores["version"] + scores["method"].map(offset))

    return make


def test_lowest_crps_wins(validation):
    decision = choose_champion(validation({"raw": 1.0, "gmi": 0.2, "ceiling": 0.1, "linear": 0.6, "cyclegan": 0.5}), None)
    assert (decision.method, decision.version) == ("cyclegan", 11)
    assert "cyclegan is the best of 2 candidates and beats raw with CRPS 0." in decision.reason
    assert "paired bootstrap of 25 day blocks" in decision.reason
    assert decision.table["method"].iloc[0] == "gmi"


def test_nobody_beats_raw(validation):
    decision = choose_champion(validation({"raw": 0.5, "linear": 0.6}), None)
    assert (decision.method, decision.version) == (None, None)
    assert "does not beat raw" in decision.reason


def test_raw_is_champion_where_it_is_registered_and_nobody_beats_it(validation):
    scores = validation({"raw": 0.5, "linear": 0.6})
    scores.loc[scores["method"] == "raw", "version"] = 7
    decision = choose_champion(scores, None)
    assert (decision.method, decision.version) == ("raw", 7)
    assert "does not beat raw" in decision.reason


def test_incumbent_stays_when_nobody_beats_raw(validation):
    decision = choose_champion(validation({"raw": 0.5, "linear": 0.6}), 1)
    assert (decision.method, decision.version) == ("linear", 1)
    assert "the incumbent linear (version 1) stays" in decision.reason


def test_incumbent_gives_way_to_a_better_method(validation):
    decision = choose_champion(validation({"raw": 1.0, "linear": 0.6, "cyclegan": 0.5}), 1)
    assert (decision.method, decision.version) == ("cyclegan", 11)
    assert "it beats the incumbent linear (version 1)" in decision.reason


def test_incumbent_stays_where_the_gain_may_be_chance(validation):
    scores = validation({"raw": 1.0, "linear": 0.5, "cyclegan": 0.5})
    for incumbent, other in (("linear", "cyclegan"), ("cyclegan", "linear")):
        version = {"linear": 1, "cyclegan": 11}
        decision = choose_champion(scores, version[incumbent])
        assert decision.version == version[incumbent]
        challenged = (
            decision.table.loc[decision.table["method"] == other, "crps"].item()
            < decision.table.loc[decision.table["method"] == incumbent, "crps"].item()
        )
        assert ("does not beat the incumbent" in decision.reason) == challenged


def test_the_incumbent_may_be_the_best(validation):
    decision = choose_champion(validation({"raw": 1.0, "linear": 0.5, "cyclegan": 0.7}), 1)
    assert (decision.method, decision.version) == ("linear", 1)
    assert "it is the incumbent" in decision.reason


def test_an_incumbent_of_older_training_is_held_against_the_new(validation):
    new = validation({"raw": 1.0, "linear": 0.5})
    old = validation({"linear": 0.9}).assign(version=-5)
    decision = choose_champion(pandas.concat([new, old], ignore_index=True), -5)
    assert (decision.method, decision.version) == ("linear", 1)
    assert "it beats the incumbent linear (version -5)" in decision.reason


def test_median_seed(validation):
    linear = {0: 0.52, 1: 0.48, 2: 0.5}  # two seeds that differ more are no proof: Student's t of one degree of freedom
    runs = [validation({"linear": error}).assign(seed=seed, version=seed + 5) for seed, error in linear.items()]
    raw = validation({"raw": 1.0})
    assert choose_champion(pandas.concat([raw, *runs], ignore_index=True), None).version == 7
    assert choose_champion(pandas.concat([raw, *runs[1:]], ignore_index=True), None).version == 6  # the better of two


def test_the_mean_of_seeds_decides_not_the_luckiest(validation):
    lucky = [validation({"cyclegan": error}).assign(seed=seed, version=seed + 11) for seed, error in enumerate((0.3, 0.9, 0.9))]
    steady = validation({"raw": 1.0, "linear": 0.5}, seeds=(0, 1, 2))
    assert choose_champion(pandas.concat([steady, *lucky], ignore_index=True), None).method == "linear"


def test_few_overpasses_are_compared_plainly(validation):
    decision = choose_champion(validation({"raw": 1.0, "linear": 0.5}, granules=4), None)
    assert decision.version == 1
    assert "plain difference: too few blocks for an interval, 4 of 20 overpass blocks" in decision.reason


def test_nineteen_blocks_are_few(validation):
    for granules, words in ((19, "19 of 20 overpass blocks"), (20, "paired bootstrap of 20 overpass blocks")):
        assert words in choose_champion(validation({"raw": 1.0, "linear": 0.5}, granules=granules), None).reason


def test_only_the_radar_chooses(validation):
    """Against 2B-CMB, which knows GMI's brightness temperatures, another method would win, on other overpasses at that."""
    radar = validation({"raw": 1.0, "linear": 0.5, "cyclegan": 0.6})
    combined = validation({"raw": 1.0, "linear": 0.5, "cyclegan": 0.1, "quantile_mapping": 0.05}, granules=30)
    both = pandas.concat([combined.assign(reference="CMB"), radar], ignore_index=True)
    decision = choose_champion(both, None)
    assert (decision.method, decision.version) == ("linear", 1)
    assert decision.reason == choose_champion(radar, None).reason
    assert set(decision.table["reference"]) == {"DPR"}
    with pytest.raises(RequestError, match="chosen on scores against DPR, these are against CMB"):
        choose_champion(combined.assign(reference="CMB"), None)
    with pytest.raises(RequestError, match="incumbent champion, version 31, has no validation scores"):
        choose_champion(both, 31)


def test_the_baseline_is_the_better_pixel_wise_method(validation):
    scores = validation({"raw": 0.1, "linear": 0.5, "quantile_mapping": 0.4, "cyclegan": 0.2})
    assert choose_baseline(scores) == "quantile_mapping"
    assert choose_baseline(scores[scores["method"] == "cyclegan"]) is None
    with pytest.raises(RequestError, match="split 'test'"):
        choose_baseline(scores.assign(split="test"))


def test_seeds_that_scatter_are_no_proof(validation):
    """On average better than raw, but of three seeds one is worse: another three might not be."""
    runs = [validation({"cyclegan": error}).assign(seed=seed, version=seed + 11) for seed, error in enumerate((0.5, 0.6, 1.3))]
    decision = choose_champion(pandas.concat([validation({"raw": 1.0}), *runs], ignore_index=True), None)
    assert decision.method is None
    assert "does not beat raw" in decision.reason


def test_sensors_without_raw(validation):
    decision = choose_champion(validation({"gmi": 0.2, "linear": 0.5}), None)
    assert decision.version == 1
    assert "raw does not exist for this sensor" in decision.reason


def test_no_candidate(validation):
    assert choose_champion(validation({"raw": 1.0, "gmi": 0.2, "ceiling": 0.3}), None).version is None


def test_refusals(validation):
    scores = validation({"raw": 1.0, "linear": 0.5}, granules=3)
    with pytest.raises(RequestError, match="F16_SSMIS: a champion is chosen on validation scores, these are of the split 'test'"):
        choose_champion(scores.assign(split="test"), None)
    with pytest.raises(RequestError, match="incumbent champion, version 99, has no validation scores"):
        choose_champion(scores, 99)
    with pytest.raises(GpmAssetsError, match="same overpasses"):
        choose_champion(scores.drop(index=scores.index[-1]), None)


def failed_on(scores, method, granule):
    """The same rows, but the method retrieved nothing on an overpass."""
    gone = (scores["method"] == method) & (scores["granule"] == granule)
    pixels = scores.loc[gone, "n"]
    scores = scores.copy()
    scores.loc[gone, list(RAIN_SUMS)] = 0.0
    scores.loc[gone, "missing"] = pixels
    return scores


def test_a_method_that_failed_on_an_overpass_cannot_be_chosen(validation):
    """Without its worst overpass it could look best."""
    scores = validation({"raw": 1.0, "linear": 0.5, "cyclegan": 0.7})
    assert choose_champion(scores, None).method == "linear"
    decided = choose_champion(failed_on(scores, "linear", "granule-003"), None)
    assert decided.method == "cyclegan"
    assert "linear failed on an overpass and cannot be chosen" in decided.reason


def test_an_incumbent_that_failed_has_to_go(validation):
    scores = validation({"raw": 1.0, "linear": 0.5, "cyclegan": 0.7})
    assert choose_champion(scores, 1).version == 1
    decided = choose_champion(failed_on(scores, "linear", "granule-003"), 1)
    assert (decided.method, decided.version) == ("cyclegan", 11)
    assert "has to go" in decided.reason


def test_what_is_not_registered_is_no_candidate(validation):
    """GPROF may be best; no alias can point to it."""
    scores = validation({"raw": 1.0, "linear": 0.5, "quantile_mapping": 0.1})
    scores.loc[scores["method"] == "quantile_mapping", "version"] = 0
    assert choose_champion(scores, None).method == "linear"
