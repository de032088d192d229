from dataclasses import replace

import numpy as np
import pytest
import torch

from models import checkpoint
from models.conditions import CONDITIONS
from models.errors import ChannelError
from models.packs import PackInfo, write_pack
from models.pairs import PAIR_INDEX, write_pairs
from models.training import Run
from models.translators.quantile_mapping_strata import (
    StrataConfig,
    StrataRecipe,
    StratifiedQuantileMapping,
    effective_number,
    fit_quantile_mapping_strata,
)

RECIPE = StrataRecipe(("36.64V",), nodes=50, fewest=500)
INFO = PackInfo("F16_SSMIS", "simulated", ("37V", "19.35V"), ("36.64V",), tuple(CONDITIONS))
LAND = (0.0, 1.0, 0.5)
"""Land fractions of sea, land and coast."""


def offset(surface, latitude):
    """What GMI reads above the partner, in K."""
    return 4.0 * surface - 2.0 + 0.1 * np.abs(latitude)


def pairs_of(folder, surface, latitude, difference, seed=0, source=None):
    """Pairs of one distribution of TB, which GMI sees `difference` K warmer."""
    count, r = len(surface), np.random.default_rng(seed)
    source = 240 + 15 * r.standard_normal((count, 2)) if source is None else source
    index = np.zeros(count, PAIR_INDEX)
    index["weight"], index["split"] = 1.0, "train"
    beside = np.zeros((count, len(CONDITIONS)))
    beside[:, 0], beside[:, 3] = np.array(LAND)[surface], latitude
    return write_pairs(folder, INFO, source, source[:, :1] + np.asarray(difference).reshape(-1, 1), index, beside)


def drawn(count, seed=0):
    r = np.random.default_rng(seed)
    return r.integers(0, 3, count), r.uniform(-65, 65, count)


def fit(data, pairs, recipe=RECIPE):
    source = replace(data.source, info=replace(data.source.info, channels=INFO.channels))
    return fit_quantile_mapping_strata(replace(data, source=source, pairs=pairs), recipe, Run())


def translate(model, tb, land, latitude):
    """Pixels: `tb` K, the same in all channels, with conditions; any of them may be one number."""
    tb, land, latitude = (torch.as_tensor(each, dtype=torch.float32) for each in np.broadcast_arrays(tb, land, latitude))
    return model.translate(torch.stack([*[tb] * len(model.inputs), land, latitude]).reshape(1, -1, 1, tb.numel())).flatten()


def test_identical_distributions_are_left_alone(data, folder):
    surface, latitude = drawn(20_000)
    model = fit(data, pairs_of(folder, surface, latitude, np.zeros(20_000)))
    tb = np.linspace(120, 320, 201)
    for land in LAND:
        for place in (-69.0, -30.0, 0.0, 13.0, 60.0):
            np.testing.assert_allclose(translate(model, tb, land, place), tb, atol=0.1)


def test_every_stratum_has_its_own_map(data, folder):
    surface, latitude = drawn(60_000)
    model = fit(data, pairs_of(folder, surface, latitude, offset(surface, latitude)))
    tb = np.linspace(215, 265, 11)
    for number, land in enumerate(LAND):
        for place in (-50.0, -30.0, 10.0, 45.0):
            made = translate(model, tb, land, place)
            np.testing.assert_allclose(made - torch.from_numpy(tb), offset(number, place), atol=1.0)
    north, south = translate(model, 240.0, 0.0, 35.0), translate(model, 240.0, 0.0, -35.0)
    assert torch.equal(north, south)


def test_maps_a_stratum_onto_its_distribution(data, folder):
    """Not only its mean: over land GMI's contrasts are half as large, over sea as large."""
    surface, latitude = drawn(30_000)
    source = 240 + 15 * np.random.default_rng(1).standard_normal((30_000, 2))
    shrunk = np.where(surface == 1, -0.5 * (source[:, 0] - 240), 0.0)
    model = fit(data, pairs_of(folder, surface, latitude, shrunk, source=source))
    np.testing.assert_allclose(translate(model, [220.0, 260.0], 1.0, 30.0), [230, 250], atol=0.7)
    np.testing.assert_allclose(translate(model, [220.0, 260.0], 0.0, 30.0), [220, 260], atol=0.1)


