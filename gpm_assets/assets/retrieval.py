"""Who retrieves: the DRAIN that products, scores and rain proxies use, from this home's registry or one that settings name."""

from typing import cast

from gpm_assets.registry import Registry, Version, retrieval_name
from gpm_assets.settings import Home
from models.retrievals.base import Retrieval

METHOD = "drain"
MODEL = retrieval_name(METHOD)
RETRIEVAL = f"{METHOD}_retrieval"
"""The asset that trains it."""


def models_of(home: Home, registry: Registry) -> tuple[Registry, str]:
    """Where the models lie that products and scores use, and their world: this home's own, or those that its settings name."""
    models = home.settings.models
    return (Registry(models.registry) if models.registry else registry), models.world or home.settings.world


def champion(home: Home, registry: Registry) -> Version:
    """The DRAIN that products and scores use."""
    owner, world = models_of(home, registry)
    return owner.required_champion(MODEL, world=world)


def teachers(home: Home, registry: Registry) -> list[Version]:
    """DRAINs of other seeds than the champion's: what a translator may learn rain from, for the champion judges it."""
    owner, world = models_of(home, registry)
    judge = champion(home, registry)
    return [one for one in owner.newest(MODEL, world=world) if one.version != judge.version]


def load(home: Home, registry: Registry, version: Version) -> Retrieval:
    """The model of a version, in evaluation mode."""
    owner, _ = models_of(home, registry)
    return cast("Retrieval", owner.load(version))


def load_champion(home: Home, registry: Registry) -> Retrieval:
    """The model of `champion`, in evaluation mode."""
    return load(home, registry, champion(home, registry))
