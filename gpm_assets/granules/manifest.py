"""The manifest of a landed month: which files, from which source and world, and what is wrong with the others."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gpm_assets.errors import RequestError

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Row:
    """One landed file. `path` is relative to the month's folder for files that lie there, absolute for files read in place."""

    file: str
    path: str
    key: str
    number: int | None
    start: datetime
    stop: datetime
    version: str
    size: int
    sha256: str
    valid_fraction: float
    counts: dict[str, int]


@dataclass(frozen=True)
class Quarantined:
    """A file that was offered and refused."""

    file: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """What a month of a product consists of; `folder` is where it lies and is not written."""

    source: str
    world: str
    product: str
    month: str
    folder: Path
    rows: tuple[Row, ...]
    quarantined: tuple[Quarantined, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The landed files in order of their start."""
        return tuple(self.folder / row.path for row in self.rows)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a month; raises RequestError where it is missing or damaged."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            source=content["source"],
            world=content["world"],
            product=content["product"],
            month=content["month"],
            folder=folder,
            rows=tuple(row_from_json(row) for row in content["rows"]),
            quarantined=tuple(Quarantined(**entry) for entry in content["quarantined"]),
        )
    except FileNotFoundError:
        raise RequestError(f"no granules have landed in {folder}: {MANIFEST} is missing; land the month first") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RequestError(f"{path} is damaged ({error}); delete it and land the month again") from error


def write_manifest(manifest: Manifest) -> None:
    """Write the manifest into its folder, atomically; nothing is touched where it is there already."""
    path = manifest.folder / MANIFEST
    content = {
        "source": manifest.source,
        "world": manifest.world,
        "product": manifest.product,
        "month": manifest.month,
        "rows": [row_to_json(row) for row in manifest.rows],
        "quarantined": [asdict(entry) for entry in manifest.quarantined],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def row_to_json(row: Row) -> dict[str, Any]:
    """A row with its times as text."""
    return asdict(row) | {"start": row.start.isoformat(), "stop": row.stop.isoformat()}


def row_from_json(content: Mapping[str, Any]) -> Row:
    """The inverse of `row_to_json`; raises ValueError, KeyError or TypeError for other content."""
    times = {name: datetime.fromisoformat(content[name]) for name in ("start", "stop")}
    return Row(**{**content, **times})
