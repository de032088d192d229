"""What a granule is: its identity by its header, checked against what is inside, never by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import h5py

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.rival import GPROF
from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.agreement import Opened, check_agreement
from gpm_assets.granules.headers import PROCESSING_SYSTEM, entry, integer, moment, parse_pvl
from gpm_assets.granules.names import VERSION

_PRODUCT = re.compile(r"(?P<level>[1-4][A-C])(?P<what>[A-Za-z0-9_-]+)")
_PLATFORM = re.compile(r"[A-Za-z0-9_-]+")
_VERSION = re.compile(VERSION)
_INSTRUMENTS = {"2ADPR": ("DPR",), "2AKu": ("DPR", "Ku"), "2AKa": ("DPR", "Ka"), "2BCMB": ("DPRGMI",)}
"""InstrumentName of radar products; 1C and GPROF products are named for theirs."""
_NAMED_FOR_INSTRUMENT = re.compile(rf"1C|{GPROF}")
_RADAR_SENSORS = {"2AKu": "Ku", "2AKa": "Ka"}  # their headers name DPR as the instrument


@dataclass(frozen=True)
class Granule:
    """One PPS file: its identity as its header and content tell it, never its name. Times are UTC.

    `product` is the header's AlgorithmID (`1CSSMIS`, `2ADPR`, `2AGPROFMHS`), `algorithm` its AlgorithmVersion (`2021-V`), `level`
    is `1C-R` for co-registered GMI files and `2A-CLIM` for GPROF on reanalyses, `number` is None where the header has none
    (near-real-time files).
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
    """As `identify`, for a file that `hdf.opened` opened."""
    content = header(file)
    granule = _from_header(content, path)
    check_agreement(Opened(file, path, content, granule.sensor_name, granule.level, granule.number))
    return granule


def _from_header(content: dict[str, str], path: Path) -> Granule:
    product, instrument = entry(content, "AlgorithmID"), entry(content, "InstrumentName")
    parts = _PRODUCT.fullmatch(product)
    if parts is None:
        raise GranuleError(f"header gives AlgorithmID={product}, expected a level and a name like 1CGMI or 2ADPR")
    named = _NAMED_FOR_INSTRUMENT.match(product)
    if instrument not in _INSTRUMENTS.get(product, (product[named.end() :] if named else instrument,)):
        raise GranuleError(f"header gives AlgorithmID={product} and InstrumentName={instrument}, which disagree")
    start, stop = moment(content, "StartGranuleDateTime"), moment(content, "StopGranuleDateTime")
    if stop < start:
        raise GranuleError(f"header gives a stop {stop} before the start {start}")
    algorithm = entry(content, "AlgorithmVersion")
    return Granule(
        path=path,
        level=parts["level"] + _variant(content, product, algorithm),
        product=product,
        platform=_formed(content, "SatelliteName", _PLATFORM, "letters and digits like F16"),
        sensor=_RADAR_SENSORS.get(product, instrument),
        number=integer(content, "GranuleNumber") if content.get("GranuleNumber") else None,
        start=start,
        stop=stop,
        version=_formed(content, "ProductVersion", _VERSION, "a version like V07A"),
        algorithm=algorithm,
        processing_system=content.get("ProcessingSystem", ""),
    )


def _variant(content: dict[str, str], product: str, algorithm: str) -> str:
    """What a level is called beyond its digits: GPROF's climate product has the AlgorithmID of the other, another DOI."""
    if product.startswith(GPROF):
        return "-CLIM" if content.get("DOIshortName", "").endswith("_CLIM") else ""
    return "-R" if "CO-REG" in algorithm else ""


def _formed(content: dict[str, str], key: str, form: re.Pattern[str], expected: str) -> str:
    value = entry(content, key)
    if form.fullmatch(value) is None:
        raise GranuleError(f"header gives {key}={value}, expected {expected}")
    return value
