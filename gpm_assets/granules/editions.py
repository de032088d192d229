"""Editions: what changed in the files of the Precipitation Processing System from version 5 to version 8."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gpm_assets.errors import GranuleError

Container = Literal["HDF5", "netCDF-4"]

_VERSION = re.compile(r"V(?P<released>[0-9]{2})[A-Z]|[A-Z]+V?(?P<tested>[0-9])[0-9]+")


@dataclass(frozen=True)
class Edition:
    """How one major version of the processing system writes its files.

    `extension` ends research files (a whole orbit, numbered), `near_real_time_extension` pieces without a number.
    `data_format` is the DataFormatVersion of the header's FileInfo, "" where no file of that version was seen.
    """

    number: int
    container: Container
    extension: str
    near_real_time_extension: str
    data_format: str
    sun_local_time: bool = True
    """Whether 1C files hold `sunLocalTime`; new in version 7."""
    shared_scans: bool = False
    """Whether ScanTime and SCstatus of every swath group name their dimension `nscan1`, the first group's."""


EDITIONS: dict[int, Edition] = {
    row.number: row
    for row in (
        Edition(5, "HDF5", "HDF5", "RT-H5", "", sun_local_time=False, shared_scans=True),
        Edition(6, "HDF5", "HDF5", "RT-H5", "db", sun_local_time=False, shared_scans=True),
        Edition(7, "HDF5", "HDF5", "RT-H5", "7e"),
        Edition(8, "netCDF-4", "nc", "RT-NC", "8b"),
    )
}
"""Sources: headers of real files of versions 6 and 7, a file modelled on a real one of version 8, gpm_api's product catalogue."""


def edition_of(version: str) -> Edition:
    """The edition of a product version: `V07A` is 7, test versions too (`PAR702`, `PARV804`); raises GranuleError."""
    match = _VERSION.fullmatch(version)
    number = int(match["released"] or match["tested"]) if match else 0
    if number not in EDITIONS:
        known = ", ".join(f"V{number:02d}" for number in EDITIONS)
        raise GranuleError(f"version {version!r} is of no known edition; known are {known}, each with a letter, e.g. V07A")
    return EDITIONS[number]
