"""`gpm-assets leaderboard` for people: what stands on the face of every table, and that 80 columns are enough."""

import io

import pandas
from rich.console import Console

from gpm_assets.cli.leaderboard import WIDE_FROM, tables
from gpm_assets.evaluation.leaderboard import COLUMNS, ESTIMATES

NOTE = "nothing retrieved in 3 of 75 overpasses"


def make_board(reference="truth", empty=(), **more):
    """Rows as `evaluation.leaderboard` makes them, with wide intervals, all estimates but the empty ones."""
    row = dict.fromkeys(COLUMNS, float("nan"))
    row |= {"world": "simulated", "trained_in": "simulated", "anchor": "raw"}
    row |= {"sensor": "F16_SSMIS", "reference": reference, "split": "test", "decides": reference != "CMB"}
    row |= {"threshold": 0.1 if reference == "truth" else 0.5, "overpasses": 75, "blocks": 25, "block_unit": "day"}
    row |= {"rainy_blocks": 12, "claim": "12 of 60 rainy blocks", "note": ""} | more
    for name in set(ESTIMATES) - set(empty):
        sign = -1 if name == "bias" or name.startswith(("gap", "ceiling")) else 1
        row |= {name: sign * 0.98765, f"{name}_low": sign * 1.98765, f"{name}_high": sign * 0.12345}
    methods = ({"method": "gmi"}, {"method": "quantile_mapping", "claim": "12 of 60 rainy blocks, 1 of 3 seeds", "note": NOTE})
    return pandas.DataFrame([row | method for method in methods], columns=list(COLUMNS))


def shown(board, width=80):
    out = io.StringIO()
    console = Console(file=out, width=width)
    for table in tables(board, wide=width >= WIDE_FROM):
        console.print(table)
    return out.getvalue()


def test_the_world_and_the_reference_stand_on_every_table():
    text = shown(pandas.concat([make_board(), make_board("CMB")]))
    assert text.count("simulated world") == text.count("F16_SSMIS against") == 2
    first, second = text.split("F16_SSMIS against")[1:]
    assert "csi at 0.1 mm/h" in first
    assert "csi at 0.5 mm/h" in second
    assert "without a vote" in second
    assert "without a vote" not in first


def test_models_of_another_world_are_named():
    assert "real world, models of the simulated one" in " ".join(shown(make_board(world="real")).split())
    assert "models of" not in shown(make_board())


def test_eighty_columns_cut_nothing():
    text = shown(make_board())
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("…") == shown(make_board(), width=WIDE_FROM - 1).count("…"), "nothing is cut"
    for word in ("quantile_mapping", " 0.988 ", " 1.99…0.12", " 1.988…0.123", "-0.9877", "-1.99…-0.12", "G crps", "TB rmse"):
        assert word in text
    assert "A: " not in text, "what is not shown is not explained"


def test_a_wide_terminal_has_room_for_everything():
    wide = shown(make_board(), width=WIDE_FROM)
    for word in ("quantile_mapping", "1.988…0.123", "crps - raw", "A crps", "A: share of the way"):
        assert word in wide
    assert wide.count("…") == shown(make_board(), width=300).count("…"), "nothing is cut"


def test_retrievals_of_gmi_stand_beside_drain():
    """There is no raw and no gap to close: what is shown is the paired difference to DRAIN."""
    gaps = [name for name in ESTIMATES if name.startswith(("gap_closed", "ceiling")) or name == "tb_rmse"]
    board = make_board(empty=gaps, sensor="GPM_GMI", anchor="drain", csi_seed_std=0.0123, crps_seed_std=0.00123)
    text, wide = shown(board), shown(board, width=WIDE_FROM)
    assert " 0.0012" in wide
    assert "sd: standard deviation over seeds" in wide
    assert "rain of retrievals in 75 test overpasses" in text
    assert "csi - drain" in text
    assert "crps - drain" in text
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("…") == 8, "four intervals a method, nothing is cut"


def test_the_caption_says_what_blocks_are_and_what_is_wrong():
    text = " ".join(shown(make_board(), width=160).split())
    assert "95 % intervals by 25 day blocks, 12 of them rainy" in text
    assert "no claim: 12 of 60 rainy blocks (gmi)" in text
    assert "no claim: 12 of 60 rainy blocks, 1 of 3 seeds (quantile_mapping)" in text
    assert f"{NOTE} (quantile_mapping)" in text
    same = " ".join(shown(make_board(note="", claim="yes").assign(claim="yes", note="no reference pixel")).split())
    assert "no claim" not in same
    assert "no reference pixel (all)" in same


def test_what_does_not_exist_takes_no_room():
    gaps = [name for name in ESTIMATES if name.startswith(("gap_closed", "csi_vs", "crps_vs"))]
    text = shown(make_board(empty=[*gaps, "tb_rmse"]))
    assert "G crps" not in text
    assert "A crps" in text, "a sensor without raw has the other yardstick"
    assert "TB rmse" not in text
    nothing = shown(make_board(empty=ESTIMATES, blocks=0))
    assert "0 day blocks" in nothing
    assert "95 %" not in nothing
