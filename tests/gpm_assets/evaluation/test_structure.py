"""What sums by bin tell, beside each other: the same numbers as of each module, of one seed, and nothing where nothing is."""

import numpy as np
import pandas
import pytest

from gpm_assets.evaluation import binned, distributions, reliability, spectra
from gpm_assets.evaluation.ledger import keyed
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.structure import structure


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    found = {"spectra": [], "distributions": [], "reliability": []}
    for granule in ("a", "b"):
        rain = np.where(rng.random((64, 64)) < 0.4, rng.gamma(0.6, 3, (64, 64)), 0).astype(np.float32)
        for method, seed, error in (("linear", 0, 0.2), ("linear", 1, 5.0), ("raw", 0, 1.0)):
            retrieved = Retrieved.certain(np.maximum(rain + error * rng.normal(size=rain.shape), 0), rain)
            keys = {"world": "simulated", "sensor": "F16_SSMIS", "month": "2019-07", "reference": "truth", "method": method}
            keys |= {"version": 1 + seed, "seed": seed, "split": "test", "granule": granule, "block": "2019-07-01"}
            rows = {
                "spectra": spectra.sums(retrieved.mean, rain, along_km=13.5, across_km=5.8),
                "distributions": distributions.sums(retrieved, rain),
                "reliability": reliability.sums(retrieved, rain),
            }
            for name, made in rows.items():
                found[name].append(keyed(pandas.DataFrame.from_records(made), keys))
    return {name: pandas.concat(frames, ignore_index=True) for name, frames in found.items()}


def test_measures_are_those_of_the_modules_of_the_first_seed(tables):
    found = structure(lambda name: tables.get(name, pandas.DataFrame())).set_index("method")
    assert list(found.index) == ["linear", "raw"]
    for name, module in (("spectra", spectra), ("distributions", distributions), ("reliability", reliability)):
        rows = tables[name].query("method == 'linear' and seed == 0")
        expected = module.measures(binned.add(rows, module.KEYS, module.SUMS))
        for measure, value in expected.items():
            assert found.loc["linear", measure] == pytest.approx(value, nan_ok=True), measure
    assert found.loc["linear", "wasserstein"] < found.loc["raw", "wasserstein"]


def test_nothing_scored_is_an_empty_table():
    assert len(structure(lambda name: pandas.DataFrame())) == 0
