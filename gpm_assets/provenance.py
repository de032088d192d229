"""Provenance: what an artefact was made of, compared before it is used or made again.

A `Recipe` names inputs (content hashes), configuration and code (hash of the sources that the core function imports). An artefact
folder holds `manifest.json` with its recipe and the hash of its content. The same recipe is never computed twice.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gpm_assets.errors import ProvenanceError

MANIFEST = "manifest.json"
PACKAGES = ("gpm_assets", "models")


@dataclass(frozen=True)
class Recipe:
    """What an artefact follows from; equal fingerprints mean an equal artefact."""

    asset: str
    partition: str
    world: str
    inputs: Mapping[str, str]
    config: Mapping[str, Any]
    code: str

    @property
    def fingerprint(self) -> str:
        """Hash of the whole recipe."""
        return digest(asdict(self))


@dataclass(frozen=True)
class Artefact:
    """A finished artefact: its folder, what it was made of, the hash of its content, and what its asset page shows."""

    folder: Path
    recipe: Recipe
    content: str
    metadata: dict[str, Any]
    reused: bool = False


def digest(value: Any) -> str:
    """Hash of plain data (16 hex digits), independent of the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def read(folder: Path) -> Artefact | None:
    """The finished artefact in a folder, or None where there is none."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    data = json.loads(path.read_text())
    return Artefact(folder, Recipe(**data["recipe"]), data["content"], data["metadata"], reused=True)


def require(folder: Path, *, world: str) -> Artefact:
    """The finished artefact in a folder; raises ProvenanceError where it is missing or belongs to another world."""
    artefact = read(folder)
    if artefact is None:
        raise ProvenanceError(f"{folder} is not there yet: materialise {folder.parts[-2]} first")
    if artefact.recipe.world != world:
        raise ProvenanceError(
            f"{folder} belongs to the {artefact.recipe.world} world, this home is {world}; use another GPM_ASSETS_HOME"
        )
    return artefact


def current(folder: Path, recipe: Recipe) -> bool:
    """Whether the folder holds exactly what the recipe would make."""
    artefact = read(folder)
    return artefact is not None and artefact.recipe.fingerprint == recipe.fingerprint


def build(folder: Path, recipe: Recipe, make: Callable[[Path], dict[str, Any]]) -> Artefact:
    """Make an artefact aside and put it in place, or return the one that is there when the recipe matches.

    `make(work)` fills the empty folder `work` and returns plain metadata; it may read the old version in `folder`. A failure
    leaves the old version as it was. Raises ProvenanceError when the folder belongs to another world.
    """
    existing = read(folder)
    if existing and existing.recipe.world != recipe.world:
        raise ProvenanceError(f"{folder} holds {existing.recipe.world} data, refused to write {recipe.world}: use another home")
    if existing and existing.recipe.fingerprint == recipe.fingerprint:
        return existing
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        metadata = json.loads(json.dumps(make(work), default=str))
        content = hash_folder(work)
        manifest = {"recipe": asdict(recipe), "content": content, "metadata": metadata}
        (work / MANIFEST).write_text(json.dumps(manifest, indent=1))
        _replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Artefact(folder, recipe, content, metadata)


def record(folder: Path, recipe: Recipe, content: str, metadata: dict[str, Any]) -> Artefact:
    """Record an artefact that its own writer has put in place piece by piece (landed granules), atomically and last."""
    metadata = json.loads(json.dumps(metadata, default=str))
    temporary = folder / f".{MANIFEST}.{os.getpid()}"
    temporary.write_text(json.dumps({"recipe": asdict(recipe), "content": content, "metadata": metadata}, indent=1))
    temporary.replace(folder / MANIFEST)
    return Artefact(folder, recipe, content, metadata)


def _replace(work: Path, folder: Path) -> None:
    """Put `work` at `folder`; the old version leaves by one rename and is removed after."""
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        folder.replace(old / "was")
        work.replace(folder)
        shutil.rmtree(old)
    else:
        work.replace(folder)


def hash_folder(folder: Path) -> str:
    """Hash of all files below a folder: names and bytes (16 hex digits)."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST):
        total.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:16]


def code_hash(*modules: str) -> str:
    """Hash of the sources of modules and of everything of ours that they import, directly or not."""
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_imports(name))
    return digest({name: _source_hash(name) for name in sorted(seen)})


@cache
def _source(module: str) -> tuple[str, str] | None:
    """Path and text of one of our modules; None for anything else."""
    if module.split(".")[0] not in PACKAGES:
        return None
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    if spec is None or spec.origin is None:
        return None
    return spec.origin, Path(spec.origin).read_text()


def _source_hash(module: str) -> str:
    source = _source(module)
    return digest(source[1]) if source else ""


@cache
def _imports(module: str) -> tuple[str, ...]:
    source = _source(module)
    if source is None:
        return ()
    names: set[str] = set()
    for node in ast.walk(ast.parse(source[1])):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(sorted(name for name in names if _source(name)))
