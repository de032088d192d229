"""Attribute text of PPS files: `Key=Value;` lines, and the headers that this project writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import h5py
import numpy as np

from gpm_assets.errors import GranuleError
from gpm_assets.granules.editions import edition_of
from gpm_assets.granules.names import GranuleName, file_name
from gpm_assets.granules.navigation import AscendingNode

PROCESSING_SYSTEM = "gpm-assets simulation"
"""What the header of every file written here says instead of PPS: the file is simulated."""

_NAVIGATION_KEYS = (
    "LongitudeOnEquator",
    "UTCDateTimeOnEquator",
    "MeanSolarBetaAngle",
    "EphemerisFileName",
    "AttitudeFileName",
    "GeoControlFileName",
    "EphemerisSource",
    "AttitudeSource",
    "GeoToolkitVersion",
    *(f"SensorAlignment{which}Rotation{what}" for what in ("Angle", "Axis") for which in ("First", "Second", "Third")),
)
_BREAKING = {"\n", "\0"}
_FIRST_YEAR, _LAST_YEAR = 1970, 2100  # those of scan times


@dataclass(frozen=True)
class FileHeader:
    """What a file header tells beyond the file's name; times are UTC with milliseconds, `node` None where none was crossed."""

    product: str
    short_name: str
    algorithm: str
    start: datetime
    stop: datetime
    swaths: int
    missing_scans: int
    node: AscendingNode | None = None


def parse_pvl(content: str) -> dict[str, str]:
    """Parse `Key=Value;` lines; a value may hold `=`. Raises GranuleError for a line without a key, or a contradiction."""
    parsed: dict[str, str] = {}
    for line in content.replace("\0", "").split("\n"):
        line = line.strip()
        if not line:
            continue
        key, equals, value = line.removesuffix(";").partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not key:
            raise GranuleError(f"header line {line[:80]!r} is not of the form Key=Value;")
        if parsed.setdefault(key, value) != value:
            raise GranuleError(f"header gives {key} twice, as {parsed[key]!r} and {value!r}")
    return parsed


def format_pvl(entries: Mapping[str, str]) -> str:
    """Write `Key=Value;` lines as PPS does; raises GranuleError for what would not read back."""
    for key, value in entries.items():
        broken = _BREAKING & set(key + value) or "=" in key or value.endswith(";")
        if broken or not key or key.strip() != key or value.strip() != value:
            raise GranuleError(f"header entry {key!r}={value!r} would not read back")
    return "".join(f"{key}={value};\n" for key, value in entries.items())


def fixed_bytes(content: str) -> np.bytes_:
    """Text as a NULL-padded byte string of fixed length, the form of every attribute in PPS files."""
    return np.bytes_(content.encode())


def entry(header: Mapping[str, str], key: str) -> str:
    """A value of a header; raises GranuleError where the key is absent or empty."""
    value = header.get(key, "")
    if not value:
        raise GranuleError(f"header has no {key}")
    return value


def integer(header: Mapping[str, str], key: str) -> int:
    """A whole number of a header, zero-padded or not; raises GranuleError."""
    value = entry(header, key)
    if not value.isascii() or not value.isdigit() or len(value) > 12:
        raise GranuleError(f"header gives {key}={value}, expected a whole number")
    return int(value)


def moment(header: Mapping[str, str], key: str) -> datetime:
    """A time of a header, `2014-03-04T17:59:32.154Z`, as naive UTC; raises GranuleError."""
    value = entry(header, key)
    try:
        parsed = datetime.fromisoformat(value)
        time = parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    except (ValueError, OverflowError) as error:
        raise GranuleError(f"header gives {key}={value}, expected a time like 2014-03-04T17:59:32.154Z") from error
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise GranuleError(f"header gives {key}={value}, expected a time in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return time


def stamp(time: datetime) -> str:
    """A time as headers write it: milliseconds and Z."""
    return f"{time.isoformat(timespec='milliseconds')}Z"


def root_attributes(name: GranuleName, about: FileHeader) -> dict[str, dict[str, str]]:
    """Root attributes of a file of the version that its name gives.

    DOI, inputs, ephemeris, blueprint and the toolkit's version stay empty: they belong to real products. So do number, start and
    interval where the name has no number: a near-real-time piece is no orbit. The time of generation is the granule's own
    stop, so that the same granule is written as the same bytes again.
    """
    edition = edition_of(name.version)
    numbered = name.number is not None
    package = f"HDF5-{h5py.version.hdf5_version}"
    return {
        "FileHeader": {
            "DOI": "",
            "DOIauthority": "",
            "DOIshortName": about.short_name,
            "AlgorithmID": about.product,
            "AlgorithmVersion": about.algorithm,
            "FileName": file_name(name),
            "SatelliteName": name.platform,
            "InstrumentName": name.sensor,
            "GenerationDateTime": stamp(about.stop),
            "StartGranuleDateTime": stamp(about.start),
            "StopGranuleDateTime": stamp(about.stop),
            "GranuleNumber": f"{name.number:06d}" if numbered else "",
            "NumberOfSwaths": str(about.swaths),
            "NumberOfGrids": "0",
            "GranuleStart": "SOUTHERNMOST_LATITUDE" if numbered else "",
            "TimeInterval": "ORBIT" if numbered else "",
            "ProcessingSystem": PROCESSING_SYSTEM,
            "ProductVersion": name.version,
            "EmptyGranule": "NOT_EMPTY",
            "MissingData": str(about.missing_scans),
        },
        "InputRecord": dict.fromkeys(("InputFileNames", "InputAlgorithmVersions", "InputGenerationDateTimes"), ""),
        "NavigationRecord": dict.fromkeys(_NAVIGATION_KEYS, "") | _node_entries(about.node),
        "FileInfo": {
            "DataFormatVersion": edition.data_format,
            "TKCodeBuildVersion": "0",
            "MetadataVersion": edition.data_format,
            "FormatPackage": package if edition.container == "HDF5" else f"{edition.container} ({package})",
            "BlueprintFilename": "",
            "BlueprintVersion": "",
            "TKIOVersion": "",
            "MetadataStyle": "PVL",
            "EndianType": "LITTLE_ENDIAN",
        },
    }


def _node_entries(node: AscendingNode | None) -> dict[str, str]:
    return {"LongitudeOnEquator": f"{node.longitude:.6f}", "UTCDateTimeOnEquator": stamp(node.time)} if node else {}


def swath_header(scans: int, pixels: int, max_scans: int, scan_type: str) -> dict[str, str]:
    """SwathHeader of one swath group."""
    return {
        "NumberScansInSet": "1",
        "MaximumNumberScansTotal": str(max_scans),
        "NumberScansBeforeGranule": "0",
        "NumberScansGranule": str(scans),
        "NumberScansAfterGranule": "0",
        "NumberPixels": str(pixels),
        "ScanType": scan_type,
    }
