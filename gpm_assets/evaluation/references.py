"""What retrievals are held against, and an overpass of it: references side by side on the pixels of one swath."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.strata import Scene, codes
from gpm_assets.swath import Swath

Image = NDArray[np.float32]

TRUTH, DPR, CMB, DRAIN_GMI = "truth", "DPR", "CMB", "DRAIN(GMI)"

REFERENCES: Mapping[str, str] = MappingProxyType(
    {
        TRUTH: "the simulated world's own rain and GMI's TB there, known in test months of a simulation alone",
        DPR: "2A-DPR rain near the surface at overlaps with GMI: decides where nothing is simulated",
        CMB: "2B-CMB rain at overlaps with GMI: shown only, for it uses GMI's TB",
        DRAIN_GMI: "what DRAIN makes of GMI's TB at overlaps, and these TB: how alike, not how right",
    }
)
"""Every reference and what it is."""
SHARED = " where "
"""Between the name of a reference and that of the rival to whose pixels it is restricted: `DPR where gprof_v07`."""


def base(reference: str) -> str:
    """The name of a reference without the rival to whose pixels it is restricted."""
    return reference.split(SHARED)[0]


@dataclass(frozen=True, eq=False)
class OnGmi:
    """GMI's own pixels (pixel,) of an overlap, where LATMOS' protocol compares: positions in degrees, times, the reference's
    `rain` and DRAIN's on GMI's TB, `gmi`, in mm/h."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    time: NDArray[np.datetime64]
    rain: Image
    gmi: Image


@dataclass(frozen=True, eq=False)
class Reference:
    """A reference on the pixels (scan, pixel) of a swath, NaN where unknown.

    `rain` in mm/h; `scene`, what strata are told from; `gmi`, what DRAIN makes of GMI's own TB at these pixels, against this rain
    (None where that is the reference); `tb` (scan, pixel, 13) GMI's channels in K, None where TB are not compared; `on_gmi` the
    same rain on GMI's pixels, at overlaps.
    """

    name: str
    rain: Image
    scene: Scene
    gmi: Retrieved | None = None
    tb: Image | None = None
    on_gmi: OnGmi | None = None

    def where(self, kept: NDArray[np.bool_]) -> Reference:
        """The reference at some pixels (scan, pixel), unknown elsewhere."""
        tb = None if self.tb is None else np.where(kept[..., None], self.tb, np.nan)
        return replace(self, rain=np.where(kept, self.rain, np.nan), tb=tb)

    def shared_with(self, rival: str, kept: NDArray[np.bool_]) -> Reference:
        """The rain of the reference at pixels (scan, pixel) where a rival retrieved some: a reference of its own name."""
        return replace(self.where(kept), name=f"{self.name}{SHARED}{rival}", tb=None, on_gmi=None)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Pixels (scan, pixel) with anything to be held against."""
        rain = np.isfinite(self.rain)
        return rain if self.tb is None else rain | np.any(np.isfinite(self.tb), axis=-1)

    @cached_property
    def codes(self) -> Mapping[str, NDArray[np.int8]]:
        """Codes (scan, pixel) of every stratum that does not depend on the retrieval."""
        return codes(self.scene)


@dataclass(frozen=True, eq=False)
class Overpass:
    """A swath and the references that are known at some of its pixels; `name` tells it from all others."""

    name: str
    swath: Swath
    references: tuple[Reference, ...]
    spacing_km: tuple[float, float] | None = None
    """Between scans and between pixels where these are the same all over the swath, as on the GMI-like sampling."""

    def comparable(self) -> Overpass:
        """Only pixels where the swath has every channel and GMI gave rain, without references that have no such pixel.

        Methods read different channels, whose swaths end at different pixels; only there they and GMI are compared. A channel
        that has no value anywhere is dead: who needs it retrieves nothing, and the others are compared without it.
        """
        valid = np.isfinite(self.swath.tb)
        alive = valid.any(axis=(0, 1))
        complete = np.logical_and(valid[..., alive].all(axis=-1), alive.any())
        kept = (one.where(complete if one.gmi is None else complete & np.isfinite(one.gmi.mean)) for one in self.references)
        return replace(self, references=tuple(one for one in kept if one.known.any()))

    @property
    def block(self) -> str:
        """UTC day of the first scan that is known, or of the swath where none is, as YYYY-MM-DD: what is drawn together."""
        scans = np.any([np.any(one.known, axis=1) for one in self.references] or [np.ones(self.swath.shape[0], bool)], axis=0)
        time = self.swath.time[~np.isnat(self.swath.time) & scans]
        return str(time[0].astype("datetime64[D]")) if len(time) else "unknown"
