"""The nouns of the constellation: channel, swath group, orbit, platform, radiometer, and the instrument, one on a platform."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import RequestError

GMI_SCAN_SPACING_KM = 13.5
"""Distance between GMI scans on the ground: 1.875 s at 7.2 km/s."""

Polarisation = Literal["V", "H", "QV", "QH", ""]
"""As files tell it, "" where they do not (SAPHIR). QV and QH are V and H at nadir; on cross-track scanners V and H turn too."""


@dataclass(frozen=True)
class Channel:
    """One radiometer channel; frequencies in GHz, footprint (at nadir for cross-track scanners) in km, NEDT in K.

    `along_km` is the half-power width along the direction of view, `cross_km` across it.
    """

    frequency_ghz: float
    polarisation: Polarisation
    along_km: float
    cross_km: float
    nedt_k: float
    sideband_ghz: float = 0.0
    scan: Literal["", "A", "B"] = ""
    """Which of two horns that scan one after the other (AMSR2 and AMSR-E at 89 GHz)."""
    incidence_offset_deg: float = 0.0
    """Incidence minus that of its group's positions: TMI's two feeds at 10.65 GHz share one position."""

    @property
    def name(self) -> str:
        """Short name, unique within an instrument: `37V`, `183.31±3V`, `165.5QH`, `89V-A`, `183.31±0.2`."""
        offset = f"±{self.sideband_ghz:g}" if self.sideband_ghz else ""
        return f"{self.frequency_ghz:g}{offset}{self.polarisation}" + (f"-{self.scan}" if self.scan else "")


@dataclass(frozen=True)
class SwathGroup:
    """Channels that share positions: one `Sx` group of a 1C file.

    `off_nadir_deg` is the cone angle of a conical scanner, the largest scan angle (pixel centre) of a cross-track one.
    `arc_deg` are the azimuths of the first and last pixel centre about the forward direction, positive to the left (conical
    only); cross-track scans run from left to right.
    """

    name: str
    pixels: int
    channels: tuple[Channel, ...]
    off_nadir_deg: float
    arc_deg: tuple[float, float] = (0.0, 0.0)
    scan_step: int = 1
    """The group takes every n-th scan of the instrument: 2 for the low frequencies of SSMI."""
    incidence_dimension: str = ""
    """Name of the dimension that counts incidence angles where it is another group's: AMSR2 writes nchUIA1 in S1 to S4."""


@dataclass(frozen=True)
class MeanElements:
    """Mean orbital elements of one orbit era (SGP4, WGS72, drag zero): degrees, revolutions a day; `epoch` in UTC."""

    since: date
    """First day of the era."""
    epoch: np.datetime64
    inclination_deg: float
    raan_deg: float
    argument_of_perigee_deg: float
    mean_anomaly_deg: float
    eccentricity: float
    mean_motion_rev_per_day: float
    revolution: int
    """Number of the granule at the epoch; those of the first era are counted by it."""
    altitude_km: float
    """Mean altitude above a sphere of 6371 km: what the sampling and nominal incidences are computed with."""


@dataclass(frozen=True)
class Platform:
    """A satellite: NORAD catalogue number, orbit eras in order of time, and how the names of calibration tables spell it.

    `local_times` (UTC, hours) are mean local times of the ascending node, between which and the elements' epochs its drift is
    linear. `nominal` is the era that the footprints of its instruments and their GMI-like sampling belong to. `yaws` tells
    whether it turns by 180 degrees as the sun changes sides.
    """

    norad: int
    spelled: str
    eras: tuple[MeanElements, ...]
    local_times: tuple[tuple[np.datetime64, float], ...] = ()
    nominal: int = 0
    yaws: bool = False


