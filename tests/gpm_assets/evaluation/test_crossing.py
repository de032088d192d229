import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.crossing import Scenes, crossing_within_strata, crossing_without_strata
from models.packs import INDEX

SIZE, BATCHES = 64, 20


def scenes(seed: int, count: int = 4000, *, blind: float = 0.0) -> Scenes:
    """Rainy patches a standard deviation away from dry ones; their stratum is their rain, but for a share that is guessed."""
    rng = np.random.default_rng(seed)
    rainy = rng.random(count) < 0.3
    index = np.zeros(count, INDEX)
    index["split"], index["weight"] = "train", 1
    guessed = rng.random(count) < blind
    index["stratum"] = np.where(guessed, rng.random(count) < 0.3, rainy)
    return Scenes(rng.normal(rainy[:, None], 1.0, (count, 12)), rainy, index)


@pytest.mark.parametrize("mismatch", [2.0, 4.0])
def test_a_mismatch_must_cross_without_strata_and_need_not_within(mismatch):
    source, target = scenes(1).raining(mismatch * 0.1), scenes(2).raining(0.1)
    without = crossing_without_strata(source, target, SIZE, BATCHES)
    assert without.mean() >= (mismatch - 1) * 0.1 - 0.03, "so much must go somewhere"
    assert crossing_within_strata(source, target, SIZE, BATCHES, fields=("stratum",)).max() == 0


def test_errors_of_the_strata_cross():
    source, target = scenes(3, blind=0.4).raining(0.4), scenes(4, blind=0.4).raining(0.1)
    within = crossing_within_strata(source, target, SIZE, BATCHES, fields=("stratum",)).mean()
    assert 0.02 < within < crossing_without_strata(source, target, SIZE, BATCHES).mean()


def test_domains_that_rain_alike_cross_little_either_way():
    source, target = scenes(5).raining(0.2), scenes(6).raining(0.2)
    assert crossing_without_strata(source, target, SIZE, BATCHES).mean() < 0.15


def test_a_domain_without_rain_has_no_mismatch():
    dry = scenes(7)
    with pytest.raises(GpmAssetsError, match="0 of 4000 patches are rainy"):
        Scenes(dry.features, np.zeros(4000, bool), dry.index).raining(0.1)
