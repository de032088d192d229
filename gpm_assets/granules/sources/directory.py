"""Granules that lie below a folder, found by their content whatever their names, and read in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gpm_assets.constellation.radar import RADAR_PRODUCTS
from gpm_assets.constellation.rival import GPROF, gprof_of
from gpm_assets.errors import GranuleError, RequestError
from gpm_assets.granules.hdf import has_signature
from gpm_assets.granules.identity import Granule, identify
from gpm_assets.granules.names import GranuleName, parse_name
from gpm_assets.granules.sources import Offer
from gpm_assets.granules.verification import product_of


@dataclass(frozen=True)
class DirectorySource:
    """Every granule below `root`, hidden files and folders aside.

    A file whose header cannot be read but whose name is a PPS name is offered too, so that landing quarantines it with the
    reason. Of several versions of a granule the highest is offered, of equal ones the largest file (subsets are smaller).
    Editions of GPROF are different retrievals, one beside the other.
    """

    root: Path
    name: str = "directory"
    world: str = "real"

    def offers(self, product: str, month: str) -> Sequence[Offer]:
        """Offers in order of start; raises RequestError where the folder does not exist."""
        if not self.root.is_dir():
            raise RequestError(f"source {self.name}: there is no folder {self.root}")
        best: dict[object, tuple[Granule, int]] = {}
        unreadable: list[Path] = []
        for path in _files(self.root):
            size = path.stat().st_size
            found = _identity(path, size, path.stat().st_mtime_ns)
            if found is None:
                unreadable += [path] if _named_for(path.name, product, month) else []
            elif product_of(found) == product and found.month == month:
                rival = best.get(_orbit(found))
                if rival is None or (rival[0].version, rival[1]) < (found.version, size):
                    best[_orbit(found)] = (found, size)
        readable = sorted((granule for granule, _ in best.values()), key=lambda granule: granule.start)
        return [_offer(path) for path in (*(granule.path for granule in readable), *unreadable)]


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts):
            yield path


@lru_cache(maxsize=100_000)
def _identity(path: Path, size: int, modified_ns: int) -> Granule | None:
    # Size and time of change belong to the cache's key: twelve months of one folder open every file once.
    del size, modified_ns
    if not has_signature(path):
        return None
    try:
        return identify(path)
    except GranuleError:
        return None  # landing meets the same error again and records it


def _named_for(name: str, product: str, month: str) -> bool:
    try:
        parsed = parse_name(name)
    except GranuleError:
        return False
    return _product_of_name(parsed) == product and parsed.month == month


def _product_of_name(name: GranuleName) -> str | None:
    """The product that a name tells: level 1C of a sensor, its 2A-GPROF, 2A-DPR or 2B-CMB, subsets (`2A-CS-...`) too."""
    if name.algorithm.startswith("GPROF"):
        return gprof_of(name.sensor_name) if name.level.startswith("2A") and "CLIM" not in name.level else None
    level = RADAR_PRODUCTS.get(name.sensor_name, "1C")[:2]
    return name.sensor_name if name.level.startswith(level) else None


def _orbit(granule: Granule) -> object:
    edition = granule.version[:3] if granule.product.startswith(GPROF) else ""
    return edition, granule.start if granule.number is None else granule.number


def _offer(path: Path) -> Offer:
    state = path.stat()
    return Offer(name=path.name, key=f"{state.st_size}-{state.st_mtime_ns}", path=path.resolve())
