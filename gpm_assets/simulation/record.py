"""The record of a sample's folder: its nature, and what every file in it follows from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gpm_assets.errors import RequestError
from gpm_assets.simulation.nature import Nature

NAME = "simulated.json"


@dataclass(frozen=True)
class Made:
    """One file: path below the folder, what it follows from, its size in bytes, and what is in it.

    `valid_fraction`: share of TB, or of the radar's rays, that are there. `rain_fraction`: share of those pixels with at least
    0.1 mm/h, in the truth or as the radar sees it; None where the file does not tell.
    """

    file: str
    key: str
    size: int
    valid_fraction: float
    rain_fraction: float | None = None
    kept: bool = field(default=False, compare=False)


@dataclass
class Record:
    """Files of a folder by their path in it; written anew, atomically, whenever some are added."""

    folder: Path
    nature: Nature
    files: dict[str, Made]

    @classmethod
    def of(cls, folder: Path, nature: Nature) -> Record:
        """The record of a folder that may be new; raises RequestError where it is another nature's or damaged."""
        path = folder / NAME
        if not path.exists():
            return cls(folder, nature, {})
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            before = Nature(content["seed"], content["world"])
            files = {row["file"]: Made(**row) for row in content["files"]}
        except (ValueError, KeyError, TypeError) as error:
            raise RequestError(
                f"{path} is damaged ({error}): use another folder, or remove that file and all are made again"
            ) from error
        if before != nature:
            raise RequestError(
                f"{folder} holds files of world {before.world}, seed {before.seed}; those of world {nature.world}, "
                f"seed {nature.seed} have the same names: use another folder"
            )
        return cls(folder, nature, files)

    def holds(self, file: str, key: str) -> Made | None:
        """The file that is there with that key and its size, as kept; None where it must be made."""
        known = self.files.get(file)
        path = self.folder / file
        if known is None or known.key != key or not path.is_file() or path.stat().st_size != known.size:
            return None
        return replace(known, kept=True)

    def add(self, made: Iterable[Made]) -> None:
        """Add files, replacing those of the same path."""
        self.files |= {one.file: one for one in made}
        self._write()

    def restore(self, files: dict[str, Made]) -> None:
        """Go back to other files; without any there is no record."""
        self.files = files
        if files:
            self._write()
        else:
            (self.folder / NAME).unlink(missing_ok=True)

    def _write(self) -> None:
        rows = [_row(self.files[file]) for file in sorted(self.files)]
        content = {"seed": self.nature.seed, "world": self.nature.world, "files": rows}
        temporary = self.folder / f".{NAME}.{os.getpid()}"
        try:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            temporary.replace(self.folder / NAME)
        finally:
            temporary.unlink(missing_ok=True)


def _row(made: Made) -> dict[str, Any]:
    row = asdict(made)
    del row["kept"]
    return row