def test_no_line_is_drawn_along_a_latitude(data, folder):
    surface, latitude = drawn(60_000)
    model = fit(data, pairs_of(folder, surface, latitude, offset(surface, latitude)))
    along = translate(model, 240.0, 0.0, np.linspace(-69, 69, 2761))  # every 0.05 degrees
    assert along.diff().abs().max() < 0.02
    assert along.max() - along.min() > 3


def test_extremes_stay_extreme_and_in_order(data, folder):
    surface, latitude = drawn(30_000)
    model = fit(data, pairs_of(folder, surface, latitude, offset(surface, latitude)))
    made = translate(model, np.linspace(90, 330, 481), 0.5, 27.0)
    assert (made.diff() > 0).all()
    assert made[-1] - made[0] == pytest.approx(240, abs=2)


def test_few_pixels_take_the_surfaces_table_and_fewer_that_of_all(data, folder):
    surface = np.repeat([0, 1, 2], [4000, 3000, 100])
    latitude = np.where(surface == 1, np.where(np.arange(7100) % 30 == 0, 60.0, 0.0), 0.0)
    pairs = pairs_of(folder, surface, latitude, np.array([0.0, 6.0, 50.0])[surface])
    model = fit(data, pairs)
    assert torch.equal(model.source_nodes[1, 3], model.source_nodes[1, 2])  # 100 pixels of land at 60 degrees, none at 40
    assert not torch.equal(model.source_nodes[1, 0], model.source_nodes[1, 3])
    np.testing.assert_allclose(translate(model, 240.0, 1.0, [0.0, 60.0]), 246, atol=0.2)
    everywhere = fit(data, pairs, replace(RECIPE, fewest=10**6))
    assert (everywhere.source_nodes == everywhere.source_nodes[0, 0]).all()
    assert torch.equal(model.target_nodes[2, 0], everywhere.target_nodes[0, 0])  # 100 pixels of coast
    assert not torch.equal(model.target_nodes[0, 0], everywhere.target_nodes[0, 0])


def test_without_pairs_unpaired_patches_give_the_tables(data, tmp_path):
    r = np.random.default_rng(2)
    surface, latitude = np.arange(200) % 2, np.repeat(r.uniform(-60, 60, 100), 2)
    index = data.source.index[np.zeros(200, int)].copy()
    index["split"] = "train"
    beside = np.zeros((200, len(CONDITIONS), 8, 8))
    beside[:, 0], beside[:, 3] = surface[:, None, None], latitude[:, None, None]
    packs = []
    for name, channels in (("source", ("37V", "19.35V")), ("target", ("36.64V",))):
        tb = 240 + 15 * r.standard_normal((200, len(channels), 8, 8))
        tb += 8.0 * (name == "target") * surface[:, None, None, None]
        info = PackInfo("F16_SSMIS", "simulated", channels, (), tuple(CONDITIONS))
        packs.append(write_pack(tmp_path / name, info, tb, index, conditions=beside))
    unpaired = replace(data, source=packs[0], target=packs[1], pairs=None)
    model = fit_quantile_mapping_strata(unpaired, replace(RECIPE, patches=400), Run())
    np.testing.assert_allclose(translate(model, 240.0, [0.0, 1.0], 30.0), [240, 248], atol=1.5)


def test_unknown_conditions_are_named(data):
    without = replace(data.pairs, info=replace(data.pairs.info, conditions=("incidence",)))
    with pytest.raises(ChannelError, match="no condition land_fraction, latitude among incidence"):
        fit_quantile_mapping_strata(replace(data, pairs=without), StrataRecipe(), Run())


def test_round_trip(folder):
    model = StratifiedQuantileMapping(StrataConfig(("37V",), ("36.64V",), ("37V",), 5, (0.0, 30.0)))
    model.target_nodes.add_(torch.arange(6.0).reshape(3, 2, 1, 1))
    checkpoint.save(model, folder)
    loaded = checkpoint.load(folder)
    assert torch.equal(translate(loaded, 2.5, [0, 0, 1, 0.5], [0, 15, 40, 0]), torch.tensor([2.5, 3.0, 5.5, 6.5]))


def test_weights_count_as_many_equal_ones():
    assert effective_number(torch.full((7,), 0.3)) == pytest.approx(7)
    assert effective_number(torch.tensor([1.0, 1.0, 0.0, 0.0])) == pytest.approx(2)
    assert effective_number(torch.zeros(0)) == 0
