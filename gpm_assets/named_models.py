"""Models that a command is given by name: a registered version, or the folder of a checkpoint."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from torch import nn

from gpm_assets import provenance
from gpm_assets.errors import RequestError
from gpm_assets.registry import CHAMPION, Registry, Version, translator_name
from models import checkpoint
from models.errors import CheckpointError

UNKNOWN_WORLD = "unknown"
"""World of a folder that is not part of an artefact: a checkpoint alone does not tell."""
_URI = re.compile(rf"models:/(?P<name>[^/@]+)(?:@{CHAMPION}|/(?P<version>\d+))")
_SQLITE = "sqlite:///"

Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True, eq=False)
class NamedModel(Generic[Model]):
    """A model in evaluation mode, what it is called, and the world it was trained in: `simulated`, `real` or `unknown`."""

    model: Model
    name: str
    world: str


def load(where: str, kind: type[Model], registry: Registry) -> NamedModel[Model]:
    """The model at `models:/NAME@champion`, `models:/NAME/VERSION`, or in a folder.

    Raises RequestError where there is none, or where it is of another kind than wanted.
    """
    if where.startswith("models:"):
        version = _version(where, registry)
        found = NamedModel(registry.load(version), version.uri, version.tags.get("world", UNKNOWN_WORLD))
    else:
        found = _in_folder(Path(where))
    if not isinstance(found.model, kind):
        raise RequestError(f"{where} holds a {found.model.kind}, a {kind.__name__} is needed; name another model")
    return NamedModel(found.model, found.name, found.world)


def require_for(named: NamedModel[Model], sensor: str) -> None:
    """Raises RequestError where a registered translator is another sensor's; a folder does not tell."""
    match = _URI.fullmatch(named.name)
    if match and match["name"] != (wanted := translator_name(sensor)):
        raise RequestError(f"{named.name} does not translate {sensor}; {wanted} does")


def _version(uri: str, registry: Registry) -> Version:
    match = _URI.fullmatch(uri)
    if match is None:
        raise RequestError(f"{uri} names no model; models:/NAME@{CHAMPION}, models:/NAME/VERSION or a folder can be loaded")
    name, number = match["name"], match["version"]
    file = registry.uri.removeprefix(_SQLITE)
    if file != registry.uri and not Path(file).exists():  # MLflow would make an empty one
        raise RequestError(f"{uri}: there is no registry {registry.uri}; name a home that has one, or the folder of a checkpoint")
    if number is None:
        return registry.champion(name) or _absent(uri, registry, name)
    return next((one for one in registry.versions(name) if one.version == number), None) or _absent(uri, registry, name)


def _absent(uri: str, registry: Registry, name: str) -> Version:
    versions = ", ".join(one.version for one in registry.versions(name)) or "none"
    raise RequestError(
        f"{uri} is not in the registry {registry.uri} (versions of {name}: {versions}); train one, or name a folder"
    )


def _in_folder(folder: Path) -> NamedModel[nn.Module]:
    """A checkpoint and, where it lies in the folder of an artefact, the world of that artefact."""
    try:
        model = checkpoint.load(folder)
    except CheckpointError as error:
        raise RequestError(str(error)) from error
    artefact = provenance.read(folder.resolve().parent)
    return NamedModel(model, str(folder), artefact.recipe.world if artefact else UNKNOWN_WORLD)