@dataclass(frozen=True)
class Life:
    """From the first day with data to the last; None: today."""

    first_day: date
    last_day: date | None

    def alive(self, month: str) -> bool:
        """Whether any day of the month `YYYY-MM` has data; raises RequestError where it is none."""
        try:
            year, number = (int(part) for part in month.split("-"))
            first = date(year, number, 1)
        except ValueError:
            raise RequestError(f"{month!r} is no month; write it as YYYY-MM, e.g. 2019-07") from None
        after = date(year + number // 12, number % 12 + 1, 1)
        return self.first_day < after and (self.last_day is None or self.last_day >= first)

    def __str__(self) -> str:
        """As people write it: `2005-11-20 to today`."""
        return f"{self.first_day} to {self.last_day or 'today'}"


@dataclass(frozen=True, kw_only=True)
class Radiometer:
    """A kind of radiometer, the same on every platform that carries it."""

    sensor: str
    scan: Literal["CONICAL", "CROSSTRACK"]
    groups: tuple[SwathGroup, ...]
    scan_period_s: float
    max_scans: int
    """MaximumNumberScansTotal of the swath headers."""
    reference_group: str
    """The group whose positions define the GMI-like sampling: the one with the finest footprint."""
    edge_pixels: int = 0
    """GMI-like pixels beyond either end of the reference group, where another group looks farther out."""
    incidence_sign: Literal[1, -1] = 1
    """Sign of the incidence at pixel 0 of a cross-track scanner: real files of MHS are negative there, of ATMS positive."""

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """All channels, swath group by swath group, in file order."""
        return tuple(channel for group in self.groups for channel in group.channels)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of `channels`."""
        return tuple(channel.name for channel in self.channels)


@dataclass(frozen=True, kw_only=True)
class Instrument(Radiometer):
    """A radiometer on a platform: everything that distinguishes it from another is here."""

    platform: str
    spacecraft: Platform
    first_day: date
    last_day: date | None
    algorithm: str
    """Token of the intercalibration in the names of its files, `XCAL2021-V`."""
    early_algorithm: str
    """The same in V05 and V06."""
    calibration_table: str
    calibration_standard: str

    @property
    def name(self) -> str:
        """Partition key, e.g. `F16_SSMIS`."""
        return f"{self.platform}_{self.sensor}"

    @property
    def orbit(self) -> MeanElements:
        """The nominal orbit, of sampling, footprints and truth; where the satellite is follows from its eras."""
        return self.spacecraft.eras[self.spacecraft.nominal]

    def group(self, name: str) -> SwathGroup:
        """The swath group of that name; raises RequestError."""
        for group in self.groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.groups)
        raise RequestError(f"{self.name} has no swath group {name!r}; it has {known}")

    def algorithm_of(self, version: str) -> str:
        """Token of the intercalibration in the names of files of a version such as `V07A`."""
        return self.early_algorithm if version.startswith(("V05", "V06")) else self.algorithm

    @property
    def life(self) -> Life:
        """The days with data."""
        return Life(self.first_day, self.last_day)

    def alive(self, month: str) -> bool:
        """Whether the sensor delivered data in any day of the month `YYYY-MM`; raises RequestError where it is none."""
        return self.life.alive(month)

    @property
    def scan_spacing_km(self) -> float:
        """Distance between scans on the ground at the sub-satellite point, from the circular orbit of the mean altitude."""
        radius = 6371.0 + self.orbit.altitude_km
        period = 86400.0 / self.orbit.mean_motion_rev_per_day
        return 2 * math.pi * radius / period * (6371.0 / radius) * self.scan_period_s

    def along_scan_km(self, group: SwathGroup) -> NDArray[np.float64]:
        """Ground distance (pixel,) in km of every pixel centre from the first, on a sphere at the mean altitude."""
        radius = (6371.0 + self.orbit.altitude_km) / 6371.0

        def central_angle(off_nadir_deg: NDArray[np.float64]) -> NDArray[np.float64]:
            off_nadir = np.deg2rad(off_nadir_deg)
            return np.arcsin(radius * np.sin(off_nadir)) - off_nadir

        position = np.linspace(-1.0, 1.0, group.pixels)
        if self.scan == "CONICAL":
            arc_radius = 6371.0 * np.sin(central_angle(np.array(group.off_nadir_deg)))
            distance = arc_radius * np.deg2rad(abs(group.arc_deg[1] - group.arc_deg[0]) / 2) * position
        else:
            distance = 6371.0 * central_angle(group.off_nadir_deg * position)
        return distance - distance[0]

    @property
    def rows_per_scan(self) -> Fraction:
        """Rows of the GMI-like sampling per native scan: the simplest ratio (denominator up to 4) near 13.5 km.

        A simple ratio repeats after a few scans and hits native scans exactly where native spacing is close to GMI's;
        every sensor in the table comes within 8 % of 13.5 km.
        """
        return Fraction(self.scan_spacing_km / GMI_SCAN_SPACING_KM).limit_denominator(4)
