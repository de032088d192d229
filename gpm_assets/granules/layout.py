"""The layout table of PPS files, shared by reader and writer: datasets, types, dimensions, units and missing values.

Source: headers of real V07 1C and 2A-DPR granules. V05 and V06 are the same without `sunLocalTime`; groups of DPR files are
named NS/MS/HS up to V06 and FS/HS from V07.
"""

from __future__ import annotations

from dataclasses import dataclass


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
"""Every dataset of a 1C swath group; dimension names carry the number of the group (`nscan1`) in the file."""

LEVEL_2A_DPR = (
    Field("Latitude", "f4", ("nscan", "nray"), "degrees", -9999.9),
    Field("Longitude", "f4", ("nscan", "nray"), "degrees", -9999.9),
    *SCAN_TIME,
    Field("scanStatus/dataQuality", "i1", ("nscan", "nfreq"), "", -99),
    Field("PRE/flagPrecip", "i4", ("nscan", "nray"), "", -9999),
    Field("PRE/landSurfaceType", "i4", ("nscan", "nray"), "", -9999),
    Field("PRE/localZenithAngle", "f4", ("nscan", "nray", "nfreq"), "degree", -9999.9),
    Field("VER/heightZeroDeg", "f4", ("nscan", "nray"), "m", -9999.9),
    Field("CSF/typePrecip", "i4", ("nscan", "nray"), "", -9999),
    Field("SLV/precipRateNearSurface", "f4", ("nscan", "nray"), "mm/hr", -9999.9),
    Field("SLV/precipRateESurface", "f4", ("nscan", "nray"), "mm/hr", -9999.9),
    Field("FLG/qualityFlag", "i1", ("nscan", "nray", "nfreq"), "", -99),
)
"""The datasets of a 2A-DPR swath group that are used here; `nfreq` is absent from 2A-Ku and from V06."""
