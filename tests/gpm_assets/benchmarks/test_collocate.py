import sys

import numpy as np
import pytest

from gpm_assets.benchmarks import collocate
from gpm_assets.benchmarks.collocate import LIMITS, benchmark_collocate, check_same, crossing, ours, rivals
from gpm_assets.benchmarks.growth import growth
from gpm_assets.benchmarks.timing import Limit
from gpm_assets.errors import GpmAssetsError, RequestError

pytestmark = pytest.mark.filterwarnings("ignore")  # gpm_api warns of coordinates that it leaves out


@pytest.fixture(scope="module")
def orbits(tmp_path_factory):
    pytest.importorskip("pyresample", reason="pyresample, a rival, is not installed")
    pytest.importorskip("gpm", reason="gpm_api, a rival, is not installed")
    return crossing(tmp_path_factory.mktemp("orbits"), scans=120)


def test_both_rivals_match_what_we_match(orbits):
    runs = {"overlap": lambda: ours(orbits), **rivals(orbits)}
    assert list(runs) == ["overlap", "pyresample", "gpm_api"]
    assert check_same(orbits, runs) > 1000


def test_a_rival_that_matches_otherwise_is_named(orbits):
    def shifted():
        return np.roll(rivals(orbits)["pyresample"](), 1, axis=1)

    with pytest.raises(GpmAssetsError, match=r"pyresample matches \d+ of \d+ pixels of .* with others than overlap"):
        check_same(orbits, {"overlap": lambda: ours(orbits), "pyresample": shifted})


def test_matches_out_of_time_are_left_out_of_the_comparison(orbits, monkeypatch):
    """With a window that cuts the overlap in two, the rivals still match all of it."""
    found = collocate.overlap(orbits.gmi, orbits.partner)
    window = float(np.median(np.abs(found.time_s)))
    monkeypatch.setattr(collocate, "WINDOW_S", window)
    runs = {"overlap": lambda: ours(orbits), **rivals(orbits)}
    inner = collocate.overlap(orbits.gmi, orbits.partner, window_s=window)
    monkeypatch.setattr(collocate, "overlap", lambda *swaths: inner)
    assert check_same(orbits, runs) < len(found)


def test_the_report_holds_times_memory_and_growth():
    pytest.importorskip("gpm", reason="gpm_api, a rival, is not installed")
    report = benchmark_collocate(repeat=1, days=2, scans=60, limits=(Limit("pyresample", "overlap", at_least=0.0),))
    assert [timing.name for timing in report.timings] == [
        "overlap",
        "pyresample",
        "gpm_api",
        "an overpass of a day",
        "an overpass of a month",
    ]
    assert report.passed
    assert {"matches", "overlap, arrays MB", "pyresample, arrays MB", "a day, arrays MB", "2 days, arrays MB"} <= set(
        report.subject
    )


def test_memory_does_not_grow_with_days():
    grown = growth("F16_SSMIS", "2018-07", 4)
    assert grown.facts["overpasses of 4 days"] > 2.5 * grown.facts["overpasses of a day"] > 0
    assert grown.facts["4 days, arrays MB"] < 1.3 * grown.facts["a day, arrays MB"]


def test_without_its_rivals_nothing_is_measured(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyresample.geometry", None)
    with pytest.raises(RequestError, match=r"needs pyresample and gpm_api.*pip install -e"):
        benchmark_collocate(repeat=1, days=2, scans=20)
    with pytest.raises(RequestError, match="at least one repetition and two days, not 0 and 30"):
        benchmark_collocate(repeat=0)


def test_the_limits_are_those_that_are_promised():
    assert [str(limit) for limit in LIMITS] == [
        "pyresample takes at least 5 times as long as overlap",
        "gpm_api takes at least 5 times as long as overlap",
        "an overpass of a month takes at most 1.25 times as long as an overpass of a day",
    ]
