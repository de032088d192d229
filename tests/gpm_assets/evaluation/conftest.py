"""Fixtures: makers of score tables of a toy world, whose methods retrieve rain with errors of known size."""

import numpy as np
import pytest

from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import rain_sums, tb_sums
from gpm_assets.evaluation.table import table

ERRORS = {"raw": 1.0, "linear": 0.5, "gmi": 0.2}


def rain_of(granule, pixels=400):
    """Reference rain (pixel,) in mm/h of one overpass, some overpasses rainier than others, two pixels in three dry."""
    rng = np.random.default_rng([7, granule])
    return np.where(rng.random(pixels) < 0.33, rng.gamma(0.6, 3 * rng.gamma(2, 0.5), pixels), 0.0)


def retrieve(rain, error, seed):
    """Rain with noise of `error` mm/h; deterministic, so its CRPS is its absolute error."""
    return Retrieved.certain(np.maximum(rain + error * np.random.default_rng(seed).normal(size=rain.shape), 0), rain)


def key(granule, method, seed=0, version=1, split="test", **more):
    day = f"2019-07-{granule // 3 % 31 + 1:02d}"
    names = {"world": "simulated", "sensor": "F16_SSMIS", "month": "2019-07", "reference": "truth", "method": method}
    names |= {"version": version, "seed": seed}
    return {**names, "split": split, "granule": f"granule-{granule:03d}", "block": day, **more}


def make_rain_table(errors=None, granules=75, seeds=(0,), **more):
    """Scores of methods (name to error in mm/h) over overpasses, three a day; a version for each seed."""
    rows = []
    for method, error in (errors or ERRORS).items():
        for seed in seeds if method not in ("raw", "gmi") else (0,):
            for granule in range(granules):
                rain = rain_of(granule)
                result = retrieve(rain, error, [granule, seed, len(method)])
                rows.append(key(granule, method, seed, version=seed + 1, **more) | rain_sums(result, rain))
    return table(rows)


def make_tb_table(errors, granules=75, channels=("37V", "89V")):
    """TB scores of methods (name to error in K)."""
    rows = []
    for method, error in errors.items():
        for granule in range(granules):
            rng = np.random.default_rng([granule, len(method)])
            reference = 220 + 20 * rng.normal(size=(100, len(channels)))
            sums = tb_sums(reference + error * rng.normal(size=reference.shape), reference, channels)
            rows += [key(granule, method) | row for row in sums]
    return table(rows)


@pytest.fixture(scope="session")
def rain_table():
    """Maker of rain scores, see `make_rain_table`; raw, linear and gmi with falling errors by default."""
    return make_rain_table


@pytest.fixture(scope="session")
def tb_table():
    """Maker of TB scores, see `make_tb_table`."""
    return make_tb_table
