"""The instrument table: one row a sensor. Adding a sensor is adding a row.

Sources, by column:
  channels, groups, pixels, scan period  headers of real PPS V07 1C granules
  footprints, NEDT                       GMI: instrument paper and MiRS; SSMIS: MiRS, GPROF-NN, Li 2026; ATMS: MiRS, Earthdata
  life, LTAN                             gpm_api's product catalogue; NavigationRecord of the first granules
  mean elements                          two-line elements of 2020-11-07 (GPM, before the boost) and 2024-06-17
                                        (others), drag set to zero
"""

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

Polarisation = Literal["V", "H", "QV", "QH"]


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

    @property
    def name(self) -> str:
        """Short name, unique within an instrument: `37V`, `183.31±3V`, `165.5QH`."""
        offset = f"±{self.sideband_ghz:g}" if self.sideband_ghz else ""
        return f"{self.frequency_ghz:g}{offset}{self.polarisation}"


@dataclass(frozen=True)
class SwathGroup:
    """Channels that share positions: one `Sx` group of a 1C file.

    `off_nadir_deg` is the cone angle of a conical scanner, the largest scan angle (pixel centre) of a cross-track one.
    `half_arc_deg` is the azimuth of the first and last pixel centre about the flight direction (conical only).
    """

    name: str
    pixels: int
    channels: tuple[Channel, ...]
    off_nadir_deg: float
    half_arc_deg: float = 0.0


@dataclass(frozen=True)
class MeanElements:
    """Mean orbital elements of one orbit era (SGP4, WGS72, drag zero): degrees, revolutions a day."""

    epoch: date
    inclination_deg: float
    eccentricity: float
    argument_of_perigee_deg: float
    mean_motion_rev_per_day: float
    raan_deg: float
    mean_anomaly_deg: float
    altitude_km: float
    ltan_hours: float | None = None
    """Local time of the ascending node; None where the orbit precesses and `raan_deg` is propagated instead."""
    revolution: int = 0
    """Number of the revolution at the epoch; granules are numbered by it."""


