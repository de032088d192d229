"""The leaderboard: ends of the scale, order, references apart, what is refused, what stays empty, what is said in words."""

import numpy as np
import pandas
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.leaderboard import COLUMNS, ESTIMATES, leaderboard
from gpm_assets.evaluation.scores import RAIN_SUMS, at, rain_measures
from gpm_assets.evaluation.table import sums

GAPS = ("gap_closed_csi", "gap_closed_crps")


@pytest.fixture(scope="module")
def board(rain_table, tb_table):
    rain = rain_table({"raw": 1.0, "worse": 1.5, "linear": 0.5, "gmi": 0.2}, seeds=(0, 1, 2))
    return leaderboard(rain, tb_table({"raw": 8.0, "linear": 3.0}), resamples=200).set_index("method")


def blank(scores, rows):
    """A table whose retrieval failed in some rows: all their pixels are missing."""
    scores = scores.copy()
    scores.loc[rows, "missing"] += scores.loc[rows, "n"]
    scores.loc[rows, [name for name in sums(scores) if name != "missing"]] = 0.0
    return scores


def test_raw_closes_nothing_and_gmi_everything(board):
    for name in GAPS:
        assert tuple(board.loc["raw", [name, f"{name}_low", f"{name}_high"]]) == (0, 0, 0)
        assert tuple(board.loc["gmi", [name, f"{name}_low", f"{name}_high"]]) == (1, 1, 1)
        assert 0 < board.loc["linear", f"{name}_low"] < board.loc["linear", name] < board.loc["linear", f"{name}_high"] < 1


def test_negative_results_stay(board):
    assert board.loc["worse", "gap_closed_crps_high"] < 0
    assert board.loc["worse", "crps_vs_anchor_low"] > 0
    assert board.loc["worse", "csi_vs_anchor_high"] < 0


def test_differences_to_raw_are_paired(board):
    for name in ("csi", "crps"):
        difference = board.loc["gmi", f"{name}_vs_anchor"]
        assert difference == pytest.approx(board.loc["gmi", name] - board.loc["raw", name])
        width, apart = (
            [row[f"{one}_high"] - row[f"{one}_low"] for row in rows]
            for one, rows in ((f"{name}_vs_anchor", [board.loc["gmi"]]), (name, [board.loc["gmi"], board.loc["raw"]]))
        )
        assert width[0] < np.hypot(*apart) * 1.05
    assert board.loc["raw", "crps_vs_anchor"] == 0


def test_retrievals_of_gmi_are_paired_with_drain_and_seeds_told_apart(rain_table):
    scores = rain_table({"drain": 0.2, "pixel_mlp": 0.9}, seeds=(0, 1, 2)).assign(sensor="GPM_GMI")
    found = leaderboard(scores, resamples=100).set_index("method")
    assert set(found["anchor"]) == {"drain"}
    assert found.loc["drain", "crps_vs_anchor"] == 0
    assert found.loc["pixel_mlp", "crps_vs_anchor_low"] > 0
    assert found.loc["pixel_mlp", "csi_vs_anchor_high"] < 0
    assert found["gap_closed_crps"].isna().all()
    for method, rows in scores.groupby("method"):
        seeds = rows.groupby("seed")[["crps", "n"]].sum()
        assert found.loc[method, "crps_seed_std"] == pytest.approx((seeds["crps"] / seeds["n"]).std())
    alone = leaderboard(scores[scores["seed"] == 0], resamples=10)
    assert alone[["csi_seed_std", "crps_seed_std", "bias_seed_std"]].isna().all(axis=None)


def test_order_and_counts(board):
    assert list(board.index) == ["gmi", "linear", "raw", "worse"]
    assert list(board["seeds"]) == [1, 3, 1, 3]
    for name, value in {
        "overpasses": 75,
        "blocks": 25,
        "pixels": 75 * 400,
        "missing": 0,
        "failed": 0,
        "rainy_blocks": 25,
    }.items():
        assert set(board[name]) == {value}
    assert set(board["claim"]) == {"25 of 60 rainy blocks"}
    assert set(board["note"]) == {""}
    assert set(board["world"]) == {"simulated"}
    assert list(board.reset_index()[list(COLUMNS)].columns) == list(COLUMNS)


