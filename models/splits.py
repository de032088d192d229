"""Which overpass trains and which validates: the table that every pack carries, and what must not be in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import PackError

SPLITS = ("train", "validation")
_FILE = "splits.json"


@dataclass(frozen=True)
class SplitRow:
    """A row of the table: so many patches (or pairs) of an overpass lie in a month and a split."""

    overpass: str
    month: str
    split: str
    patches: int


def split_table(index: NDArray[np.void]) -> list[SplitRow]:
    """The table of the index of a pack or pair table: a row for every granule, month and split."""
    month = index["time"].astype("datetime64[M]").astype(str)
    keys, counts = np.unique(np.stack([index["granule"], month, index["split"]], axis=1), axis=0, return_counts=True)
    return [
        SplitRow(str(overpass), str(month), str(split), int(count))
        for (overpass, month, split), count in zip(keys, counts, strict=True)
    ]


def torn(rows: Iterable[SplitRow]) -> list[str]:
    """Overpasses and months that stand in more than one split, in words; none where training and validation are apart."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for name in (f"overpass {row.overpass}", f"month {row.month}"):
            found.setdefault(name, set()).add(row.split)
    return [f"{name} stands in {' and '.join(sorted(splits))}" for name, splits in found.items() if len(splits) > 1]


def write_splits(folder: Path, index: NDArray[np.void]) -> None:
    """Write the table beside an index."""
    rows = [asdict(row) for row in split_table(index)]
    (folder / _FILE).write_text(json.dumps(rows, indent=1) + "\n")


def read_splits(folder: Path) -> list[SplitRow]:
    """The table that a pack or pair table carries; raises PackError where it has none."""
    try:
        return [SplitRow(**row) for row in json.loads((folder / _FILE).read_text())]
    except FileNotFoundError:
        raise PackError(f"{folder} has no {_FILE}: write the pack again") from None
