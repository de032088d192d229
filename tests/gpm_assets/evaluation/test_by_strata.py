"""Measures by strata: the same numbers as of a plain selection, counts beside them, nothing pooled that must not be."""

import numpy as np
import pandas
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.by_strata import measures_by
from gpm_assets.evaluation.ledger import keyed
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import RAIN_SUMS, rain_measures, rain_pixels, rain_sums
from gpm_assets.evaluation.strata import crossed

METHODS = {"raw": 1.0, "linear": 0.3}


def scene(granule, pixels=900):
    rng = np.random.default_rng(granule)
    rain = np.where(rng.random(pixels) < 0.4, rng.gamma(0.6, 3, pixels), 0).astype(np.float32)
    codes = {
        "surface": rng.integers(0, 2, pixels).astype(np.int8),  # sea and land, no coast
        "season": np.full(pixels, granule % 2, np.int8),
        "regime": np.full(pixels, -1, np.int8),
    }
    return rain, codes


def retrieved(rain, error, granule):
    return Retrieved.certain(np.maximum(rain + error * np.random.default_rng(granule + 99).normal(size=rain.shape), 0), rain)


@pytest.fixture(scope="module")
def table():
    frames = []
    for granule in range(24):
        rain, codes = scene(granule)
        for version, (method, error) in enumerate(METHODS.items(), 1):
            keys = {"world": "simulated", "sensor": "F16_SSMIS", "month": "2019-07", "reference": "truth", "method": method}
            keys |= {
                "version": version,
                "seed": 0,
                "split": "test",
                "granule": f"g{granule:02d}",
                "block": f"2019-07-{granule + 1:02d}",
            }
            frames.append(keyed(crossed(rain_pixels(retrieved(rain, error, granule), rain), RAIN_SUMS, codes), keys))
    return pandas.concat(frames, ignore_index=True)


def selected(method, surface=None, season=None):
    """Measures of a plain selection of pixels."""
    rains, results = [], []
    for granule in range(24):
        rain, codes = scene(granule)
        kept = np.ones(len(rain), bool)
        kept &= True if surface is None else codes["surface"] == surface
        kept &= True if season is None else codes["season"] == season
        rains.append(rain[kept])
        results.append(retrieved(rain, METHODS[method], granule).mean[kept])
    rain = np.concatenate(rains)
    return rain_measures(rain_sums(Retrieved.certain(np.concatenate(results), rain), rain)), len(rain)


def test_one_stratum_is_a_plain_selection(table):
    found = measures_by(table, "surface").set_index(["surface", "method"])
    assert list(found.index) == [(one, method) for one in ("sea", "land") for method in ("linear", "raw")]
    for code, name in enumerate(("sea", "land")):
        for method in METHODS:
            expected, pixels = selected(method, surface=code)
            row = found.loc[name, method]
            assert row["pixels"] == pixels
            assert row["csi"] == pytest.approx(expected["csi@0.1"])
            for measure in ("crps", "bias", "rmse", "r", "csi@0.5", "crps_above@2.5"):
                assert row[measure] == pytest.approx(expected[measure]), measure


def test_two_strata_crossed(table):
    found = measures_by(table, "season", "surface").set_index(["season", "surface", "method"])
    expected, pixels = selected("linear", surface=1, season=0)
    row = found.loc["DJF", "land", "linear"]
    assert (row["pixels"], row["blocks"]) == (pixels, 12)
    assert row["crps"] == pytest.approx(expected["crps"])
    assert np.isnan(row["crps_low"]), "no interval of twelve blocks"


def test_intervals_and_counts_from_twenty_blocks_on(table):
    row = measures_by(table, "surface", resamples=200).set_index(["surface", "method"]).loc["sea", "linear"]
    assert (row["blocks"], row["block_unit"], row["rainy_blocks"]) == (24, "day", 24)
    assert row["csi_low"] < row["csi"] < row["csi_high"]
    assert row["claim"] == "24 of 60 rainy blocks, 1 of 3 seeds"


def test_what_nobody_knows_is_a_class_of_its_own(table):
    assert set(measures_by(table, "regime")["regime"]) == {"unknown"}


def test_sensors_and_references_are_never_pooled(table):
    other = pandas.concat([table, table.assign(reference="DPR"), table.assign(sensor="GCOMW1_AMSR2")], ignore_index=True)
    found = measures_by(other, "surface")
    assert len(found) == 3 * 4
    assert set(found.groupby(["sensor", "reference"])["threshold"].first()) == {0.1, 0.5}


def test_strata_that_there_are_not(table):
    with pytest.raises(GpmAssetsError, match="no stratum 'altitude'; strata here are surface"):
        measures_by(table, "altitude")
    with pytest.raises(GpmAssetsError, match="by one stratum or by two different ones, not by surface, season, regime"):
        measures_by(table, "surface", "season", "regime")
