"""Overlaps of two partners, shifts, several workers, and artefacts that no longer fit each other, through the platform."""

import json
import shutil

import dagster as dg
import numpy as np
import pytest
import xarray as xr

import gpm_assets
from gpm_assets.archive import store
from gpm_assets.assets import drain_training_set, overlaps, swaths, translation_training_set
from gpm_assets.benchmarks.strata import benchmark_strata
from gpm_assets.definitions import defs
from gpm_assets.errors import ProvenanceError
from gpm_assets.partitions import sensor_month_key
from gpm_assets.resources.registry import RegistryResource

PARTNER, OTHER, REFERENCE, MONTH = "F16_SSMIS", "F17_SSMIS", "GPM_GMI", "2018-08"


def launched(platform, job: str, op: str, partition, **config) -> dg.ExecuteInProcessResult:
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with platform.inside():
        return defs.resolve_job_def(job).execute_in_process(
            run_config={**quiet, "ops": {op: {"config": config}}},
            instance=platform.instance,
            partition_key=partition,
            raise_on_error=False,
        )


def test_any_two_partners_overlap_with_several_workers(changed_chain):
    """A partner that flies where the other does: every pixel pairs with its twin."""
    platform = changed_chain("fraction = 0.05", "fraction = 0.05\n[collocation]\nshift_pixels = 1")
    for asset in ("level1c_granules", swaths.SWATHS):
        shutil.copytree(platform.home.folder(asset, PARTNER, MONTH), platform.home.folder(asset, OTHER, MONTH))
    assert launched(platform, "overlap_month", "sensor_overlaps", MONTH, workers=2).success
    shown = platform.shown("sensor_overlaps", MONTH)
    assert shown["overpasses"] == 2
    assert shown["median_abs_time_s"] == 0
    assert shown["figure_density"].startswith("![figure]")
    folder = platform.home.folder(overlaps.SENSOR_OVERLAPS, MONTH)
    for _, dataset in store.groups(folder):
        assert np.array_equal(dataset["first"].values, dataset["second"].values)
        assert float(dataset["separation_km"].max()) < 0.01


def test_several_workers_and_shifts_find_what_one_does_without(changed_chain, chain):
    platform = changed_chain("fraction = 0.05", "fraction = 0.05\n[collocation]\nshift_pixels = 2")
    key = sensor_month_key(PARTNER, MONTH)
    assert launched(platform, "overlap_sensor_month", "gmi_overlaps", key, workers=2).success
    ((_, _, moved),) = overlaps.load(platform.home, PARTNER, MONTH)
    ((_, _, still),) = overlaps.load(chain.home, PARTNER, MONTH)
    assert np.array_equal(moved.first, still.first)
    share = np.mean(moved.second != still.second)
    assert 0 < share < 0.6
    assert np.array_equal(moved.separation_km[moved.second == still.second], still.separation_km[moved.second == still.second])


def test_another_label_makes_other_overlaps(changed_chain, chain):
    platform = changed_chain("fraction = 0.05", 'fraction = 0.05\n[collocation]\nrain = "combined"')
    made = platform.make("overlap_sensor_month", f"{MONTH}|{PARTNER}")["gmi_overlaps"]
    assert made["recomputed"]
    assert made["rain_fraction"] != chain.shown("gmi_overlaps", f"{MONTH}|{PARTNER}")["rain_fraction"]


def test_pixels_of_other_swaths_are_refused(changed_chain):
    """Swaths made anew on the native sampling: what points into the old ones says so."""
    platform = changed_chain("fraction = 0.05", 'fraction = 0.05\n[collocation]\nsampling = "native"')
    for sensor in (PARTNER, REFERENCE):
        assert platform.make("land_sensor_month", f"{MONTH}|{sensor}")["swaths"]["recomputed"]
    home, registry = platform.home, RegistryResource().open(platform.home)
    with pytest.raises(ProvenanceError, match=r"gmi_radar_matches of 2018-08 was made from other swaths than those at hand"):
        overlaps.make(home, PARTNER, MONTH)
    with pytest.raises(ProvenanceError, match=r"gmi_radar_matches of 2018-08 .* materialise it again"):
        drain_training_set.make(home)
    with pytest.raises(ProvenanceError, match=r"gmi_overlaps of F16_SSMIS 2018-08 was made from other F16_SSMIS"):
        translation_training_set.make(home, registry, PARTNER)
    platform.make("collocate_month", MONTH)
    native = platform.make("overlap_sensor_month", f"{MONTH}|{PARTNER}")["gmi_overlaps"]
    assert native["pairs"] > 0
    assert swaths.load_all(home, PARTNER, MONTH).popitem()[1]().shape[1] == 180


def test_granules_without_a_group_open_beside_others(changed_chain):
    """The store holds every channel of the table, missing where a granule lacks it."""
    home = changed_chain("orbits = 2", "orbits = 2").home
    opened = gpm_assets.open("swaths", PARTNER, MONTH, home=home.root)
    assert opened.sizes["channel"] == 11
    assert isinstance(opened, xr.Dataset)
    valid = swaths.valid_by_channel(home, PARTNER, MONTH)
    assert len(valid[1]) == 11
    assert json.dumps(valid)


def test_strata_are_measured_with_the_platforms_own_proxy(chain):
    """What crosses is counted for every meaning of rain; a DRAIN of 200 steps on two granules need not halve it."""
    with chain.inside():
        found = benchmark_strata(chain.home, chain.registry, PARTNER)
    assert [(one.rainy_mm_h, one.mismatch) for one in found] == [(r, m) for r in (0.1, 0.2, 0.5, 1.0) for m in (2.0, 4.0)]
    for one in found:
        assert one.without > 0.1 * (one.mismatch - 1) - 0.05
        assert 0 <= one.within < one.without
