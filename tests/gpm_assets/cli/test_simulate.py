"""`gpm-assets simulate` as a person runs it: files and a table, or one clear line and nothing left behind."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from gpm_assets.cli import main; main()", "simulate"]
GMI = ("--sensor", "GPM_GMI", "--month", "2018-07")
PIECE = ("--fraction", "0.01", "--workers", "1")


def simulate(*arguments: object, largest_file: int | None = None) -> subprocess.CompletedProcess[str]:
    """The real command, in a process that may write no file larger than `largest_file` bytes."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, preexec_fn=limit)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_one_line_and_nothing_left(done: subprocess.CompletedProcess[str], folder: Path, *words: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("gpm-assets: ")
    for word in words:
        assert word in done.stderr
    assert list(folder.iterdir()) == []


def test_it_writes_granules_radar_and_truth_and_keeps_them(tmp_path):
    done = simulate(*GMI, "--orbits", 2, *PIECE, "--out", tmp_path / "a" / "b")
    assert done.returncode == 0, done.stderr
    made = files(tmp_path / "a" / "b")
    assert len(made) == 9
    record = json.loads(made["simulated.json"])
    for row in record["files"]:
        assert row["file"] in done.stdout
        assert row["size"] == len(made[row["file"]])
    assert "8 files" in done.stdout
    again = simulate(*GMI, "--orbits", 2, *PIECE, "--out", tmp_path / "a" / "b")
    assert again.stdout.count("as it was") == 8
    assert files(tmp_path / "a" / "b") == made
    granule = next(name for name in made if name.startswith("2A"))
    alone = simulate("--granule", granule, "--out", tmp_path / "alone")
    assert alone.returncode == 0, alone.stderr
    assert files(tmp_path / "alone")[granule] == made[granule]


def test_overlapping_orbits_are_those_of_both(tmp_path):
    done = simulate(*GMI, "--sensor", "NOAA19_MHS", "--overlapping", *PIECE, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    starts = [name.split(".2018")[1][:13] for name in files(tmp_path) if name.startswith("1C")]
    minutes = [60 * int(start[6:8]) + int(start[8:10]) for start in starts]
    assert len(starts) == 2
    assert starts[0][:4] == starts[1][:4]  # of one day
    assert abs(minutes[0] - minutes[1]) <= 15


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--sensor", "GPM_GMI", "--month", "2014-02"), ("GPM_GMI delivered nothing in 2014-02", "2014-03-04")),
        (("--sensor", "NOAA18_MHS", "--month", "2018-11"), ("NOAA18_MHS", "to 2018-10-20")),
        (("--sensor", "XYZ_ABC", "--month", "2018-07"), ("unknown sensor 'XYZ_ABC'", "GPM_GMI, F16_SSMIS")),
        ((*GMI, "--seed", "-1"), ("the seed is -1", "0 or more")),
        ((*GMI, "--world", "C"), ("no simulated world 'C'", "A, B")),
        ((*GMI, "--orbits", "0"), ("0 orbits",)),
        ((*GMI, "--orbits", "5000"), ("GPM_GMI has 482 orbits in 2018-07", "5000")),
        ((*GMI, "--fraction", "1.5"), ("1.5 of each orbit",)),
        ((*GMI, "--version", "V99Z"), ("V99Z", "V07A")),
        ((*GMI, "--workers", "0"), ("0 workers",)),
        (("--sensor", "GPM_GMI", "--month", "July"), ("'July' is no month", "YYYY-MM")),
        (("--sensor", "GPM_GMI"), ("--month",)),
        (("--sensor", "F16_SSMIS", "--month", "2013-07", "--overlapping"), ("nothing overlaps GPM_GMI in 2013-07",)),
        (("--sensor", "F16_SSMIS", "--month", "2018-07", "--overlapping", "--orbits", "400"), ("within 15 minutes", "400")),
        (("--granule", "july.nc"), ("'july.nc' is no PPS file name",)),
        (("--granule", "july.nc", *GMI), ("leave out --sensor",)),
    ],
)
def test_impossible_requests(arguments, words, tmp_path):
    assert_one_line_and_nothing_left(simulate(*arguments, "--out", tmp_path / "a" / "b"), tmp_path, *words)


def test_files_that_may_not_be_written_leave_nothing(tmp_path):
    """A limit on the size of files fails in the middle of writing, as a full disk does."""
    done = simulate(*GMI, *PIECE, "--out", tmp_path / "a" / "b", largest_file=200_000)
    assert_one_line_and_nothing_left(done, tmp_path, "no room", str(tmp_path / "a" / "b"))


def test_without_room_what_was_there_before_stays(tmp_path):
    assert simulate(*GMI, *PIECE, "--out", tmp_path).returncode == 0
    before = files(tmp_path)
    done = simulate("--sensor", "F16_SSMIS", "--month", "2018-07", *PIECE, "--out", tmp_path, largest_file=200_000)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert files(tmp_path) == before


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    (tmp_path / "disk").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path / "disk"], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield tmp_path / "disk"
    subprocess.run(["umount", tmp_path / "disk"], check=True)


@pytest.mark.parametrize("fraction", [1.0, 0.013], ids=["asked for before", "full in the middle"])
def test_a_full_disk_is_left_as_it_was(fraction, small_disk):
    done = simulate(*GMI, "--fraction", fraction, "--workers", 1, "--out", small_disk / "a")
    assert_one_line_and_nothing_left(done, small_disk, "no room")


def test_one_failing_granule_is_told_and_the_others_are_written(tmp_path):
    assert simulate(*GMI, *PIECE, "--out", tmp_path / "names").returncode == 0
    radar = next(name for name in files(tmp_path / "names") if name.startswith("2A"))
    (tmp_path / "out" / radar / "in-the-way").mkdir(parents=True)
    done = simulate(*GMI, *PIECE, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert f"gpm-assets: {radar} failed: " in done.stderr
    assert done.stderr.count("\n") == 1
    assert "3 files" in done.stdout
    assert len(files(tmp_path / "out")) == 4


def test_a_file_in_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "out").write_text("mine")
    done = simulate(*GMI, *PIECE, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert files(tmp_path) == {"out": b"mine"}
