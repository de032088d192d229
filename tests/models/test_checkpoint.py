import json
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from models import checkpoint
from models.channels import ChannelDescription
from models.errors import CheckpointError
from models.retrievals.base import Retrieval
from models.retrievals.drain import Drain, DrainConfig
from models.retrievals.drain_dit import DrainDit, DrainDitConfig
from models.translators.base import Translator
from models.translators.corrected_resnet import CorrectedResNet, CorrectedResNetConfig
from models.translators.linear import Linear, LinearConfig
from models.translators.nearest import identity
from models.translators.pixel_mlp import PixelMlpConfig, PixelMlpTranslator
from models.translators.quantile_mapping import QuantileMapping, QuantileMappingConfig
from models.translators.uvcgan import UvcGan, UvcGanConfig

DESCRIBED = ChannelDescription(89.0, 0.0, 1.0, 52.8, 7.2, 4.4), ChannelDescription(89.0, 0.0, 0.0, 52.8, 7.2, 4.4)
MODELS = {
    "drain": lambda: Drain(DrainConfig(("89V", "89H"), DESCRIBED, (4, 6), wet_probability=0.37)),
    "drain_dit": lambda: DrainDit(DrainDitConfig(("89V", "89H"), depth=1, width=16, heads=2, overlap=4)),
    "nearest": lambda: identity(("89V", "89H")),
    "linear": lambda: Linear(LinearConfig(("37V", "37H", "19V"), ("36.64V",))),
    "pixel_mlp_translator": lambda: PixelMlpTranslator(PixelMlpConfig(("37V", "37H"), ("36.64V",), ("latitude",), (4, 6))),
    "quantiles": lambda: QuantileMapping(QuantileMappingConfig(("37V",), ("36.64V",), ("37V",), 5)),
    "resnet": lambda: CorrectedResNet(CorrectedResNetConfig(("37V", "37H", "19V"), ("36.64V", "36.64H"), 4, 1, 1, "channel", 8)),
    "instance norm": lambda: CorrectedResNet(CorrectedResNetConfig(("37V", "37H"), ("36.64V",), 4, 1, 1, "instance", 8)),
    "uvcgan": lambda: UvcGan(UvcGanConfig(("37V", "37H", "19V"), ("36.64V", "36.64H"), 4, 1, 1, 4)),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_round_trip_is_exact(make, folder):
    model = make()
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(-1, 1)
    checkpoint.save(model, folder, card="# A card")
    loaded = checkpoint.load(folder)
    assert type(loaded) is type(model)
    assert loaded.config == model.config
    assert not loaded.training
    assert all(torch.equal(loaded.state_dict()[name], value) for name, value in model.state_dict().items())
    x = 200 + 50 * torch.rand(1, len(model.reads if hasattr(model, "reads") else model.channels), 9, 11)
    one, other = (
        each.eval().translate(x) if hasattr(each, "translate") else each.predict(x).quantiles for each in (model, loaded)
    )
    assert torch.equal(one, other)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "config.json", "model.safetensors"]


def test_every_kind_has_a_name_of_its_own():
    """A kind is found by its name: two of one name would load each other's weights."""
    kinds = [each.kind for each in (*_below(Translator), *_below(Retrieval)) if hasattr(each, "kind")]
    assert sorted(kinds) == sorted(checkpoint.KINDS)


def _below(base):
    for each in base.__subclasses__():
        if each.__module__.startswith("models."):
            yield each
            yield from _below(each)


def test_refuses_what_is_not_ours(folder):
    with pytest.raises(CheckpointError, match="Linear cannot be saved; known kinds are drain"):
        checkpoint.save(nn.Linear(1, 1), folder)
    assert not folder.exists()
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        checkpoint.load(folder)


def test_never_unpickles(folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    checkpoint.save(identity(("89V",)), folder)
    (folder / "model.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        checkpoint.load(folder)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "oracle"}, "kind 'oracle' in format 1; known kinds are drain, .*nearest_channel"),
        ({"format": 9}, "in format 9"),
        ({"config": {"inputs": ["89V"]}}, "configuration has"),
        ({"config": {"inputs": ["89V"], "outputs": ["89V", "89H"]}}, "weights do not fit"),
    ],
)
def test_names_what_does_not_fit(change, message, folder):
    checkpoint.save(Linear(LinearConfig(("89V",), ("89V",))), folder)
    content = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(content | change))
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load(folder)


def test_trained_network_survives(gmi_pack, drain_config, folder):
    drain = Drain(drain_config)
    drain.normalisation.fit(gmi_pack.tb(np.arange(20)))
    checkpoint.save(drain, folder)
    tb = gmi_pack.tb(np.arange(2))
    assert torch.equal(checkpoint.load(folder).predict(tb).mean, drain.eval().predict(tb).mean)
