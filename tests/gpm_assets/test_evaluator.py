"""`Evaluator`: an outsider's function on the platform's own pixels, in three lines."""

import numpy as np
import pytest

import gpm_assets
from gpm_assets.assets import scores
from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.scores import RAIN_SUMS

PARTNER, VALIDATION_MONTH, TEST_MONTH = "F16_SSMIS", "2018-08", "2019-07"


@pytest.fixture
def evaluator(chain):
    with chain.inside():
        yield gpm_assets.Evaluator(PARTNER, TEST_MONTH, home=chain.home.root)


def raw(swath):
    """The channels of SSMIS that come closest to DRAIN's four."""
    return np.stack([swath.channel(name) for name in ("37V", "37H", "91.665V", "91.665H")], axis=-1)


def test_raw_tb_of_an_outsider_score_as_the_platforms_raw(evaluator, chain):
    found = evaluator.score(raw, "mine")
    assert found.failures == ()
    ours = scores.read_all(chain.home, PARTNER, [TEST_MONTH], "rain")
    for method in ("mine", "raw", "gmi"):
        mine = found.tables["rain"].query("method == @method").set_index("granule")[list(RAIN_SUMS)]
        theirs = ours[ours["method"] == ("raw" if method == "mine" else method)].set_index("granule")[list(RAIN_SUMS)]
        np.testing.assert_allclose(mine.sort_index(), theirs.sort_index(), rtol=1e-4, atol=1e-3, err_msg=method)


def test_rain_that_is_none_scores_as_none_and_says_so(evaluator):
    found = evaluator.score(lambda swath: np.zeros(swath.shape), "dry")
    board = found.board.set_index("method")
    assert board.loc["dry", "relative_bias"] == -1
    assert board.loc["dry", "csi"] == 0
    assert "dry" in str(found)
    assert "simulated" in str(found)


def test_scenes_that_fail_are_counted_and_shown(evaluator):
    calls = []

    def fails_once(swath):
        calls.append(swath)
        if len(calls) == 1:
            raise ValueError("bad scene")
        return raw(swath)

    found = evaluator.score(fails_once, "mine")
    (failure,) = found.failures
    assert failure.reason == "ValueError: bad scene"
    assert f"failed: mine on {failure.overpass}: ValueError: bad scene" in str(found)
    rain = found.tables["rain"].query("method == 'mine'").set_index("granule")
    assert rain.loc[failure.overpass, "n"] == 0
    assert rain.loc[failure.overpass, "missing"] > 1000
    board = found.board.set_index("method")
    assert 0 < board.loc["mine", "missing"] < 1


def test_a_missing_month_a_training_month_and_mixed_splits_are_refused(chain):
    with chain.inside():
        with pytest.raises(GpmAssetsError, match="2018-03 trains F16_SSMIS"):
            gpm_assets.Evaluator(PARTNER, "2018-03", home=chain.home.root)
        with pytest.raises(GpmAssetsError, match="different splits"):
            gpm_assets.Evaluator(PARTNER, [VALIDATION_MONTH, TEST_MONTH], home=chain.home.root)
        with pytest.raises(GpmAssetsError, match="is not there yet"):
            gpm_assets.Evaluator(PARTNER, "2019-08", home=chain.home.root)
