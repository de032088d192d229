from dataclasses import replace

import numpy as np
import torch

from models.packs import PackInfo
from models.pairs import PAIR_INDEX, write_pairs
from models.training import Run
from models.translators.linear import LinearRecipe, fit_linear
from models.translators.restored_linear import fit_restored_linear

OUTPUTS = ("36.64V", "89H")
RECIPE = LinearRecipe(OUTPUTS, ridge_k2=0.0)


def noisy_pairs(data, folder, noise_k):
    """Targets that the sources explain up to noise: what fifteen minutes and a finer footprint do to weak pairs."""
    r = np.random.default_rng(1)
    source = 230 + r.normal(size=(8000, 3)) @ np.array([[20, 5, 3], [0, 10, 2], [0, 0, 8]])
    target = (source - 230) @ np.array([[0.9, 0.2], [0.1, -0.3], [0.0, 0.8]]) + 240 + noise_k * r.normal(size=(8000, 2))
    index = np.zeros(len(source), PAIR_INDEX)
    index["weight"], index["split"] = 1.0, "train"
    info = PackInfo("F16_SSMIS", "simulated", ("37V", "37H", "91.665V"), OUTPUTS)
    pairs = write_pairs(folder, info, source, target, index)
    part = replace(data.source.info, channels=info.channels)
    return replace(data, source=replace(data.source, info=part), pairs=pairs), source, target


def covariance(model, source):
    translated = model.translate(torch.tensor(source.T[None, :, :, None], dtype=torch.float32))[0, :, :, 0]
    return np.cov(translated.numpy())


def test_the_output_has_the_covariance_of_gmi(data, folder):
    noisy, source, target = noisy_pairs(data, folder, noise_k=8.0)
    wanted = np.cov(target.T)
    np.testing.assert_allclose(covariance(fit_restored_linear(noisy, RECIPE, Run()), source), wanted, rtol=0.01, atol=0.5)
    shrunk = covariance(fit_linear(noisy, RECIPE, Run()), source)
    assert np.all(np.diag(shrunk) < 0.9 * np.diag(wanted))


def test_an_exact_map_needs_no_restoring(data, folder):
    exact, *_ = noisy_pairs(data, folder, noise_k=0.0)
    plain, restored = (fit(exact, RECIPE, Run()) for fit in (fit_linear, fit_restored_linear))
    torch.testing.assert_close(restored.matrix, plain.matrix, atol=1e-3, rtol=0)


def test_without_pairs_it_is_the_gaussian_map(data):
    unpaired = replace(data, pairs=None)
    plain, restored = (fit(unpaired, LinearRecipe(), Run()) for fit in (fit_linear, fit_restored_linear))
    torch.testing.assert_close(restored.matrix, plain.matrix)
