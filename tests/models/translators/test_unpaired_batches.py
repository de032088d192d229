from dataclasses import replace

import numpy as np
import pytest
import torch

from models.packs import write_pack
from models.translators.base import OUTPUTS
from models.translators.unpaired_batches import UnpairedBatches

CHANNELS = (("91.665H", "37V"), ("89H", "36.64V"))


def test_channels_are_those_asked_for_and_steps_repeat(data):
    batches = UnpairedBatches(data, CHANNELS, 6, 0, "cpu", paired=True)
    one, again, other = batches.draw(1), batches.draw(1), batches.draw(2)
    assert one.source.shape == one.target.shape == (6, 2, 32, 32)
    assert torch.equal(one.source, again.source)
    assert not torch.equal(one.source, other.source)
    assert (one.target[:, 0].mean() - 240).abs() < 15  # 89H about 240 K, 36.64V about 220 K
    assert (one.target[:, 1].mean() - 220).abs() < 15


def test_overlaps_show_the_same_places(data):
    """Mirrored or not, the partner's 91 GHz goes with GMI's 89 GHz where GMI looked, the first 20 scans of the toy world."""
    source, truth = UnpairedBatches(data, CHANNELS, 16, 0, "cpu", paired=True).draw(1).overlap
    known = truth.isfinite()
    assert torch.equal(known, (torch.arange(32)[:, None] < 20).expand_as(truth))
    assert np.corrcoef(source[:, 0][known[:, 0]], truth[:, 0][known[:, 0]])[0, 1] > 0.9
    train = data.overlaps.tb(data.overlaps.select("train"))[:, 3]
    unturned = (source[:, :1] == train).all((2, 3)).any(1)
    turned = (source[:, :1].flip(-1) == train).all((2, 3)).any(1)
    assert (unturned ^ turned).all()  # a training patch, or its mirror image
    assert 0 < unturned.sum() < 16


def test_overlaps_are_drawn_by_their_weight(data, tmp_path):
    index = np.array(data.overlaps.index)
    train = data.overlaps.select("train")
    index["weight"] = 0.0
    index["weight"][train[:2]] = 3.0, 1.0
    everything = np.arange(len(index))
    info = replace(data.overlaps.info, conditions=())
    pack = write_pack(
        tmp_path / "weighted", info, data.overlaps.tb(everything).numpy(), index, target=data.overlaps.target(everything).numpy()
    )
    source, _ = UnpairedBatches(replace(data, overlaps=pack), CHANNELS, 400, 0, "cpu", paired=True).draw(1).overlap
    levels = source[:, 0].mean((1, 2))
    wanted = pack.tb(train[:2])[:, 3].mean((1, 2))
    assert ((levels - wanted[0]).abs() < 1e-3).float().mean().item() == pytest.approx(0.75, abs=0.07)
    assert ((levels - wanted[1]).abs() < 1e-3).float().mean().item() == pytest.approx(0.25, abs=0.07)
    index["weight"] = 0.0
    none = write_pack(tmp_path / "none", info, pack.tb(everything).numpy(), index, target=pack.target(everything).numpy())
    assert UnpairedBatches(replace(data, overlaps=none), CHANNELS, 4, 0, "cpu", paired=True).draw(1).overlap is None


def test_overlaps_only_where_asked_for_and_known(data):
    assert UnpairedBatches(data, CHANNELS, 4, 0, "cpu").draw(1).overlap is None
    assert UnpairedBatches(replace(data, overlaps=None), CHANNELS, 4, 0, "cpu", paired=True).draw(1).overlap is None


def test_strata_are_alike_only_if_asked_for(data):
    """Half of the toy world's patches have rain above 10 mm/h somewhere; by weight alone both domains draw their own share."""

    def heavy(stratified, pack, position):
        channels = data.source.channels, OUTPUTS
        sampler = UnpairedBatches(data, channels, 64, 0, "cpu", stratified=stratified).sampler
        drawn = sampler.draw(64, np.random.default_rng(0)).indices[position]
        return np.bincount(pack.index["stratum"][drawn], minlength=4)

    assert np.array_equal(heavy(True, data.source, 0), heavy(True, data.target, 1))
    assert not np.array_equal(heavy(False, data.source, 0), heavy(False, data.target, 1))
