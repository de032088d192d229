import sys

import numpy as np
import pytest

from gpm_assets.benchmarks import read
from gpm_assets.benchmarks.granules import write_granule
from gpm_assets.benchmarks.read import DATASETS, Reader, benchmark_read
from gpm_assets.benchmarks.timing import Limit
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.granules import hdf

NEVER = (Limit("read_1c", "h5py", at_most=0.0),)


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F15_SSMI"])
def test_every_reader_is_timed_in_every_repetition(sensor):
    pytest.importorskip("gpm", reason="gpm_api, the rival, is not installed")
    report = benchmark_read(sensor, repeat=2, scans=40, limits=())
    assert [timing.name for timing in report.timings] == ["read_1c", "h5py", "gpm_api", "gpm_api without dask"]
    assert all(len(timing.seconds) == 2 and min(timing.seconds) > 0 for timing in report.timings)
    assert report.subject["sensor"] == sensor
    assert report.passed


def test_a_missed_limit_is_a_failed_report():
    pytest.importorskip("gpm", reason="gpm_api, the rival, is not installed")
    report = benchmark_read(repeat=1, scans=20, limits=NEVER)
    assert not report.passed
    assert report.verdicts[0].ratio > 0


def test_without_its_rival_nothing_is_measured(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpm", None)  # what import finds where it is not installed
    with pytest.raises(RequestError, match=r'gpm_api.*pip install -e "\.\[benchmark\]"'):
        benchmark_read(repeat=1, scans=20)


def test_requests_that_cannot_be_served():
    with pytest.raises(RequestError, match="unknown sensor 'GMI'"):
        benchmark_read("GMI")
    with pytest.raises(RequestError, match="at least one repetition, not 0"):
        benchmark_read(repeat=0)


def test_readers_that_disagree_are_named(tmp_path):
    path = write_granule(tmp_path, INSTRUMENTS["F16_SSMIS"], scans=20)

    def warmer(file, groups):
        arrays = read._bare(file, groups)
        arrays[1]["Tc"][2, 5, 0] += np.float32(0.01)
        return arrays

    groups = ["S1", "S2", "S3", "S4"]
    right, wrong = Reader("right", read._bare, read._of_arrays), Reader("wrong", warmer, read._of_arrays)
    read._check_equal([right, right], path, groups)
    with pytest.raises(GpmAssetsError, match="right and wrong read another TB in S2"):
        read._check_equal([right, wrong], path, groups)


def test_the_bare_read_reads_what_our_reader_reads(tmp_path, monkeypatch):
    """All but the count of orbits, which the reader takes from one group to check the granule's number."""
    path = write_granule(tmp_path, INSTRUMENTS["GPM_GMI"], scans=20)
    seen = []
    values = hdf._values
    monkeypatch.setattr(hdf, "_values", lambda found, *rest: seen.append(found.name) or values(found, *rest))
    read._ours(path, ["S1", "S2"])
    expected = {f"/{group}/{name}" for group in ("S1", "S2") for name in DATASETS}
    assert set(seen) - expected <= {"/S1/SCstatus/FractionalGranuleNumber"}
    assert expected <= set(seen)
