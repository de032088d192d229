"""What a granule is: its identity by its header, checked against what is inside, never by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import h5py

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.channels import FileChannel, match, parse_channels
from gpm_assets.granules.headers import PROCESSING_SYSTEM, entry, integer, moment, parse_pvl

_PRODUCT = re.compile(r"(?P<level>[1-4][A-C])(?P<what>[A-Za-z0-9_-]+)")
_RADAR_SENSORS = {"2AKu": "Ku", "2AKa": "Ka"}  # their headers name DPR as the instrument


@dataclass(frozen=True)
class Granule:
    """One PPS file: its identity as its header and content tell it, never its name. Times are UTC.

    `product` is the header's AlgorithmID (`1CSSMIS`, `2ADPR`), `algorithm` its AlgorithmVersion (`2021-V`), `level` is
    `1C-R` for co-registered GMI files, `number` is None where the header has none (near-real-time files).
    """

    path: Path
    level: str
    product: str
    platform: str
    sensor: str
    number: int | None
    start: datetime
    stop: datetime
    version: str
    algorithm: str
    processing_system: str

    @property
    def sensor_name(self) -> str:
        """Platform and sensor as the instrument table writes them, e.g. `F16_SSMIS`."""
        return f"{self.platform}_{self.sensor}"

    @property
    def month(self) -> str:
        """Month of the start, `YYYY-MM`."""
        return f"{self.start:%Y-%m}"

    @property
    def known(self) -> bool:
        """Whether the instrument table has a row for the sensor."""
        return self.sensor_name in INSTRUMENTS

    @property
    def simulated(self) -> bool:
        """Whether the header says that this project simulated the file."""
        return self.processing_system == PROCESSING_SYSTEM

    @property
    def identity(self) -> str:
        """Short identity that travels with every swath: `F16_SSMIS 1C 088911 V05A`."""
        number = f"{self.start:%Y%m%dT%H%M%S}" if self.number is None else f"{self.number:06d}"
        return f"{self.sensor_name} {self.level} {number} {self.version}"


def identify(path: Path) -> Granule:
    """Identity of a granule from its header, checked against the groups and channels inside.

    Raises GranuleError where the file is cut short, empty or no granule, and where header and content disagree.
    """
    with hdf.opened(path) as file:
        return identity_of(file, path)


def header(file: h5py.File) -> dict[str, str]:
    """FileHeader of an open granule as a dictionary; raises GranuleError."""
    return parse_pvl(hdf.text(file, "FileHeader"))


def identity_of(file: h5py.File, path: Path) -> Granule:
    """As `identify`, for a file that is open."""
    try:
        granule = _from_header(header(file), path)
    except GranuleError as error:
        raise error if str(path) in str(error) else GranuleError(f"{path}: {error}") from error
    groups = hdf.swath_groups(file)
    expected = integer(header(file), "NumberOfSwaths")
    if len(groups) != expected:
        raise GranuleError(
            f"{path}: the header gives {expected} swaths, the file holds {len(groups)}: {', '.join(groups) or 'none'}"
        )
    if granule.known and granule.level.startswith("1C"):
        _agree(file, granule, groups)
    return granule


def _from_header(content: dict[str, str], path: Path) -> Granule:
    product, instrument = entry(content, "AlgorithmID"), entry(content, "InstrumentName")
    parts = _PRODUCT.fullmatch(product)
    if parts is None:
        raise GranuleError(f"header gives AlgorithmID={product}, expected a level and a name like 1CGMI or 2ADPR")
    if parts["level"] == "1C" and parts["what"] != instrument:
        raise GranuleError(f"header gives AlgorithmID={product} and InstrumentName={instrument}, which disagree")
    start, stop = moment(content, "StartGranuleDateTime"), moment(content, "StopGranuleDateTime")
    if stop < start:
        raise GranuleError(f"header gives a stop {stop} before the start {start}")
    algorithm = entry(content, "AlgorithmVersion")
    return Granule(
        path=path,
        level=parts["level"] + ("-R" if "CO-REG" in algorithm else ""),
        product=product,
        platform=entry(content, "SatelliteName"),
        sensor=_RADAR_SENSORS.get(product, instrument),
        number=integer(content, "GranuleNumber") if content.get("GranuleNumber") else None,
        start=start,
        stop=stop,
        version=entry(content, "ProductVersion"),
        algorithm=algorithm,
        processing_system=content.get("ProcessingSystem", ""),
    )


def _agree(file: h5py.File, granule: Granule, groups: Sequence[str]) -> None:
    row = INSTRUMENTS[granule.sensor_name]
    expected = tuple(group.name for group in row.groups)
    if sorted(groups) != sorted(expected):
        raise GranuleError(
            f"{granule.path}: the header names {granule.sensor_name}, which has swath groups {', '.join(expected)}, "
            f"the file holds {', '.join(groups)}"
        )
    for group in row.groups:
        place = f"{granule.path}:/{group.name} (the header names {granule.sensor_name})"
        match(file_channels(file[group.name]), group.channels, place)


def file_channels(group: h5py.Group) -> tuple[FileChannel, ...]:
    """Channels of a 1C swath group as its `Tc` names them; raises GranuleError where they do not fit its shape."""
    found = parse_channels(hdf.text(hdf.dataset(group, "Tc"), "LongName"))
    shape = hdf.dataset(group, "Tc").shape
    if len(shape) != 3 or shape[2] != len(found):
        raise GranuleError(f"{group.file.filename}:{group.name}/Tc: has shape {shape}, its LongName names {len(found)} channels")
    return found
