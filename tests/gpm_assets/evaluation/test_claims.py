"""What scores rest on, in numbers and words."""

import pytest

from gpm_assets.evaluation.bootstrap import blocks
from gpm_assets.evaluation.claims import basis, claim, rainy_blocks
from gpm_assets.evaluation.scores import CONTINGENCY, at


def test_claims_need_rain_and_seeds():
    assert claim(60, 3) == "yes"
    assert claim(59, 3) == "59 of 60 rainy blocks"
    assert claim(60, 2) == "2 of 3 seeds"
    assert claim(12, 1) == "12 of 60 rainy blocks, 1 of 3 seeds"
    assert claim(60, 1, trained=False) == "yes"


def test_rainy_blocks_have_ten_wet_pixels(rain_table):
    scores = rain_table({"linear": 0.5}, granules=8, seeds=(0, 1, 2))
    drawn = blocks(scores)
    for name in CONTINGENCY:
        scores[at(name, 0.5)] = 0.0
    for number, (hits, misses) in enumerate([(10, 0), (5, 5), (9, 0), (0, 10), (0, 0), (4, 5), (11, 1), (0, 9)]):
        rows = scores["granule"] == f"granule-{number:03d}"
        scores.loc[rows, [at("hits", 0.5), at("misses", 0.5)]] = hits, misses
    assert rainy_blocks(scores, drawn, 0.5) == 4
    assert rainy_blocks(scores, drawn, 0.1) == 8, "another threshold, other blocks"


def test_rainy_blocks_do_not_depend_on_the_number_of_seeds(rain_table):
    few, many = rain_table({"linear": 0.5}, granules=9), rain_table({"linear": 0.5}, granules=9, seeds=(0, 1, 2))
    assert rainy_blocks(few, blocks(few), 10.0) == rainy_blocks(many, blocks(many), 10.0) < 9


@pytest.mark.parametrize(
    ("method", "seeds", "granules", "note"),
    [
        ("linear", (0, 1, 2), 30, ""),
        ("gmi", (0,), 30, ""),
        ("linear", (0,), 30, "one seed: intervals describe blocks alone"),
        ("linear", (0,), 6, "no intervals: 6 of 20 overpass blocks"),
    ],
)
def test_notes_on_intervals(rain_table, method, seeds, granules, note):
    scores = rain_table({method: 0.5}, granules=granules, seeds=seeds)
    assert basis(scores, blocks(scores, 2), 0.1)["note"] == note


def test_a_retrieval_that_failed_is_counted(rain_table):
    scores = rain_table({"linear": 0.5}, granules=30, seeds=(0, 1, 2))
    for seed, granules in ((0, ("granule-003",)), (1, ("granule-003", "granule-007"))):
        failed = (scores["seed"] == seed) & scores["granule"].isin(granules)
        scores.loc[failed, "missing"] = 400.0
        scores.loc[failed, [name for name in scores.columns[scores.columns.get_loc("n") :] if name != "missing"]] = 0.0
    found = basis(scores, blocks(scores, 2), 0.1)
    assert (found["failed"], found["overpasses"]) == (2, 30)
    assert found["missing"] == pytest.approx(1 / 30)
    assert found["note"].startswith("nothing retrieved in 2 of 30 overpasses; 3% of the reference's pixels are missing")
