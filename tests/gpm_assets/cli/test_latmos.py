"""`gpm-assets benchmark latmos` as a person runs it, on a file of generated overlaps in the documented format."""

import json
import sys

import h5py
import numpy as np
import pytest

from gpm_assets.cli import main
from models import checkpoint
from models.translators.base import OUTPUTS
from models.translators.nearest import NearestChannel, NearestConfig

INPUTS = ("37V", "37H", "91.665V", "91.665H")


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Run the command in this process: exit code, standard output and error."""
    monkeypatch.setenv("GPM_ASSETS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gpm-assets", "benchmark", "latmos", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = stopped.code or 0
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def overlaps(tmp_path):
    """A file with one overlap of a simulated world."""
    rng, path = np.random.default_rng(0), tmp_path / "overlaps.h5"
    with h5py.File(path, "w") as file:
        header = {"format": "overlaps of GMI with a partner, 1", "sensor": "F18_SSMIS", "world": "simulated", "source": "a test"}
        file.attrs.update(header)
        for side, channels, step in (("gmi", OUTPUTS, 0.05), ("partner", INPUTS, 0.1)):
            group = file.create_group(f"one/{side}")
            lat, lon = np.meshgrid(np.arange(0, 1.5, step), np.arange(0, 1.5, step), indexing="ij")
            group["tb"] = np.array([215.0, 150, 255, 225]) + 5 * rng.normal(size=(*lat.shape, 4))
            group["tb"].attrs["channels"] = ",".join(channels)
            group["latitude"], group["longitude"] = lat, lon
        file["one/gmi/rain"] = np.where(rng.random((30, 30)) < 0.3, rng.gamma(0.6, 5, (30, 30)), 0)
    return path


@pytest.fixture
def folders(tmp_path, drain):
    checkpoint.save(drain, tmp_path / "drain")
    checkpoint.save(NearestChannel(NearestConfig(INPUTS, OUTPUTS, INPUTS)), tmp_path / "raw")
    return {"drain": tmp_path / "drain", "raw": tmp_path / "raw"}


def test_people_see_the_world_of_the_models_on_every_table(command, overlaps, folders):
    code, out, _ = command(overlaps, "--drain", folders["drain"], "--model", folders["raw"])
    assert code == 0
    assert "observations  simulated" in out
    assert out.count("; models: unknown") == 4
    for words in (
        "errors against CMB in mm/h",
        "errors against DRAIN(GMI)",
        "translated",
        "10 to 50",
        "CSI (IoU)",
        "note: not every",
    ):
        assert words in out


def test_json_holds_every_measure_and_no_nan(command, overlaps, folders):
    code, out, _ = command(overlaps, "--drain", folders["drain"], "--json")
    told = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (code, told["benchmark"], told["subject"]["translator"]) == (0, "latmos", "none")
    assert {row["method"] for row in told["table"]} == {"gmi", "raw"}
    first = told["table"][0]
    assert first.keys() >= {"world", "models", "sensor", "reference", "by", "class", "n", "mean_overpass_rmse", "precision"}
    assert first["n"] > 500
    assert any(row["rmse"] is None for row in told["table"])


def test_without_a_registry_the_error_is_one_line_and_no_home_is_made(command, overlaps, tmp_path):
    code, out, error = command(overlaps)
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert "models:/drain@champion: there is no registry sqlite:///" in error
    assert not (tmp_path / "home").exists()


def test_a_file_that_is_no_hdf5_is_refused_in_one_line(command, folders, tmp_path):
    (tmp_path / "overlaps.pickle").write_bytes(b"\x80\x04]\x94.")
    code, out, error = command(tmp_path / "overlaps.pickle", "--drain", folders["drain"])
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert "HDF5 signature" in error
