import pytest

from gpm_assets import provenance
from gpm_assets.errors import RequestError
from gpm_assets.named_models import load
from gpm_assets.provenance import Recipe
from gpm_assets.registry import Registry, translator_name
from models import checkpoint
from models.retrievals.drain import Drain
from models.translators.base import OUTPUTS, Translator
from models.translators.nearest import NearestChannel, NearestConfig

NAME = translator_name("F18_SSMIS")
INPUTS = ("37V", "37H", "91.665V", "91.665H")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("models") / "raw"
    checkpoint.save(NearestChannel(NearestConfig(INPUTS, OUTPUTS, INPUTS)), made)
    return made


@pytest.fixture(scope="module")
def registry(folder, tmp_path_factory):
    """A registry with two versions, the first of them champion."""
    root = tmp_path_factory.mktemp("registry")
    registry = Registry(f"sqlite:///{root / 'mlflow.db'}", root / "artifacts")
    for seed in (0, 1):
        tags = {"method": "raw", "seed": str(seed), "world": "simulated", "fingerprint": str(seed)}
        with registry.run("translation", f"raw {seed}", tags={}, parameters={}) as curve:
            registry.register(NAME, curve.run_id, folder, channels=4, tags=tags)
    registry.crown(registry.versions(NAME)[0])
    return registry


@pytest.mark.parametrize(("where", "version"), [(f"models:/{NAME}@champion", "1"), (f"models:/{NAME}/2", "2")])
def test_a_registered_version_comes_with_its_number_and_world(registry, where, version):
    found = load(where, Translator, registry)
    assert (found.name, found.world, found.model.inputs) == (f"models:/{NAME}/{version}", "simulated", INPUTS)
    assert not found.model.training


def test_the_world_of_a_folder_is_that_of_its_artefact_or_unknown(folder, registry, tmp_path):
    assert load(str(folder), Translator, registry).world == "unknown"
    recipe = Recipe("translator", "seed 0", "simulated", {}, {}, "code")

    def make(work):
        checkpoint.save(NearestChannel(NearestConfig(INPUTS, OUTPUTS, INPUTS)), work / "checkpoint")
        return {}

    provenance.build(tmp_path / "artefact", recipe, make)
    found = load(str(tmp_path / "artefact" / "checkpoint"), Translator, registry)
    assert (found.world, found.name) == ("simulated", str(tmp_path / "artefact" / "checkpoint"))


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (f"models:/{NAME}/3", r"models:/translator-F18_SSMIS/3 is not in the registry .*versions of .*: 1, 2"),
        ("models:/translator-F99@champion", r"is not in the registry .*versions of translator-F99: none"),
        ("models:/drain", "names no model; models:/NAME@champion, models:/NAME/VERSION or a folder"),
        ("nowhere", "nowhere is no checkpoint: config.json and model.safetensors are needed"),
    ],
)
def test_what_cannot_be_found_is_told(registry, where, words):
    with pytest.raises(RequestError, match=words):
        load(where, Translator, registry)


def test_a_model_of_another_kind_is_refused(registry, folder):
    with pytest.raises(RequestError, match=r"holds a nearest_channel, a Drain is needed"):
        load(str(folder), Drain, registry)
