"""The rain proxy that strata are cut by: DRAIN on GMI's TB, or on a partner's linearly translated ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from gpm_assets.inference.retrieval import retrieve
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from models.retrievals.base import Retrieval
    from models.translators.linear import Linear


def rain_proxy(drain: Retrieval, swath: Swath, lift: Linear | None = None) -> NDArray[np.float32]:
    """DRAIN's mean rain (scan, pixel) in mm/h on a swath's TB, linearly translated where there is a `lift`; NaN where missing."""
    return retrieve(drain, *lifted(swath, lift)).mean_mm_h


def lifted(swath: Swath, lift: Linear | None = None) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """TB (scan, pixel, channel) in K that the proxy is read from, and GMI's channels that they stand for."""
    if lift is None:
        return swath.tb, swath.channels
    tb = torch.from_numpy(np.ascontiguousarray(np.moveaxis(swath.tb, -1, 0)))[None]
    return np.moveaxis(lift.translate(tb)[0].numpy(), 0, -1), lift.outputs


class ProxyStore:
    """Proxies of granules in a folder: overlaps and patches ask for the same ones, and a mission does not fit in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def get(self, granule: str, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        """The proxy of a granule, made when it is asked for first."""
        path = self.folder / f"{hashlib.sha256(granule.encode()).hexdigest()[:16]}.npy"
        if not path.exists():
            np.save(path, make())
        found: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return found

    def clear(self) -> None:
        """Leave nothing behind."""
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()