@dataclass(frozen=True)
class Instrument:
    """A sensor on a platform: everything that distinguishes it from another is here."""

    platform: str
    sensor: str
    norad: int
    scan: Literal["CONICAL", "CROSSTRACK"]
    groups: tuple[SwathGroup, ...]
    scan_period_s: float
    orbit: MeanElements
    first_day: date
    last_day: date | None
    algorithm: str
    calibration_table: str
    calibration_standard: str
    max_scans: int
    reference_group: str
    """The group whose positions define the GMI-like sampling: the one with the finest footprint."""
    edge_pixels: int = 0
    """GMI-like pixels beyond either end of the reference group, where another group looks farther out."""

    @property
    def name(self) -> str:
        """Partition key, e.g. `F16_SSMIS`."""
        return f"{self.platform}_{self.sensor}"

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """All channels, swath group by swath group, in file order."""
        return tuple(channel for group in self.groups for channel in group.channels)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of `channels`."""
        return tuple(channel.name for channel in self.channels)

    def group(self, name: str) -> SwathGroup:
        """The swath group of that name; raises RequestError."""
        for group in self.groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.groups)
        raise RequestError(f"{self.name} has no swath group {name!r}; it has {known}")

    def alive(self, month: str) -> bool:
        """Whether the sensor delivered data in any day of the month `YYYY-MM`; raises RequestError where it is none."""
        try:
            year, number = (int(part) for part in month.split("-"))
            first = date(year, number, 1)
        except ValueError:
            raise RequestError(f"{month!r} is no month; write it as YYYY-MM, e.g. 2019-07") from None
        after = date(year + number // 12, number % 12 + 1, 1)
        return self.first_day < after and (self.last_day is None or self.last_day >= first)

    @property
    def life(self) -> str:
        """The life as people write it: `2005-11-20 to today`."""
        return f"{self.first_day} to {self.last_day or 'today'}"

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
            distance = arc_radius * np.deg2rad(group.half_arc_deg) * position
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


_GMI_GROUPS = (
    SwathGroup(
        "S1",
        221,
        (
            Channel(10.65, "V", 32.1, 19.4, 0.96),
            Channel(10.65, "H", 32.1, 19.4, 0.96),
            Channel(18.7, "V", 18.1, 10.9, 0.84),
            Channel(18.7, "H", 18.1, 10.9, 0.84),
            Channel(23.8, "V", 16.0, 9.7, 1.05),
            Channel(36.64, "V", 15.6, 9.4, 0.65),
            Channel(36.64, "H", 15.6, 9.4, 0.65),
            Channel(89.0, "V", 7.2, 4.4, 0.57),
            Channel(89.0, "H", 7.2, 4.4, 0.57),
        ),
        off_nadir_deg=48.5,
        half_arc_deg=70.0,
    ),
    SwathGroup(
        "S2",
        221,
        (
            Channel(166.0, "V", 6.3, 4.1, 1.5),
            Channel(166.0, "H", 6.3, 4.1, 1.5),
            Channel(183.31, "V", 5.8, 3.8, 1.5, sideband_ghz=3.0),
            Channel(183.31, "V", 5.8, 3.8, 1.5, sideband_ghz=7.0),
        ),
        off_nadir_deg=45.36,
        half_arc_deg=70.0,
    ),
)

_SSMIS_GROUPS = (
    SwathGroup(
        "S1",
        90,
        (
            Channel(19.35, "V", 74.0, 45.0, 0.7),
            Channel(19.35, "H", 74.0, 45.0, 0.7),
            Channel(22.235, "V", 74.0, 45.0, 0.7),
        ),
        off_nadir_deg=45.35,  # real F16 looks with S1 1.2 scans ahead of S4
        half_arc_deg=71.2,
    ),
    SwathGroup(
        "S2",
        90,
        (Channel(37.0, "V", 44.2, 27.5, 0.5), Channel(37.0, "H", 44.2, 27.5, 0.5)),
        off_nadir_deg=44.9,
        half_arc_deg=71.2,
    ),
    SwathGroup(
        "S3",
        180,
        (
            Channel(150.0, "H", 14.0, 13.0, 0.88),
            Channel(183.31, "H", 14.0, 13.0, 1.25, sideband_ghz=1.0),
            Channel(183.31, "H", 14.0, 13.0, 1.0, sideband_ghz=3.0),
            Channel(183.31, "H", 14.0, 13.0, 1.2, sideband_ghz=6.6),
        ),
        off_nadir_deg=44.75,
        half_arc_deg=71.6,
    ),
    SwathGroup(
        "S4",
        180,
        (Channel(91.665, "V", 14.4, 13.1, 0.9), Channel(91.665, "H", 14.4, 13.1, 0.9)),
        off_nadir_deg=44.9,
        half_arc_deg=71.6,
    ),
)

_ATMS_GROUPS = (
    SwathGroup("S1", 96, (Channel(23.8, "QV", 75.0, 75.0, 0.9),), off_nadir_deg=52.725),
    SwathGroup("S2", 96, (Channel(31.4, "QV", 75.0, 75.0, 0.9),), off_nadir_deg=52.725),
    SwathGroup("S3", 96, (Channel(88.2, "QV", 32.0, 32.0, 0.5),), off_nadir_deg=52.725),
    SwathGroup(
        "S4",
        96,
        (
            Channel(165.5, "QH", 16.0, 16.0, 0.6),
            Channel(183.31, "QH", 16.0, 16.0, 0.8, sideband_ghz=7.0),
            Channel(183.31, "QH", 16.0, 16.0, 0.8, sideband_ghz=4.5),
            Channel(183.31, "QH", 16.0, 16.0, 0.8, sideband_ghz=3.0),
            Channel(183.31, "QH", 16.0, 16.0, 0.8, sideband_ghz=1.8),
            Channel(183.31, "QH", 16.0, 16.0, 0.9, sideband_ghz=1.0),
        ),
        off_nadir_deg=52.725,
    ),
)


def _ssmis(platform: str, norad: int, orbit: MeanElements, first_day: date) -> Instrument:
    return Instrument(
        platform=platform,
        sensor="SSMIS",
        norad=norad,
        scan="CONICAL",
        groups=_SSMIS_GROUPS,
        scan_period_s=1.904,
        orbit=orbit,
        first_day=first_day,
        last_day=None,
        algorithm="XCAL2021-V",
        calibration_table=f"1C.DMSP-{platform}.SSMIS.XCAL2021-V.tbl",
        calibration_standard="GPM GMI V05 Tb",
        max_scans=4000,
        reference_group="S4",
        edge_pixels=17,  # real F16: S1 reaches 6.9 pixels (88 km) beyond S4 on one side, 3.3 on the other
    )


_ROWS = (
    Instrument(
        platform="GPM",
        sensor="GMI",
        norad=39574,
        scan="CONICAL",
        groups=_GMI_GROUPS,
        scan_period_s=1.875,
        orbit=MeanElements(
            date(2020, 11, 7), 65.0076, 0.0010842, 281.7979, 15.55503858, 24.2122, 78.1951, altitude_km=407.0, revolution=38033
        ),
        first_day=date(2014, 3, 4),
        last_day=None,
        algorithm="XCAL2016-C",
        calibration_table="1C.GPM.GMI.XCAL2016-C.tbl",
        calibration_standard="GPM GMI V05 Tb",
        max_scans=3100,
        reference_group="S1",
    ),
    _ssmis(
        "F16",
        28054,
        MeanElements(
            date(2024, 6, 17),
            99.0199,
            0.0008260,
            55.9567,
            14.14038707,
            176.4030,
            4.7973,
            altitude_km=846.0,
            ltan_hours=17.98,
            revolution=106640,
        ),
        date(2005, 11, 20),
    ),
    _ssmis(
        "F18",
        35951,
        MeanElements(
            date(2024, 6, 17),
            98.8134,
            0.0011446,
            158.8452,
            14.14139653,
            145.2407,
            201.3197,
            altitude_km=845.0,
            ltan_hours=15.91,
            revolution=75648,
        ),
        date(2010, 3, 8),
    ),
    Instrument(
        platform="NOAA20",
        sensor="ATMS",
        norad=43013,
        scan="CROSSTRACK",
        groups=_ATMS_GROUPS,
        scan_period_s=8 / 3,
        orbit=MeanElements(
            date(2024, 6, 17),
            98.7065,
            0.0000956,
            138.6960,
            14.19597428,
            107.8155,
            221.4288,
            altitude_km=827.0,
            ltan_hours=13.41,
            revolution=34100,
        ),
        first_day=date(2017, 11, 29),
        last_day=None,
        algorithm="XCAL2019-V",
        calibration_table="1C.NOAA-20.ATMS.XCAL2018-V.tbl",
        calibration_standard="GPM GMI V05 Tb",
        max_scans=2316,
        reference_group="S4",
    ),
)

INSTRUMENTS: dict[str, Instrument] = {row.name: row for row in _ROWS}
"""Every known sensor by its name."""

REFERENCE = "GPM_GMI"
"""The sensor whose domain everything is translated into."""


def instrument(name: str) -> Instrument:
    """The row of a sensor; raises RequestError that names the known ones."""
    try:
        return INSTRUMENTS[name]
    except KeyError:
        raise RequestError(f"unknown sensor {name!r}; known sensors are {', '.join(INSTRUMENTS)}") from None


def living(month: str) -> tuple[str, ...]:
    """Names of the sensors that deliver data in the month `YYYY-MM`."""
    return tuple(name for name, row in INSTRUMENTS.items() if row.alive(month))
