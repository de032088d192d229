import json

import pytest

from gpm_assets.benchmarks.read import LIMITS, benchmark_read
from gpm_assets.benchmarks.timing import Limit
from gpm_assets.cli.benchmark import conclude


@pytest.fixture(scope="module")
def report():
    pytest.importorskip("gpm", reason="gpm_api, the rival, is not installed")
    limits = (Limit("gpm_api", "read_1c", at_least=0.0), Limit("read_1c", "h5py", at_most=0.0))
    return benchmark_read(repeat=3, scans=30, limits=limits)


def test_json_tells_every_repetition_and_a_missed_limit_ends_with_exit_code_1(report, capsys):
    with pytest.raises(SystemExit) as stopped:
        conclude(report, json=True)
    assert stopped.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"benchmark", "subject", "versions", "contenders", "limits", "passed"}
    assert (told["benchmark"], told["passed"]) == ("read", False)
    assert told["subject"].items() >= {"sensor": "GPM_GMI", "scans": 30}.items()
    assert told["subject"]["bytes"] > 100_000
    assert told["versions"].keys() >= {"python", "numpy", "h5py", "hdf5", "gpm_api", "xarray"}
    for contender in told["contenders"]:
        assert sorted(contender["seconds"])[1] == contender["median_s"]
    assert [limit["met"] for limit in told["limits"]] == [True, False]


def test_people_see_medians_and_verdicts(report, capsys):
    with pytest.raises(SystemExit):
        conclude(report, json=False)
    shown = capsys.readouterr().out
    for words in ("GPM_GMI", "median", "gpm_api without dask", "MISSED  read_1c takes at most 0 times", "met     gpm_api"):
        assert words in shown


def test_a_report_that_passes_just_ends(report, capsys):
    conclude(type(report)("read", report.subject, report.versions, report.timings, ()), json=True)
    assert json.loads(capsys.readouterr().out)["passed"]


def test_the_limits_are_those_that_are_promised():
    assert [str(limit) for limit in LIMITS] == [
        "read_1c takes at most 1.3 times as long as h5py",
        "gpm_api takes at least 5 times as long as read_1c",
    ]
