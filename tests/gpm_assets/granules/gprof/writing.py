"""2A-GPROF files as PPS writes them, V07 in HDF5 and V08 in netCDF-4, for nothing in the platform writes any."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gpm_assets.granules import storage
from gpm_assets.granules.gprof.layout import CODES, LATITUDE, LONGITUDE, NUMBERS, PIXEL_STATUS, PROBABILITY, QUALITY, RAIN
from gpm_assets.granules.layout import SCAN_TIME
from gpm_assets.granules.times import calendar_parts

ALGORITHMS = {"V05C": "GPROF2017v2", "V07A": "GPROF2021v1", "V08A": "GPROFNNv1"}
HEADER_VERSIONS = {"V05C": "2017-v2", "V07A": "2021-v1", "V08A": "NN0.8.14.dev"}


@dataclass(frozen=True)
class GprofFile:
    """What a file holds: arrays (scan, pixel) by field, times (scan,), and what its header says beside the usual."""

    arrays: dict
    time: np.ndarray
    platform: str = "METOPB"
    sensor: str = "MHS"
    number: int = 69788
    version: str = "V08A"
    climate: bool = False
    header: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name that PPS would give the file."""
        start, stop = (self.time[i].astype("datetime64[s]").item() for i in (0, -1))
        level, ending = "2A-CLIM" if self.climate else "2A", "nc" if self.version >= "V08" else "HDF5"
        return (
            f"{level}.{self.platform}.{self.sensor}.{ALGORITHMS[self.version]}.{start:%Y%m%d-S%H%M%S}-E{stop:%H%M%S}"
            f".{self.number:06d}.{self.version}.{ending}"
        )


def made_up(scans: int = 6, pixels: int = 5, start: str = "2026-02-28T23:59:58", seed: int = 1) -> dict:
    """Arrays and times of a granule without a flaw: rain at random, everything valid."""
    rng = np.random.default_rng(seed)
    shape = (scans, pixels)
    numbers = {
        LATITUDE: rng.uniform(-80, 80, shape),
        LONGITUDE: rng.uniform(-180, 180, shape),
        RAIN: np.where(rng.random(shape) < 0.4, rng.gamma(0.7, 3, shape), 0),
    }
    codes = {PIXEL_STATUS: np.zeros(shape), QUALITY: np.zeros(shape), PROBABILITY: rng.integers(0, 101, shape)}
    time = np.datetime64(start, "ms") + np.arange(scans) * np.timedelta64(2667, "ms")
    return {"arrays": {one: array.astype(one.dtype) for one, array in (numbers | codes).items()}, "time": time}


def write(folder: Path, granule: GprofFile) -> Path:
    """Write the file under its name; V07 has text in fixed bytes and no dimension scales, V08 is what netCDF makes."""
    path = folder / granule.name
    scans, pixels = granule.arrays[RAIN].shape
    with storage.created(path, "netCDF-4" if granule.version >= "V08" else "HDF5") as file:
        storage.write_text(file, "FileHeader", _header(granule))
        storage.write_text(file, "GprofInfo", {"Satellite": granule.platform, "Sensor": granule.sensor})
        storage.add_group(file, "GprofDHeadr")
        group = storage.add_group(file, "S1")
        about = {"NumberScansGranule": str(scans), "NumberPixels": str(pixels), "ScanType": "CROSSTRACK"}
        storage.write_text(group, "SwathHeader", about)
        parts = calendar_parts(granule.time)
        for one in SCAN_TIME:
            storage.write_field(group, one, parts[one.path])
        for one in (*NUMBERS, *CODES):
            storage.write_field(group, one, granule.arrays[one])
    return path


def _header(granule: GprofFile) -> dict[str, str]:
    known = granule.time[~np.isnat(granule.time)]
    start, stop = (f"{moment}Z" for moment in (known.min(), known.max()))
    return {
        "DOI": f"10.5067/GPM/{granule.sensor}/{granule.platform}/GPROF/2A/{granule.version[1:3]}",
        "DOIshortName": f"2AGPROF{granule.platform}{granule.sensor}" + ("_CLIM" if granule.climate else ""),
        "AlgorithmID": f"2AGPROF{granule.sensor}",
        "AlgorithmVersion": HEADER_VERSIONS[granule.version],
        "FileName": granule.name,
        "SatelliteName": granule.platform,
        "InstrumentName": granule.sensor,
        "GenerationDateTime": stop,
        "StartGranuleDateTime": start,
        "StopGranuleDateTime": stop,
        "GranuleNumber": f"{granule.number:06d}",
        "NumberOfSwaths": "1",
        "NumberOfGrids": "0",
        "GranuleStart": "SOUTHERNMOST_LATITUDE",
        "TimeInterval": "ORBIT",
        "ProcessingSystem": "PPS",
        "ProductVersion": granule.version,
        "EmptyGranule": "NOT_EMPTY",
        "MissingData": "0",
    } | granule.header
