import numpy as np
import pytest
import torch

from models.errors import PackError
from models.packs import INDEX, PackInfo, write_pack
from models.sampling import StratifiedSampler, mirror

INFO = PackInfo("GPM_GMI", "simulated", ("89V",))


def pack(folder, strata, weights=None):
    index = np.zeros(len(strata), INDEX)
    index["stratum"], index["split"] = strata, "train"
    index["weight"] = 1.0 if weights is None else weights
    return write_pack(folder, INFO, np.full((len(strata), 1, 2, 2), 250.0), index)


def test_the_common_strata_have_the_same_counts_by_the_root_of_their_mass(tmp_path):
    source = pack(tmp_path / "a", [0] * 50 + [1] * 3 + [2] * 2 + [5])
    target = pack(tmp_path / "b", [0] * 16 + [1] * 4 + [2] * 1 + [7])
    batch = StratifiedSampler([source, target], "train").draw(14, np.random.default_rng(0))
    drawn = [each.index["stratum"][numbers] for each, numbers in zip((source, target), batch.indices, strict=True)]
    assert np.array_equal(drawn[0], drawn[1])
    counts = np.bincount(drawn[0])
    assert counts.tolist() == [8, 4, 2]
    assert batch.weights.mean() == pytest.approx(1, abs=1e-6)


def test_weights_restore_climatology(tmp_path):
    strata, weights = np.repeat([0, 1], [90, 10]), np.where(np.arange(100) == 95, 0.0, 1.0 + (np.arange(100) % 3))
    only = pack(tmp_path / "a", strata, weights)
    batch = StratifiedSampler([only], "train").draw(60_000, np.random.default_rng(0))
    value = np.random.default_rng(1).normal(size=100) + 5 * strata
    assert batch.weights.mean() == pytest.approx(1, abs=1e-4)
    weighted = (batch.weights * value[batch.indices[0]]).mean()
    assert weighted == pytest.approx(np.average(value, weights=weights), abs=0.02)
    assert 95 not in batch.indices[0]


def test_strata_combine_fields_and_same_seed_draws_the_same(tmp_path):
    only = pack(tmp_path / "a", [0, 0, 1, 1])
    sampler = StratifiedSampler([only], "train", ("stratum", "surface"))
    assert sampler.strata == [(0, 0), (1, 0)]
    first, second = (sampler.draw(8, np.random.default_rng(3)).indices[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_no_common_stratum_is_an_error(tmp_path):
    with pytest.raises(PackError, match="no train stratum of stratum"):
        StratifiedSampler([pack(tmp_path / "a", [0]), pack(tmp_path / "b", [1])], "train")


def test_mirror_turns_pixels_and_leaves_scans():
    field = torch.arange(12.0).reshape(2, 2, 3)
    mirrored = mirror(field, np.array([True, False]))
    assert mirrored[0].tolist() == [[2, 1, 0], [5, 4, 3]]
    assert torch.equal(mirrored[1], field[1])
