"""The command line as a person meets it: quick help, answers, one-line errors."""

import json
import os
import subprocess
import sys
import time

import pytest

HEAVY = ("dagster", "torch", "xarray", "zarr", "mlflow", "matplotlib", "pandas", "scipy", "numpy")


def gpm_assets(*arguments: str, home=None, before: str = "") -> subprocess.CompletedProcess[str]:
    """The console script's function in a process of its own."""
    code = f"{before}\nfrom gpm_assets.cli import main\nmain()"
    environment = {**os.environ, "COLUMNS": "200"} | ({"GPM_ASSETS_HOME": str(home)} if home else {})
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def assert_one_line_error(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_help_names_every_command_and_imports_nothing_heavy():
    report = f"import atexit, sys\natexit.register(lambda: print('LOADED', *({HEAVY!r} & sys.modules.keys())))".replace("(" + repr(HEAVY), "(set(" + repr(HEAVY) + ")")
    done = gpm_assets("--help", before=report)
    assert done.returncode == 0, done.stderr
    shown, loaded = done.stdout.rsplit("LOADED", 1)
    assert loaded.split() == []
    for command in ("demo", "ui", "inspect", "leaderboard"):
        assert command in shown


def test_help_is_quick():
    taken = []
    for _ in range(3):  # other work on the machine slows some of them
        started = time.monotonic()
        gpm_assets("--help")
        taken.append(time.monotonic() - started)
    assert min(taken) < 1.0


def test_the_leaderboard_is_json_with_all_columns(chain):
    done = gpm_assets("leaderboard", "--json", home=chain.home.root)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["method"] for row in rows} >= {"gmi", "raw", "linear", "cyclegan"}
    columns = "sensor method seeds overpasses csi crps rmse r bias tb_rmse gap_closed_csi gap_closed_crps csi_low csi_high"
    for row in rows:
        assert set(columns.split()) <= set(row)
        assert row["sensor"] == "F16_SSMIS"


def test_the_leaderboard_is_a_table_for_people(chain):
    done = gpm_assets("leaderboard", home=chain.home.root)
    assert done.returncode == 0, done.stderr
    for word in ("F16_SSMIS", "cyclegan", "csi", "overpass"):
        assert word in done.stdout


def test_a_home_without_anything_says_what_to_make(tmp_path):
    assert_one_line_error(gpm_assets("leaderboard", home=tmp_path / "new"), "leaderboard", "materialise")
    assert not (tmp_path / "new").exists(), "looking makes nothing"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("wrld = 'simulated'", ("settings.toml", "wrld")),
        ("[simulation]\norbits = 0", ("settings.toml", "orbits")),
        ("[[sources]]\nkind = 'directory'", ("settings.toml", "needs a path")),
        ("world = ", ("settings.toml",)),
    ],
)
def test_wrong_settings_are_named(tmp_path, settings, words):
    (tmp_path / "settings.toml").write_text(settings)
    assert_one_line_error(gpm_assets("leaderboard", home=tmp_path), *words)


def test_inspecting_what_is_not_there_or_no_granule_is_one_line(tmp_path):
    assert_one_line_error(gpm_assets("inspect", str(tmp_path / "absent.HDF5")), "absent.HDF5")
    (tmp_path / "text.HDF5").write_text("not a granule")
    assert_one_line_error(gpm_assets("inspect", str(tmp_path / "text.HDF5")), "text.HDF5")


def test_an_unknown_command_or_option_fails():
    for arguments in (["nonsense"], ["leaderboard", "--nonsense"], ["inspect"]):
        done = gpm_assets(*arguments)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
