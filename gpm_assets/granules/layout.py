"""The layout table of PPS 1C files, shared by reader and writer: datasets, types, dimensions, units and missing values.

Source: headers of real V07 granules; what other versions do differently is in `editions`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gpm_assets.constellation.instruments import SwathGroup
from gpm_assets.granules.editions import Edition


@dataclass(frozen=True)
class Field:
    """One dataset of a swath group: path below the group, NumPy type, dimension names, units ("" for none), missing value."""

    path: str
    dtype: str
    dimensions: tuple[str, ...]
    units: str
    fill: float

    @property
    def code(self) -> str:
        """The missing value as the attribute CodeMissingValue spells it: `-9999.9`, `-99`."""
        return f"{self.fill:g}"


SCAN_TIME = (
    Field("ScanTime/Year", "i2", ("nscan",), "years", -9999),
    Field("ScanTime/Month", "i1", ("nscan",), "months", -99),
    Field("ScanTime/DayOfMonth", "i1", ("nscan",), "days", -99),
    Field("ScanTime/Hour", "i1", ("nscan",), "hours", -99),
    Field("ScanTime/Minute", "i1", ("nscan",), "minutes", -99),
    Field("ScanTime/Second", "i1", ("nscan",), "s", -99),
    Field("ScanTime/MilliSecond", "i2", ("nscan",), "ms", -9999),
    Field("ScanTime/DayOfYear", "i2", ("nscan",), "days", -9999),
    Field("ScanTime/SecondOfDay", "f8", ("nscan",), "s", -9999.9),
)
"""Time of each scan, UTC. The first seven, all integer, define it; the last two repeat it."""

CALENDAR_PARTS = SCAN_TIME[:7]
"""The integer parts that define a time, largest first."""

POSITION = (
    Field("Latitude", "f4", ("nscan", "npixel"), "degrees", -9999.9),
    Field("Longitude", "f4", ("nscan", "npixel"), "degrees", -9999.9),
)

LEVEL_1C = (
    *POSITION,
    *SCAN_TIME,
    Field("SCstatus/SCorientation", "i2", ("nscan",), "degrees", -9999),
    Field("SCstatus/SClatitude", "f4", ("nscan",), "degrees", -9999.9),
    Field("SCstatus/SClongitude", "f4", ("nscan",), "degrees", -9999.9),
    Field("SCstatus/SCaltitude", "f4", ("nscan",), "km", -9999.9),
    Field("SCstatus/FractionalGranuleNumber", "f8", ("nscan",), "", -9999.9),
    Field("Quality", "i1", ("nscan", "npixel"), "", -99),
    Field("incidenceAngle", "f4", ("nscan", "npixel", "nchUIA"), "degrees", -9999.9),
    Field("sunGlintAngle", "i1", ("nscan", "npixel", "nchUIA"), "degrees", -99),
    Field("incidenceAngleIndex", "i1", ("nscan", "nchannel"), "", -99),
    Field("Tc", "f4", ("nscan", "npixel", "nchannel"), "K", -9999.9),
    Field("sunLocalTime", "f4", ("nscan", "npixel"), "hours", -9999.9),
)
"""Every dataset of a 1C swath group; in the file, dimension names carry the number of the group (`nscan1`), see `level_1c`."""

_POSITION_UNITS = {(sensor, f"S{number}"): "degree" for sensor in ("AMSR2", "AMSRE") for number in (1, 2, 3, 4)}
"""Units of Latitude and Longitude where they are not those of the table above, by sensor and swath group."""


def level_1c(edition: Edition, sensor: str, group: SwathGroup, number: int) -> tuple[Field, ...]:
    """The datasets of the `number`-th swath group (from 1) of a sensor as an edition writes them, dimension names numbered.

    Versions 5 and 6 call the scans of ScanTime and SCstatus `nscan1` in every group, so did SSMI, whose S1 has half the scans of
    S2: there the name tells nothing about the length.
    """
    numbered = {name: f"{name}{number}" for name in ("nscan", "npixel", "nchannel", "nchUIA")}
    if group.incidence_dimension:
        numbered["nchUIA"] = group.incidence_dimension
    by_scan = ("nscan1",) if edition.shared_scans else (numbered["nscan"],)
    units = _POSITION_UNITS.get((sensor, group.name), POSITION[0].units)
    return tuple(
        replace(
            field,
            dimensions=by_scan if field.dimensions == ("nscan",) else tuple(numbered[name] for name in field.dimensions),
            units=units if field in POSITION else field.units,
        )
        for field in LEVEL_1C
        if edition.sun_local_time or field.path != "sunLocalTime"
    )