def test_intervals_hold_their_values(board):
    for name in ("csi", "crps", "rmse", "r", "bias", "csi@2.5", "crps_above@10", "hss"):
        assert (board[f"{name}_low"] < board[name]).all()
        assert (board[name] < board[f"{name}_high"]).all()


def test_measures_are_pooled(rain_table):
    scores = rain_table({"linear": 0.5}, granules=9)
    row = leaderboard(scores).iloc[0]
    pooled = rain_measures(scores[sums(scores)].sum().to_dict())
    for name in set(ESTIMATES) & set(pooled):
        assert row[name] == pytest.approx(float(pooled[name]))
    assert row["csi"] == row["csi@0.1"]


def test_references_have_tables_and_thresholds_of_their_own(rain_table):
    """Rows of one reference are the same whatever other references are there."""
    scores = rain_table({"raw": 1.0, "linear": 0.5, "gmi": 0.2}, granules=8)
    radar, combined = (rain_table(granules=number, reference=name) for number, name in ((6, "DPR"), (4, "CMB")))
    board = leaderboard(pandas.concat([combined, radar, scores], ignore_index=True))
    assert list(board["reference"]) == ["truth"] * 3 + ["DPR"] * 3 + ["CMB"] * 3
    assert list(board["threshold"][::3]) == [0.1, 0.5, 0.5]
    assert list(board["decides"][::3]) == [True, True, False]
    assert list(board["overpasses"][::3]) == [8, 6, 4]
    assert (board["csi"] == [row[at("csi", row["threshold"])] for row in board.to_dict("records")]).all()
    pandas.testing.assert_frame_equal(board[3:6].reset_index(drop=True), leaderboard(radar))
    with pytest.raises(GpmAssetsError, match="scores against 'gauges'; known references are truth, DPR"):
        leaderboard(scores.assign(reference="gauges"))


def test_tb(board):
    assert board.loc["raw", "tb_rmse"] == pytest.approx(8, rel=0.02)
    assert board.loc["linear", "tb_rmse"] == pytest.approx(3, rel=0.02)
    assert np.isnan(board.loc["gmi", "tb_rmse"])


def test_tb_is_pooled_over_common_channels(rain_table, tb_table):
    tb = tb_table({"raw": 8.0, "linear": 3.0}, granules=9)
    extra = tb[(tb["method"] == "linear") & (tb["channel"] == "37V")].assign(channel="10V", squared=1e9)
    boards = [leaderboard(rain_table(granules=9), scores).set_index("method") for scores in (tb, pandas.concat([tb, extra]))]
    assert boards[1].loc["linear", "tb_rmse"] == boards[0].loc["linear", "tb_rmse"]
    other = leaderboard(rain_table(granules=9), tb.assign(reference="DPR"))
    assert other["tb_rmse"].isna().all(), "temperatures against another reference"


def test_empty_where_there_is_no_gap_or_no_raw(rain_table):
    board = leaderboard(rain_table({"raw": 0.5, "gmi": 0.5, "linear": 0.4}), resamples=200)
    assert board["gap_closed_crps"].isna().all()
    assert np.isfinite(board["crps"]).all()
    board = leaderboard(rain_table({"linear": 0.5, "gmi": 0.2}), resamples=20)
    assert board[[*GAPS, "crps_vs_anchor"]].isna().all(axis=None)


