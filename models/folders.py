"""Folders that appear complete or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A temporary sibling to write into; it takes the place of `folder` on success and vanishes on an exception.

    An older folder of that name is moved aside first and removed last: a rename cannot replace a folder with content.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    written, aside = scratch / "new", scratch / "old"
    written.mkdir()
    try:
        yield written
        if folder.exists():
            folder.replace(aside)
        written.replace(folder)
    finally:
        shutil.rmtree(scratch)
