import json

import numpy as np
import pytest
import torch

from gpm_assets.benchmarks import samples
from gpm_assets.benchmarks.samples import LIMITS, benchmark_samples
from gpm_assets.benchmarks.stores import MEMORY, PACK, PLAIN, RIVALS
from gpm_assets.benchmarks.timing import Limit
from gpm_assets.cli.benchmark import conclude, document
from gpm_assets.errors import GpmAssetsError, RequestError
from models.packs import Pack, decode

CACHED = ["memory", "pack", "Zarr", "Zarr shards", "HDF5", "HDF5 uncompressed"]
UNCACHED = ["plain reads, uncached", "pack, uncached"]
IMPOSSIBLE = (Limit("Zarr", "pack", at_most=0.0), Limit("pack, uncached", "plain reads, uncached", at_least=0.0))


@pytest.fixture(scope="module")
def report():
    threads = torch.get_num_threads()
    made = benchmark_samples(70, repeat=2, limits=IMPOSSIBLE)
    assert torch.get_num_threads() == threads
    return made


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "pack"
    samples._write_pack(folder, 66)
    return folder


def test_every_store_is_timed_in_every_repetition_or_the_report_says_why_not(report):
    names = [timing.name for timing in report.timings]
    measured = "not measured" not in report.subject["uncached"]
    assert names == CACHED + UNCACHED * measured
    assert all(len(timing.seconds) == 2 and min(timing.seconds) > 0 for timing in report.timings)
    assert len(report.verdicts) == 1 + measured
    assert (report.verdicts[0].met, report.passed) == (False, False)
    assert report.work == (70, "samples")
    assert report.subject["sample"] == "13 x 64 x 64 codes of TB, 106,496 bytes"


def test_both_outputs_tell_samples_a_second(report, capsys):
    told = json.loads(json.dumps(document(report), allow_nan=False))
    for contender in told["contenders"]:
        assert contender["samples_per_s"] == pytest.approx(70 / contender["median_s"])
    with pytest.raises(SystemExit):
        conclude(report, json=False)
    shown = capsys.readouterr().out
    for words in ("samples/s", "HDF5 uncompressed", "MISSED  Zarr takes at most 0 times"):
        assert words in shown


def test_uncached_reads_that_read_nothing_are_left_out(pack, monkeypatch):
    """As on a file system in memory: nothing can be dropped, so no byte comes from a disk."""
    monkeypatch.setattr(samples, "_drop_from_memory", lambda path: None)
    timings, told = samples._uncached(pack, np.load(pack / "tb.npy"), [np.array([1, 0])], 1)
    assert timings == ()
    assert told.startswith("not measured: 0% of the bytes asked for")


def test_every_store_reads_the_patches_asked_for_in_their_order(pack, tmp_path):
    codes, batch = np.load(pack / "tb.npy"), np.array([65, 3, 40])
    expected = decode(torch.from_numpy(codes[batch])).numpy()
    for store in (MEMORY, PACK, PLAIN, *RIVALS):
        path = pack if store in (PACK, PLAIN) else tmp_path / store.name
        with store.opened(path, codes) as read:
            np.testing.assert_array_equal(read(batch).numpy(), expected, err_msg=store.name)


def test_patches_are_plausible_and_some_miss_scans(pack):
    tb = Pack.open(pack).tb(np.arange(66)).numpy()
    assert tb.shape == (66, 13, 64, 64)
    assert 0 < np.isnan(tb).mean() < 0.1
    assert 120 < np.nanmin(tb) < np.nanmax(tb) < 340
    assert len(np.unique(np.nanmean(tb, axis=(1, 2, 3)))) > 60


def test_stores_that_disagree_are_named():
    batches = [np.array([0, 1])]
    one, other = torch.full((2, 3), torch.nan), torch.zeros(2, 3)
    samples._check_equal({"right": lambda batch: one, "copy": lambda batch: one.clone()}, batches)
    with pytest.raises(GpmAssetsError, match="right and wrong read other TB"):
        samples._check_equal({"right": lambda batch: one, "wrong": lambda batch: other}, batches)


@pytest.mark.parametrize(("patches", "repeat"), [(0, 1), (64, 0)])
def test_requests_that_cannot_be_served(patches, repeat):
    with pytest.raises(RequestError, match="at least one patch and one repetition"):
        benchmark_samples(patches, repeat=repeat)


def test_the_limits_are_those_that_are_promised():
    assert [str(limit) for limit in LIMITS] == [
        "pack takes at most 1.25 times as long as memory",
        "Zarr takes at least 5 times as long as pack",
        "HDF5 takes at least 5 times as long as pack",
        "pack, uncached takes at most 1.25 times as long as plain reads, uncached",
    ]