def test_the_ceiling_is_reached_from_the_baseline_of_validation(rain_table):
    scores = rain_table({"quantile_mapping": 0.7, "linear": 0.6, "net": 0.4, "ceiling": 0.2}, granules=30)
    assert leaderboard(scores, resamples=20)["ceiling_reached_crps"].isna().all()
    board = leaderboard(scores, baselines={"F16_SSMIS": "linear"}, resamples=200).set_index("method")
    own, start, goal = (board.loc[name, "crps"] for name in ("net", "linear", "ceiling"))
    assert board.loc["net", "ceiling_reached_crps"] == pytest.approx((start - own) / (start - goal))
    assert board.loc["linear", "ceiling_reached_csi"] == 0
    assert board.loc["ceiling", "ceiling_reached_csi"] == 1
    assert board.loc["quantile_mapping", "ceiling_reached_crps"] < 0
    without = scores[scores["method"] != "ceiling"]
    assert leaderboard(without, baselines={"F16_SSMIS": "linear"}, resamples=20)["ceiling_reached_crps"].isna().all()


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
    with pytest.raises(GpmAssetsError, match="the table has nothing"):
        leaderboard(scores[:0])


def test_claims(rain_table):
    scores = rain_table({"raw": 1.0, "linear": 0.5}, granules=70, seeds=(0, 1, 2))
    scores["block"] = scores["granule"]
    board = leaderboard(scores, resamples=20)
    assert set(board["claim"]) == {"yes"}
    board = leaderboard(scores[scores["seed"] == 0], resamples=20).set_index("method")
    assert board["claim"].to_dict() == {"linear": "1 of 3 seeds", "raw": "yes"}
    assert board.loc["linear", "note"] == "one seed: intervals describe blocks alone"


def test_a_method_that_failed_is_compared_where_it_did_not(rain_table):
    scores = rain_table({"raw": 1.0, "gmi": 0.2, "linear": 0.5, "net": 0.6}, granules=30)
    failed = (scores["method"] == "linear") & (scores["granule"] < "granule-003")
    board = leaderboard(blank(scores, failed), resamples=100).set_index("method")
    elsewhere = leaderboard(scores[scores["granule"] >= "granule-003"], resamples=100).set_index("method")
    whole = leaderboard(scores, resamples=100).set_index("method")
    for name in ("crps_vs_anchor", "gap_closed_csi"):
        assert board.loc["linear", name] == pytest.approx(elsewhere.loc["linear", name])
        assert board.loc["net", name] == whole.loc["net", name], "others are compared everywhere"
    assert board.loc["linear", "missing"] == pytest.approx(0.1)
    assert (board.loc["linear", "failed"], board.loc["linear", "overpasses"]) == (3, 30)
    assert board.loc["linear", "note"].startswith("nothing retrieved in 3 of 30 overpasses")
    assert "nothing retrieved" not in board.loc["raw", "note"]


def test_a_method_that_always_failed(rain_table):
    scores = rain_table({"raw": 1.0, "gmi": 0.2, "linear": 0.5}, granules=30)
    board = leaderboard(blank(scores, scores["method"] == "linear"), resamples=20)
    assert list(board["method"]) == ["gmi", "raw", "linear"]
    row = board.iloc[-1]
    assert np.isnan(row[list(ESTIMATES)].to_numpy(float)).all()
    assert (row["missing"], row["pixels"], row["rainy_blocks"]) == (1, 0, 0)
    assert "nothing retrieved in 30 of 30 overpasses" in row["note"]
    assert np.isfinite(board.iloc[1]["gap_closed_crps"])


def with_table(scores, hits, misses, false_alarms, negatives):
    """The same rows with other contingencies at all thresholds."""
    scores = scores.copy()
    for threshold in (0.1, 0.2, 0.5, 1.0, 2.5, 10.0):
        scores[[at(name, threshold) for name in ("hits", "misses", "false_alarms", "correct_negatives")]] = (
            hits,
            misses,
            false_alarms,
            negatives,
        )
    return scores


@pytest.mark.parametrize(
    ("table", "csi", "note"),
    [
        ((0.0, 0.0, 0.0, 400.0), np.nan, "all dry: nothing to detect at 0.1 mm/h"),
        ((0.0, 0.0, 40.0, 360.0), 0.0, "all dry: nothing to detect at 0.1 mm/h"),
        ((300.0, 100.0, 0.0, 0.0), 0.75, "all wet: no reference below 0.1 mm/h"),
    ],
)
def test_one_class_is_said(rain_table, table, csi, note):
    board = leaderboard(with_table(rain_table(granules=25), *table), resamples=20)
    np.testing.assert_equal(board["csi"].to_numpy(), np.full(3, csi))
    assert all(text.startswith(note) for text in board["note"])
    assert board["gap_closed_csi"].isna().all()
    assert np.isfinite(board["crps"]).all()


