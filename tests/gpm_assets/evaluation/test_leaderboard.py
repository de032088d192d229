"""The leaderboard: ends of the scale, order, what is refused, what stays empty."""

import numpy as np
import pandas
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.leaderboard import COLUMNS, gap_closed, leaderboard


@pytest.fixture(scope="module")
def board(rain_table, tb_table):
    rain = rain_table({"raw": 1.0, "worse": 1.5, "linear": 0.5, "gmi": 0.2}, seeds=(0, 1))
    return leaderboard(rain, tb_table({"raw": 8.0, "linear": 3.0}), resamples=300).set_index("method")


def test_raw_closes_nothing_and_gmi_everything(board):
    for name in ("gap_closed_csi", "gap_closed_crps"):
        assert tuple(board.loc["raw", [name, f"{name}_low", f"{name}_high"]]) == (0, 0, 0)
        assert tuple(board.loc["gmi", [name, f"{name}_low", f"{name}_high"]]) == (1, 1, 1)
        assert 0 < board.loc["linear", f"{name}_low"] < board.loc["linear", name] < board.loc["linear", f"{name}_high"] < 1


def test_negative_results_stay(board):
    assert board.loc["worse", "gap_closed_crps"] < 0
    assert board.loc["worse", "gap_closed_crps_high"] < 0


def test_order_and_counts(board):
    assert list(board.index) == ["gmi", "linear", "raw", "worse"]
    assert list(board["seeds"]) == [1, 2, 1, 2]
    assert set(board["overpasses"]) == {75}
    assert set(board["blocks"]) == {25}
    assert set(board["pixels"]) == {75 * 400}
    assert set(board["missing"]) == {0}
    assert list(board.reset_index()[list(COLUMNS)].columns) == list(COLUMNS)


def test_intervals_hold_their_values(board):
    for name in ("csi", "crps", "rmse", "r", "bias"):
        assert (board[f"{name}_low"] < board[name]).all()
        assert (board[name] < board[f"{name}_high"]).all()


def test_crps_is_the_pooled_mean(rain_table):
    scores = rain_table({"linear": 0.5})
    assert leaderboard(scores, resamples=10)["crps"][0] == pytest.approx(scores["crps"].sum() / scores["n"].sum())


def test_tb(board):
    assert board.loc["raw", "tb_rmse"] == pytest.approx(8, rel=0.02)
    assert board.loc["linear", "tb_rmse"] == pytest.approx(3, rel=0.02)
    assert np.isnan(board.loc["gmi", "tb_rmse"])


def test_tb_is_pooled_over_common_channels(rain_table, tb_table):
    tb = tb_table({"raw": 8.0, "linear": 3.0})
    extra = tb[(tb["method"] == "linear") & (tb["channel"] == "37V")].assign(channel="10V", squared=1e9)
    boards = [leaderboard(rain_table(), scores, resamples=10).set_index("method") for scores in (tb, pandas.concat([tb, extra]))]
    assert boards[1].loc["linear", "tb_rmse"] == boards[0].loc["linear", "tb_rmse"]


def test_empty_where_there_is_no_gap(rain_table):
    board = leaderboard(rain_table({"raw": 0.5, "gmi": 0.5, "linear": 0.4}), resamples=300).set_index("method")
    assert board["gap_closed_crps"].isna().all()
    assert np.isfinite(board["crps"]).all()


def test_empty_without_raw(rain_table):
    board = leaderboard(rain_table({"linear": 0.5, "gmi": 0.2}), resamples=20)
    assert board["gap_closed_csi"].isna().all()


def test_gap_of_skill_and_of_error_agree():
    start, goal = np.full(50, 0.2), np.full(50, 0.6)
    assert gap_closed(np.full(50, 0.3), start, goal) == pytest.approx(0.25)
    assert gap_closed(1 - np.full(50, 0.3), 1 - start, 1 - goal) == pytest.approx(0.25)
    assert gap_closed(start, start, start + np.linspace(-1, 1, 50)) is None


def test_several_sensors(rain_table):
    scores = rain_table(granules=25)
    other = scores[scores["granule"] < "granule-020"].assign(sensor="NOAA20_ATMS")
    board = leaderboard(pandas.concat([scores, other]), resamples=20)
    assert list(board["sensor"]) == ["F16_SSMIS"] * 3 + ["NOAA20_ATMS"] * 3
    assert list(board["overpasses"]) == [25] * 3 + [20] * 3


def test_refuses_what_cannot_be_compared(rain_table):
    scores = rain_table(granules=4)
    with pytest.raises(GpmAssetsError, match="only scores over the same overpasses are compared"):
        leaderboard(scores.drop(index=scores.index[-1]))
    with pytest.raises(GpmAssetsError, match="one split are asked for, the table has test, validation"):
        leaderboard(pandas.concat([scores, scores.assign(split="validation")]))
    with pytest.raises(GpmAssetsError, match="one version are asked for, the table has 1, 2"):
        leaderboard(pandas.concat([scores, scores.assign(version=2)]))


def test_missing_retrievals_are_shown(rain_table):
    scores = rain_table(granules=4)
    method = scores["method"] == "linear"
    scores.loc[method, ["n", "missing"]] = [300.0, 100.0]
    board = leaderboard(scores, resamples=10).set_index("method")
    assert board.loc["linear", "missing"] == 0.25
    assert board.loc["linear", "pixels"] == 1200
