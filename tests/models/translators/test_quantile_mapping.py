from dataclasses import replace

import numpy as np
import pytest
import torch

from models.packs import channel_positions
from models.training import Run
from models.translators.quantile_mapping import QuantileMapping, QuantileMappingConfig, QuantileRecipe, fit_quantile_mapping


def test_identical_distributions_are_left_alone(data, gmi_pack):
    same = replace(data, source=gmi_pack, pairs=None, nearest={name: name for name in gmi_pack.channels})
    model = fit_quantile_mapping(same, QuantileRecipe(patches=400), Run())
    tb = gmi_pack.tb(gmi_pack.select("validation"))
    assert (model.translate(tb) - tb).abs().mean() < 0.5  # two samples of one distribution
    model.target_nodes.copy_(model.source_nodes)
    assert torch.equal(model.translate(tb), tb)


def test_maps_one_distribution_onto_the_other(data):
    model = fit_quantile_mapping(replace(data, pairs=None), QuantileRecipe(patches=600), Run())
    levels = torch.tensor([0.02, 0.25, 0.5, 0.75, 0.98])
    out, target = (
        tb.movedim(1, 0).flatten(1).quantile(levels, dim=1)
        for tb in (model.translate(data.source.tb(data.source.select("train"))), data.target.tb(data.target.select("train")))
    )
    np.testing.assert_allclose(out, target, atol=4)
    assert (model.source_nodes.diff(dim=1) > 0).all()
    assert (model.target_nodes.diff(dim=1) > 0).all()


def test_pairs_give_the_tables_where_there_are_any(data):
    """Both sides of the pairs show the same places: the mapped side has the quantiles of the other one."""
    model = fit_quantile_mapping(data, QuantileRecipe(), Run())
    chosen = data.pairs.select("train")
    mapped = model.translate(data.pairs.source(chosen)[..., None, None])[..., 0, 0]
    target = data.pairs.target(chosen)[:, channel_positions(model.outputs, data.pairs.info.target_channels)]
    levels = torch.tensor([0.05, 0.5, 0.95])
    np.testing.assert_allclose(mapped.quantile(levels, dim=0), target.quantile(levels, dim=0), atol=0.5)


def test_interpolates_and_keeps_the_offset_beyond_the_ends():
    model = QuantileMapping(QuantileMappingConfig(("37V",), ("36.64V",), ("37V",), 3))
    model.source_nodes.copy_(torch.tensor([[200.0, 220.0, 260.0]]))
    model.target_nodes.copy_(torch.tensor([[190.0, 230.0, 250.0]]))
    tb = torch.tensor([150.0, 200.0, 210.0, 220.0, 240.0, 260.0, 300.0])
    assert model.translate(tb.reshape(1, 1, 1, -1)).flatten().tolist() == pytest.approx([140, 190, 210, 230, 240, 250, 290])