def test_no_pixel_at_all_is_said(rain_table, tb_table):
    scores, tb = rain_table(granules=25), tb_table({"raw": 8.0}, granules=25)
    scores[sums(scores)] = 0.0
    tb[sums(tb)] = 0.0
    board = leaderboard(scores, tb, resamples=20)
    assert len(board) == 3
    assert np.isnan(board[list(ESTIMATES)].to_numpy(float)).all()
    assert (board[["pixels", "blocks", "overpasses", "rainy_blocks", "failed"]] == 0).all(axis=None)
    assert all(text.startswith("no reference pixel; no intervals: 0 of 20 overpass blocks") for text in board["note"])
    assert set(board["claim"]) == {"0 of 60 rainy blocks", "0 of 60 rainy blocks, 1 of 3 seeds"}


def test_missing_retrievals_are_shown(rain_table):
    scores = rain_table(granules=4)
    method = scores["method"] == "linear"
    scores.loc[method, ["n", "missing"]] = [300.0, 100.0]
    board = leaderboard(scores).set_index("method")
    assert board.loc["linear", "missing"] == 0.25
    assert board.loc["linear", "pixels"] == 1200


def test_a_scene_that_failed_has_no_tb_and_breaks_nothing(rain_table, tb_table):
    """Its rain is missing, its TB are no rows at all: TB are compared on the overpasses that all have."""
    rain, tb = rain_table(granules=30), tb_table({"raw": 3.0, "linear": 2.0}, granules=30)
    gone = (rain["method"] == "linear") & (rain["granule"] == "granule-004")
    pixels = rain.loc[gone, "n"]
    rain.loc[gone, list(RAIN_SUMS)] = 0.0
    rain.loc[gone, "missing"] = pixels
    board = leaderboard(rain, tb[~((tb["method"] == "linear") & (tb["granule"] == "granule-004"))], resamples=50).set_index(
        "method"
    )
    assert board.loc["linear", "failed"] == 1
    assert board.loc["linear", "tb_rmse"] < board.loc["raw", "tb_rmse"]


def test_a_rival_that_was_there_for_some_overpasses_is_missing_on_the_others(rain_table):
    scores = rain_table({"raw": 1.0, "linear": 0.5, "gprof_v07": 0.3, "gmi": 0.2}, granules=30)
    scores.loc[scores["method"] == "gprof_v07", "version"] = 0
    some = scores[(scores["method"] != "gprof_v07") | (scores["granule"] < "granule-010")]
    board = leaderboard(some, resamples=50).set_index("method")
    assert board.loc["gprof_v07", "failed"] == 20
    assert "of the reference's pixels are missing" in board.loc["gprof_v07", "note"]
    assert board.loc["gprof_v07", "overpasses"] == board.loc["linear", "overpasses"] == 30
    assert np.isnan(board.loc["gprof_v07", "crps_vs_anchor_low"]), "ten overpasses in common have no interval"
    assert np.isfinite(board.loc["gprof_v07", "crps_vs_anchor"])


def test_models_of_another_world_stand_on_the_board(rain_table):
    board = leaderboard(rain_table(granules=5).assign(trained_in="simulated", world="real"), resamples=50)
    assert set(board["world"]) == {"real"}
    assert set(board["trained_in"]) == {"simulated"}


def test_references_restricted_to_a_rivals_pixels_are_tables_of_their_own(rain_table):
    whole = rain_table(granules=5, reference="DPR")
    shared = whole.assign(reference="DPR where gprof_v07")
    board = leaderboard(pandas.concat([shared, whole], ignore_index=True), resamples=50)
    assert list(dict.fromkeys(board["reference"])) == ["DPR", "DPR where gprof_v07"]
    assert set(board["threshold"]) == {0.5}
    assert board.groupby("reference")["decides"].first().to_dict() == {"DPR": True, "DPR where gprof_v07": False}
