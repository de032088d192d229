"""Names of PPS files: `1C.F16.SSMIS.XCAL2021-V.20210110-S072552-E090745.088911.V07A.HDF5` and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from gpm_assets.errors import GranuleError

VERSION = r"V[0-9]{2}[A-Z]|[A-Z]+V?[0-9]+"
"""Pattern of product versions: `V07A`, and those of test series, `PAR702`, `PARV804`."""

_NAME = re.compile(
    r"(?P<level>[1-4][A-C](?:-[A-Za-z0-9_.]+?)*)\.(?P<platform>[A-Z][A-Z0-9-]*)\.(?P<sensor>[A-Za-z][A-Za-z0-9]*)"
    r"\.(?P<algorithm>[A-Za-z0-9_-]+)\.(?P<date>[0-9]{8})-S(?P<start>[0-9]{6})-E(?P<stop>[0-9]{6})"
    r"(?:\.(?P<number>[0-9]{6,7}))?\.(?P<version>" + VERSION + r")\.(?P<extension>HDF5|RT-H5|RT-NC|nc4?)"
)
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=-]{0,199}")


@dataclass(frozen=True)
class GranuleName:
    """What a PPS file name says; times are UTC to the second, `number` is None for near-real-time files.

    `level` carries the subset too: `1C`, `1C-R`, `1C-CS-CONUS`, `2A-CLIM`.
    """

    level: str
    platform: str
    sensor: str
    algorithm: str
    start: datetime
    stop: datetime
    number: int | None
    version: str
    extension: str

    @property
    def sensor_name(self) -> str:
        """Platform and sensor as the instrument table writes them, e.g. `F16_SSMIS`."""
        return f"{self.platform}_{self.sensor}"

    @property
    def month(self) -> str:
        """Month of the start, `YYYY-MM`."""
        return f"{self.start:%Y-%m}"


def parse_name(name: str) -> GranuleName:
    """Parse a file name (no folder); a stop before the start lies on the next day. Raises GranuleError.

    Grammar: PPS file naming convention (TKPPS), with the near-real-time and netCDF-4 suffixes.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise GranuleError(
            f"{name!r} is no PPS file name; expected "
            "level.platform.sensor.algorithm.YYYYMMDD-Shhmmss-Ehhmmss.number.version.extension"
        )
    start = _moment(name, match["date"] + match["start"])
    stop = _moment(name, match["date"] + match["stop"])
    if stop < start:
        stop = _next_day(name, stop)
    return GranuleName(
        level=match["level"],
        platform=match["platform"],
        sensor=match["sensor"],
        algorithm=match["algorithm"],
        start=start,
        stop=stop,
        number=int(match["number"]) if match["number"] else None,
        version=match["version"],
        extension=match["extension"],
    )


def file_name(name: GranuleName) -> str:
    """Compose the file name; raises GranuleError where the parts do not make a name that reads back as themselves."""
    number = "" if name.number is None else f".{name.number:06d}"
    composed = (
        f"{name.level}.{name.platform}.{name.sensor}.{name.algorithm}"
        f".{name.start:%Y%m%d-S%H%M%S}-E{name.stop:%H%M%S}{number}.{name.version}.{name.extension}"
    )
    if parse_name(composed) != name:
        raise GranuleError(f"{name} cannot be written as a file name: {composed!r} reads back as another granule")
    return composed


def safe_name(name: str) -> str:
    """The name itself if it is a plain file name (no folder, no hidden file); raises GranuleError.

    Names come from listings of other machines and become paths: `../x`, `/etc/x` and `a\\b` must not.
    """
    if _SAFE.fullmatch(name) is None:
        raise GranuleError(f"{name!r} is no safe file name; letters, digits, dot, dash, plus, equals and underscore are allowed")
    return name


def _moment(name: str, digits: str) -> datetime:
    # A leap second counts as the first second after it, as datetime knows none.
    leap = digits.endswith("60")
    try:
        moment = datetime.strptime(digits[:-2] + "59" if leap else digits, "%Y%m%d%H%M%S")
        return moment + timedelta(seconds=1) if leap else moment
    except (ValueError, OverflowError) as error:
        raise GranuleError(f"{name!r} holds an impossible date or time {digits!r}") from error


def _next_day(name: str, moment: datetime) -> datetime:
    try:
        return moment + timedelta(days=1)
    except OverflowError as error:
        raise GranuleError(f"{name!r} ends after the last date there is") from error
