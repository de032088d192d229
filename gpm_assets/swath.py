"""`Swath`: brightness temperatures on scans and pixels, the noun that every stage exchanges."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GpmAssetsError


@dataclass(frozen=True, eq=False)
class Swath:
    """Brightness temperatures of one swath group, or of a co-registered instrument.

    Shapes: `tb` (scan, pixel, channel) float32 in K, NaN where missing; `latitude`, `longitude` (scan, pixel) float64 in
    degrees, NaN where missing; `time` (scan,) datetime64[ms] UTC, NaT where missing; `incidence` (scan, pixel, channel)
    float32 in degrees, NaN where missing, signed as the file has it; `quality` (scan, pixel) int8, the file's own codes
    (0 good, positive warnings, negative errors, -99 fill).
    `channels` names the last axis of `tb` (`Channel.name`), `granule` is the identity of the file it came from.
    Raises GpmAssetsError when shapes disagree or a position is out of range.
    """

    sensor: str
    channels: tuple[str, ...]
    tb: NDArray[np.float32]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    time: NDArray[np.datetime64]
    incidence: NDArray[np.float32]
    quality: NDArray[np.int8]
    granule: str = ""
    group: str = ""
    aft: bool = False
    """Whether the sensor looked backwards (spacecraft yawed by 180 degrees)."""
    support: NDArray[np.float32] | None = None
    """After co-registration: share of the interpolation weights that fell on valid native pixels (scan, pixel, channel)."""
    counts: dict[str, int] = field(default_factory=dict)
    """What was masked and why, in pixels (reason to number)."""

    def __post_init__(self) -> None:
        scans, pixels = self.shape
        expected = {
            "tb": (scans, pixels, len(self.channels)),
            "longitude": (scans, pixels),
            "time": (scans,),
            "incidence": (scans, pixels, len(self.channels)),
            "quality": (scans, pixels),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise GpmAssetsError(
                    f"swath of {self.granule or self.sensor}: {name} has shape {getattr(self, name).shape}, expected {shape}"
                )
        if len(set(self.channels)) != len(self.channels):
            raise GpmAssetsError(f"swath of {self.granule or self.sensor}: channels repeat in {self.channels}")
        for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
            values = getattr(self, name)
            if np.any(np.abs(values) > limit):
                raise GpmAssetsError(f"swath of {self.granule or self.sensor}: {name} outside ±{limit:g} degrees")

    @property
    def shape(self) -> tuple[int, int]:
        """Number of scans and pixels."""
        scans, pixels = self.latitude.shape
        return scans, pixels

    def channel(self, name: str) -> NDArray[np.float32]:
        """TB (scan, pixel) in K of one channel; raises GpmAssetsError that names the known ones."""
        if name not in self.channels:
            raise GpmAssetsError(f"swath of {self.sensor} has no channel {name!r}; it has {', '.join(self.channels)}")
        return self.tb[:, :, self.channels.index(name)]

    def rows(self, kept: slice) -> Swath:
        """The swath of some scans."""
        arrays = ("tb", "latitude", "longitude", "time", "incidence", "quality")
        support = None if self.support is None else self.support[kept]
        return replace(self, **{name: getattr(self, name)[kept] for name in arrays}, support=support)

    @property
    def valid_fraction(self) -> float:
        """Share of (scan, pixel, channel) with a finite TB."""
        return float(np.isfinite(self.tb).mean()) if self.tb.size else 0.0
