"""Promotion against a real registry: aliases of challenger and champion, and a champion of other patches that is judged again."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gpm_assets.assets import promotion
from gpm_assets.evaluation import table
from gpm_assets.registry import CHALLENGER, CHAMPION, Registry
from gpm_assets.settings import Home
from models import checkpoint
from models.packs import INDEX, PackInfo, write_pack
from models.retrievals.drain import Drain


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def registry(tmp_path):
    return Registry(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts")


@pytest.fixture
def drain(drain):
    """A DRAIN whose quantiles all but equal its mean."""
    sure = Drain(drain.config)
    sure.load_state_dict(drain.state_dict())
    with torch.no_grad():
        sure.head.line.weight[:-1] = 0
        sure.head.line.bias[0], sure.head.line.bias[1:-1] = 0, -12
    return sure.eval()


@pytest.fixture
def pack(tmp_path, drain):
    """Validation patches on which `drain` is right."""
    rng = np.random.default_rng(3)
    index = np.zeros(4, INDEX)
    index["granule"], index["split"], index["weight"] = list("aabb"), "validation", 1
    index["time"] = np.datetime64("2018-08-05")
    tb = (230 + 20 * rng.normal(size=(4, len(drain.channels), 16, 16))).round(2)
    with torch.no_grad():
        rain = drain.predict(torch.from_numpy(tb).float()).mean.numpy()
    return write_pack(tmp_path / "pack", PackInfo("GPM_GMI", "simulated", drain.channels), tb, index, rain)


@pytest.fixture
def register(home, registry, pack, tmp_path):
    """A drain of a seed in the registry, and the folder with its validation scores."""

    def make(model, seed):
        folder = tmp_path / f"made-{seed}"
        checkpoint.save(model, folder / "checkpoint")
        tags = {"method": "drain", "seed": str(seed), "world": "simulated"}
        with registry.run("drain_retrieval", "run", tags=tags, parameters={}) as curve:
            version = registry.register("drain", curve.run_id, folder / "checkpoint", channels=4, tags=tags)
        scores = promotion.validate(home, model, pack, "drain", int(version.version), seed)
        table.write(scores, folder / promotion.VALIDATION)
        return version, folder

    return make


def worse(model):
    """The same network with far too much rain."""
    other = Drain(model.config)
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        other.head.line.bias.add_(2.0)
    return other.eval()


def test_the_better_version_serves_and_the_newest_challenges(home, registry, pack, register, drain):
    bad, bad_folder = register(worse(drain), 0)
    assert "does not become champion" in promotion.promote(home, registry, "drain", [bad], [bad_folder], pack)
    assert registry.champion("drain") is None
    good, good_folder = register(drain, 1)
    assert f"{good.uri} is champion" in promotion.promote(home, registry, "drain", [good], [good_folder], pack)
    again = promotion.promote(home, registry, "drain", [bad], [bad_folder], pack)
    assert "does not become champion" in again
    aliases = {alias: str(registry.client.get_model_version_by_alias("drain", alias).version) for alias in (CHAMPION, CHALLENGER)}
    assert aliases == {CHAMPION: good.version, CHALLENGER: bad.version}


def test_a_champion_is_judged_on_the_challengers_patches(home, registry, pack, register, drain):
    champion, folder = register(drain, 0)
    promotion.promote(home, registry, "drain", [champion], [folder], pack)
    (folder / promotion.VALIDATION).unlink()  # what it scored on other patches is not looked at
    same, same_folder = register(drain, 1)
    assert "does not beat version 1" in promotion.promote(home, registry, "drain", [same], [same_folder], pack)


def test_a_champion_that_cannot_be_opened_any_more_gives_way(home, registry, pack, register, drain):
    old, folder = register(drain, 0)
    promotion.promote(home, registry, "drain", [old], [folder], pack)
    file = registry.checkpoint(old) / "config.json"
    file.write_text(file.read_text().replace('"widths"', '"breadths"'))
    new, new_folder = register(drain, 1)
    assert f"{new.uri} is champion" in promotion.promote(home, registry, "drain", [new], [new_folder], pack)


def test_without_validation_patches_the_first_serves(home, registry, pack, register, drain):
    version, folder = register(drain, 0)
    index = pack.index.copy()
    index["split"] = "train"
    empty = replace(pack, index=index)
    table.write(promotion.validate(home, drain, empty, "drain", 1, 0), folder / promotion.VALIDATION)
    assert "nothing was compared" in promotion.promote(home, registry, "drain", [version], [folder], empty)
    assert registry.champion("drain").version == version.version
