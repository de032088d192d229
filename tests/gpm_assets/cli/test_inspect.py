"""`gpm-assets inspect` as a person or a script meets it: the real command in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import RequestError
from gpm_assets.granules.write import ScanStatus, write_1c
from tests.gpm_assets.granules.gprof.writing import GprofFile, made_up
from tests.gpm_assets.granules.gprof.writing import write as write_gprof

COMMAND = [sys.executable, "-c", "from gpm_assets.cli import main; main()", "inspect"]


def run(*arguments, **options):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=environment | options
    )


@pytest.fixture(scope="module")
def scene(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    return path


@pytest.fixture(scope="module")
def granule(orbit, tmp_path_factory):
    """An F16 SSMIS granule of 40 scans with a missing scan and a dead channel."""
    row = INSTRUMENTS["F16_SSMIS"]
    swaths = orbit("F16_SSMIS")
    for swath in swaths:
        swath.tb[7], swath.quality[7] = np.nan, -1
    swaths[1].tb[..., 0] = np.nan
    status = ScanStatus(np.zeros(40), np.zeros(40), np.linspace(846.04, 852.26, 40), np.full(40, 180, np.int16))
    path = tmp_path_factory.mktemp("inspect") / "granule.HDF5"
    write_1c(path, swaths, row, number=83785, status=status)
    return path


def test_people_see_identity_swaths_channels_and_what_was_masked(granule):
    done = run(granule)
    assert (done.returncode, done.stderr) == (0, "")
    shown = " ".join(done.stdout.split())
    for words in (
        "F16 SSMIS 1C V07A orbit 083785 simulated",
        "1CSSMIS edition 7, HDF5",
        "made by gpm-assets simulation, algorithm 2021-V calibrated by 1C.DMSP-F16.SSMIS.XCAL2021-V.tbl",
        "2020-01-15 12:00:00.000 to 2020-01-15 12:01:14.256 UTC",
        "every 1.904 s, altitude 846.0 to 852.3 km, yaw 180°, looks aft",
        "S3 40 180 100.0%",
        "S2 37V 0.0% – – –",
        "S2 -1 missing or unreadable 90 2.5% mask",
        "TB missing in a good pixel: 37V 3510 97.5% mask",
    ):
        assert words in shown, shown


def test_nothing_is_cut_at_any_width_and_in_a_pipe(granule):
    shown = {columns: run(granule, COLUMNS=columns).stdout for columns in ("40", "80", "200")}
    assert len(set(shown.values())) == 1
    assert "…" not in shown["80"]
    assert max(map(len, shown["80"].splitlines())) <= 80


def test_real_scene(scene):
    done = run(scene)
    shown = " ".join(done.stdout.split())
    for words in ("F16 SSMIS 1C V05A orbit 088911 real", "edition 5", "S3 183.31±6.6H 35.0% 216.4", "19681 65.1% mask"):
        assert words in shown, shown
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_cut_files_are_said_to_be_cut(real_data):
    (path,) = (real_data / "granules").glob("1C.GPM.GMI*")
    assert "S1 S2: cut: 10 x 10 scans x pixels, 2959 x 221 in the header" in run(path).stdout


def test_radar_is_rain(real_data):
    (path,) = (real_data / "granules").glob("2A.GPM.DPR.V9*")
    shown = run(path).stdout
    for words in ("rainy pixels", "stratiform", "inland water", "0 °C level", "high quality", "altitude 410.3 km"):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_gprof_is_rain_of_a_radiometer(tmp_path):
    path = write_gprof(tmp_path, GprofFile(**made_up(scans=40)))
    picture = tmp_path / "rain.png"
    done = run(path, "--picture", picture)
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "METOPB MHS  2A V08A  orbit 069788  real",
        "100.0% of all rain rates",
        "P(precipitation)",
        "mean in rain (mm/h)",
    ):
        assert words in done.stdout
    for words in ("attention", "rain type", "rays"):
        assert words not in done.stdout
    assert min(Image.open(picture).size) > 300


def test_json_is_json_and_knows_more(granule):
    found = json.loads(run(granule, "--json").stdout)
    assert found["swaths"][1]["channels"][0] == {"name": "37V", "valid_fraction": 0.0, "tb_k": None, "tb_mean_k": None}
    assert found["header"]["FileHeader"]["SatelliteName"] == "F16"


def test_the_header_on_request(granule):
    assert "FileHeader\n----------" not in run(granule).stdout
    assert "FileHeader\n----------\nDOI\n" in run(granule, "--header").stdout


def test_a_picture_on_request(granule, tmp_path):
    done = run(granule, "--picture", tmp_path / "look.png", "--channels", "37H,183.31+-1H")
    assert (done.returncode, done.stderr) == (0, "")
    assert "look.png" in done.stdout
    with Image.open(tmp_path / "look.png") as image:
        assert image.format == "PNG"
        assert min(image.size) > 200
    assert [path.name for path in tmp_path.iterdir()] == ["look.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--picture", "look.jpg"], "look.png"),
        (["--channels", "37V"], "--picture"),
        (["--picture", "absent/look.png"], "there is no folder absent"),
        (["--picture", "look.png", "--channels", "36V"], "19.35V"),
    ],
)
def test_wrong_requests_say_what_to_do(granule, arguments, words):
    done = run(granule, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert words in done.stderr


@pytest.mark.parametrize("content", [b"", b"<html>Log in</html>\n", b"\x89HDF\r\n\x1a\n", "truncated", "plain HDF5", None])
def test_a_bad_file_is_one_line_and_exit_code_1(granule, tmp_path, content):
    path = tmp_path / "x.HDF5"
    if content == "truncated":
        path.write_bytes(granule.read_bytes()[:100_000])
    elif content == "plain HDF5":
        import h5py

        with h5py.File(path, "w") as file:
            file["x"] = 1
    elif content is not None:
        path.write_bytes(content)
    done = run(path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert str(path) in done.stderr


def test_a_header_does_not_command_the_terminal(granule, tmp_path):
    import h5py

    path = tmp_path / "evil.HDF5"
    path.write_bytes(granule.read_bytes())
    with h5py.File(path, "r+") as file:
        text = file.attrs["FileHeader"].decode().replace("SatelliteName=F16", "DOIx=\x1b[2J;\nSatelliteName=F16")
        file.attrs["FileHeader"] = np.bytes_(text.encode())
    for flag in ("--header", "--json"):
        assert "\x1b" not in run(path, flag).stdout


def test_a_reader_that_has_seen_enough_is_no_error(granule):
    shell = f'{sys.executable} -c "{COMMAND[2]}" inspect {granule} --json | head -1'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3])
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_help_answers_fast():
    taken = []
    for _ in range(3):  # other work on the machine slows some of them
        started = time.monotonic()
        done = run("--help")
        taken.append(time.monotonic() - started)
    assert "--picture" in done.stdout
    assert min(taken) < 1.0


def test_channels_need_a_picture_before_anything_is_read():
    from gpm_assets.cli.inspect import inspect

    with pytest.raises(RequestError, match="give both"):
        inspect(Path("absent"), channels="37V")
