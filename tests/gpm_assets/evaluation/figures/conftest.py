"""Fixtures: tables of sums of two methods, made of generated pixels."""

import numpy as np
import pandas
import pytest

from gpm_assets.evaluation import distributions, reliability, scatter, spectra
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import rain_pixels


@pytest.fixture(scope="session")
def pixels():
    """Reference rain (scan, pixel) in mm/h, and what two methods make of it."""
    random = np.random.default_rng(0)
    rain = np.where(random.random((64, 96)) < 0.3, random.gamma(0.6, 4, (64, 96)), 0.0).astype(np.float32)
    noisy = np.maximum(rain + random.normal(0, 0.5, rain.shape), 0).astype(np.float32)
    return rain, {"raw": 0.6 * noisy, "linear": noisy}


@pytest.fixture(scope="session")
def tables(pixels):
    """Tables by method of one module of sums."""
    rain, methods = pixels
    makers = {
        distributions: lambda x: distributions.sums(Retrieved.certain(x, rain), rain),
        reliability: lambda x: reliability.sums(Retrieved.certain(x, rain), rain),
        scatter: lambda x: scatter.sums(rain_pixels(Retrieved.certain(x, rain), rain)),
        spectra: lambda x: spectra.sums(x, rain, along_km=13.5, across_km=5.8),
    }
    return lambda module: {name: pandas.DataFrame(makers[module](x)) for name, x in methods.items()}
