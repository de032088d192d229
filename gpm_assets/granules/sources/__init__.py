"""Where granules come from: a source offers files, landing verifies them and writes the manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Offer:
    """One file that a source can give: read in place at `path`, or written by `make` to the path it is given.

    `key` says what the content will be (hash of content or plan): an offer with the key of a landed file is not made again.
    `make` must be picklable, for it may run in another process.
    """

    name: str
    key: str
    path: Path | None = None
    make: Callable[[Path], None] | None = None

    def __post_init__(self) -> None:
        if (self.path is None) == (self.make is None):
            raise ValueError(f"offer {self.name}: exactly one of path and make is needed")


class Source(Protocol):
    """A place that granules come from; `world` is `real`, or a simulated one."""

    @property
    def name(self) -> str:
        """Name that the manifest records."""
        ...

    @property
    def world(self) -> str:
        """`real`, `simulated`, or `simulated-B`."""
        ...

    def offers(self, product: str, month: str) -> Sequence[Offer]:
        """Files of a product (such as `F16_SSMIS`, `F16_SSMIS_GPROF`, `GPM_DPR`) that start in the month `YYYY-MM`."""
        ...
