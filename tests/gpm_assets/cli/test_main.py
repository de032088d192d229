"""The command line as a person meets it: quick help, answers, one-line errors."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gpm_assets.cli import main

HEAVY = {"dagster", "torch", "xarray", "zarr", "mlflow", "matplotlib", "pandas", "scipy", "numpy"}
HELP = f"""
import atexit, sys
atexit.register(lambda: print("LOADED", *({HEAVY!r} & sys.modules.keys())))
sys.argv = ["gpm-assets", "--help"]
from gpm_assets.cli import main
main()
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def gpm_assets(monkeypatch, capsys) -> Callable[..., Answer]:
    """The console script in this process: `gpm_assets("leaderboard", home=folder)`."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")

    def run(*arguments: object, home: object = "absent-home") -> Answer:
        monkeypatch.setenv("GPM_ASSETS_HOME", str(home))
        monkeypatch.setattr(sys, "argv", ["gpm-assets", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
        except SystemExit as stopped:
            return Answer(int(stopped.code or 0), *capsys.readouterr())
        return Answer(0, *capsys.readouterr())

    return run


def assert_one_line_error(answer: Answer, *words: str) -> None:
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.count("\n") == 1, answer.err
    for word in words:
        assert word in answer.err


def test_help_names_every_command_quickly_and_loads_nothing_heavy():
    taken = []
    for _ in range(3):  # other work on the machine slows some of them
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, timeout=60)
        taken.append(time.monotonic() - started)
        assert done.returncode == 0, done.stderr
    shown, loaded = done.stdout.rsplit("LOADED", 1)
    assert loaded.split() == []
    for command in ("demo", "ui", "inspect", "leaderboard"):
        assert command in shown
    assert min(taken) < 1.0


def test_the_leaderboard_is_json_with_all_columns(gpm_assets, chain):
    answer = gpm_assets("leaderboard", "--json", home=chain.home.root)
    assert answer.code == 0
    rows = json.loads(answer.out)
    assert {"gmi", "raw", "linear", "cyclegan_plus"} <= {row["method"] for row in rows}
    columns = "sensor method seeds overpasses csi crps rmse r bias tb_rmse gap_closed_csi gap_closed_crps csi_low csi_high"
    for row in rows:
        assert set(columns.split()) <= set(row)
        assert row["sensor"] == ("GPM_GMI" if row["method"] == "drain" else "F16_SSMIS")


def test_the_leaderboard_is_a_table_for_people(gpm_assets, chain):
    answer = gpm_assets("leaderboard", home=chain.home.root)
    assert answer.code == 0
    for word in ("F16_SSMIS", "cyclegan", "csi", "overpass"):
        assert word in answer.out


def test_a_home_without_anything_says_what_to_make(gpm_assets, tmp_path):
    assert_one_line_error(gpm_assets("leaderboard", home=tmp_path / "new"), "leaderboard", "materialise")
    assert not (tmp_path / "new").exists(), "looking makes nothing"


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ("wrld = 'simulated'", "wrld"),
        ("[simulation]\norbits = 0", "simulation.orbits"),
        ("[[sources]]\nkind = 'directory'", "needs path"),
        ("[training]\nseeds = []\npatch = 8", "training.patch"),
        ("world = ", "settings.toml"),
    ],
)
def test_wrong_settings_are_named_with_their_file(gpm_assets, tmp_path, settings, word):
    (tmp_path / "settings.toml").write_text(settings)
    assert_one_line_error(gpm_assets("leaderboard", home=tmp_path), str(tmp_path / "settings.toml"), word)


def test_inspecting_what_is_not_there_or_no_granule_is_one_line(gpm_assets, tmp_path):
    assert_one_line_error(gpm_assets("inspect", tmp_path / "absent.HDF5"), "absent.HDF5")
    (tmp_path / "text.HDF5").write_text("not a granule")
    assert_one_line_error(gpm_assets("inspect", tmp_path / "text.HDF5"), "text.HDF5")


@pytest.mark.parametrize("arguments", [["nonsense"], ["leaderboard", "--nonsense"], ["inspect"]])
def test_an_unknown_command_or_a_missing_argument_fails(gpm_assets, arguments):
    answer = gpm_assets(*arguments)
    assert answer.code != 0
    assert "Traceback" not in answer.err + answer.out
