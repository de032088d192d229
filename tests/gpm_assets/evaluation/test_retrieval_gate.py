"""The gate of a retrieval on toy score tables: who challenges, who passes, and what is said."""

import numpy as np
import pandas
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.retrieval_gate import judge
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import rain_sums
from gpm_assets.evaluation.table import table

from .conftest import key, rain_of


@pytest.fixture
def seeds(rain_table):
    """Maker of scores of one retrieval, error in mm/h by seed; versions from `first` on."""

    def make(errors, first=1, granules=75):
        runs = [
            rain_table({"drain": error}, granules, split="validation").assign(seed=seed, version=first + seed)
            for seed, error in enumerate(errors)
        ]
        return pandas.concat(runs, ignore_index=True)

    return make


def test_the_first_passes_when_it_knows_rain(seeds):
    verdict = judge(seeds([0.05, 0.03, 0.04]), None)
    assert (verdict.challenger, verdict.passes) == (3, True)  # the median seed
    assert "if no rain were ever retrieved" in verdict.reason


def test_who_knows_no_more_than_that_rain_is_rare_does_not_pass(seeds):
    verdict = judge(seeds([5.0]), None)
    assert not verdict.passes
    assert verdict.reason.startswith("does not beat no rain at all")


def test_a_volume_that_is_off_does_not_pass():
    rows = [
        key(granule, "drain", split="validation")
        | rain_sums(Retrieved.certain(1.2 * rain_of(granule), rain_of(granule)), rain_of(granule))
        for granule in range(75)
    ]
    verdict = judge(table(rows), None)
    assert not verdict.passes
    assert "off by +20%" in verdict.reason


def test_a_champion_stays_until_it_is_beaten(seeds):
    champion = seeds([0.03])
    worse, better = judge(seeds([0.05, 0.05, 0.05], first=2), champion), judge(seeds([0.02, 0.02, 0.02], first=2), champion)
    assert not worse.passes
    assert "does not beat version 1" in worse.reason
    assert better.passes
    assert better.reason.startswith("beats version 1")


def test_a_champion_among_the_seeds_is_no_rival_of_itself(seeds):
    both = seeds([0.03, 0.031])
    assert judge(both, both[both["version"] == 1]).passes


def test_few_overpasses_are_compared_plainly(seeds):
    assert "too few blocks" in judge(seeds([0.02], first=2, granules=5), seeds([0.03], granules=5)).reason


def test_other_patches_are_refused(seeds):
    with pytest.raises(GpmAssetsError, match="overpasses"):
        judge(seeds([0.02], first=2), seeds([0.03], granules=60))


def test_weights_that_do_not_add_up_to_the_last_bit_are_the_same_pixels(seeds):
    champion = seeds([0.03])
    champion["n"] *= 1 + np.finfo(float).eps
    assert judge(seeds([0.02], first=2), champion).passes
