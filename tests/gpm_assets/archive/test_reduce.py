"""Reductions over months of a store: the numbers of the granules one by one, and no more memory for more months."""

import tracemalloc

import dask
import dask.array
import numpy as np
import pytest

import gpm_assets
from gpm_assets.archive import store
from gpm_assets.archive.reduce import tb_counts, tb_histogram
from gpm_assets.archive.swaths import read_swath, swath_dataset
from gpm_assets.evaluation import domain_shift
from gpm_assets.provenance import Recipe, build
from gpm_assets.settings import Home
from gpm_assets.swath import Swath

SENSOR = "GPM_GMI"
CHANNELS = ("10.65V", "36.64V", "89H")
MONTHS = [f"2018-{month:02d}" for month in range(1, 9)]
SCANS, PIXELS = 600, 221


def a_swath(seed):
    """Half an orbit from pole to pole at some longitude, TB of land and sea, some missing."""
    random = np.random.default_rng(seed)
    latitude = np.linspace(-88, 88, SCANS)[:, None] + np.linspace(-1, 1, PIXELS)
    longitude = (random.uniform(-180, 180) + np.linspace(0, 40, SCANS)[:, None] + np.linspace(-8, 8, PIXELS) + 180) % 360 - 180
    tb = random.normal(230, 40, (SCANS, PIXELS, len(CHANNELS))).astype(np.float32)
    tb[random.random(tb.shape) < 0.02] = np.nan
    latitude[5, 7] = np.nan
    time = np.datetime64("2018-01-01", "ms") + np.arange(SCANS).astype("timedelta64[s]")
    zero = np.zeros_like(tb)
    return Swath(SENSOR, CHANNELS, tb, latitude, longitude, time, zero, zero[..., 0].astype(np.int8), granule=f"granule-{seed}")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Eight months of two granules."""
    root = tmp_path_factory.mktemp("home")
    for index, month in enumerate(MONTHS):
        names = {f"granule-{seed}": seed for seed in (2 * index, 2 * index + 1)}
        pieces = [store.Piece(name, name, lambda seed=seed: swath_dataset(a_swath(seed))) for name, seed in names.items()]

        def make(work, pieces=pieces):
            return {"granules": list(store.write_month(work, pieces, work / "none").granules)}

        recipe = Recipe("swaths", f"{SENSOR} {month}", "simulated", {}, {}, "")
        build(Home(root).folder("swaths", SENSOR, month), recipe, make)
    return root


def granule_by_granule(root, months):
    for month in months:
        for _, dataset in store.groups(Home(root).folder("swaths", SENSOR, month)):
            yield read_swath(dataset)


def opened(root, months):
    return gpm_assets.open("swaths", SENSOR, months, root)


def test_one_graph_counts_what_the_granules_hold_one_by_one(root):
    found = tb_histogram(opened(root, MONTHS))
    expected = domain_shift.tb_histogram(CHANNELS, granule_by_granule(root, MONTHS))
    assert found.channels == expected.channels
    assert found.counts.dtype == expected.counts.dtype
    np.testing.assert_array_equal(found.counts, expected.counts)
    assert found.counts.sum() > 0.97 * len(MONTHS) * 2 * SCANS * PIXELS * len(CHANNELS)


def test_months_add_up(root):
    parts = [tb_histogram(opened(root, month)) for month in MONTHS[:3]]
    np.testing.assert_array_equal((parts[0] + parts[1] + parts[2]).counts, tb_histogram(opened(root, MONTHS[:3])).counts)


def test_nothing_is_read_before_it_is_asked_for(root):
    counts = tb_counts(opened(root, MONTHS[:2]))
    assert isinstance(counts.data, dask.array.Array)
    assert counts.dims == ("channel", "surface", "latitude_band", "tb")
    warm = counts.sel(channel="89H", surface="sea", latitude_band="tropics", tb=slice(240, None))
    assert 0 < int(warm.sum()) < int(counts.sel(channel="89H").sum())


@pytest.mark.parametrize("chunks", [{"scan": 77}, {"pixel": 50, "channel": 2}, {"scan": -1, "pixel": -1, "channel": 1}])
def test_chunks_change_nothing(root, chunks):
    dataset = opened(root, MONTHS[:2])
    expected = tb_histogram(dataset).counts
    np.testing.assert_array_equal(tb_histogram(dataset.chunk(chunks)).counts, expected)
    uneven = dataset.assign(tb=dataset["tb"].chunk(chunks))
    np.testing.assert_array_equal(tb_histogram(uneven).counts, expected)


def test_memory_is_that_of_chunks_not_of_months(root):
    """What grows is the graph alone, about a kilobyte a task: here 7 % of the few data, for whole orbits under 1 %."""

    def peak(months):
        tracemalloc.start()
        try:
            with dask.config.set(scheduler="synchronous"):
                dataset = opened(root, months)
                tb_histogram(dataset)
            return tracemalloc.get_traced_memory()[1], dataset["tb"].nbytes
        finally:
            tracemalloc.stop()

    peak(MONTHS[:1])  # imports and caches
    (few, few_data), (many, many_data) = peak(MONTHS[:2]), peak(MONTHS)
    assert many < many_data / 4
    assert many - few < (many_data - few_data) / 8
