"""Rain of the dual-frequency precipitation radar: reading 2A-DPR and 2A-Ku, writing 2A-DPR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf, storage
from gpm_assets.granules.headers import FileHeader, root_attributes, swath_header
from gpm_assets.granules.identity import Granule, identity_of
from gpm_assets.granules.layout import LEVEL_2A_DPR
from gpm_assets.granules.names import GranuleName
from gpm_assets.granules.times import calendar_parts, read_times

Rain = Literal["near_surface", "surface"]
RAIN_FIELDS: dict[str, str] = {"near_surface": "SLV/precipRateNearSurface", "surface": "SLV/precipRateESurface"}
"""Near surface is the lowest bin free of clutter; surface is extrapolated from it to the ground."""

FULL_SWATHS = ("FS", "NS")
"""Groups with the full swath of 49 rays: FS from V07, NS up to V06."""
PRODUCTS = ("2ADPR", "2AKu")

NO_RAIN = -1111
"""`typePrecip` where it does not rain; rates say 0 or -1111.1 there."""
_TYPE_UNIT = 10_000_000  # typePrecip starts with its main class: 1 stratiform, 2 convective, 3 other
_SURFACE_UNIT = 100  # landSurfaceType: 0-99 ocean, 100-199 land, 200-299 coast, 300-399 inland water
_BAD_QUALITY = 2


@dataclass(frozen=True, eq=False)
class RadarSwath:
    """Rain seen by the radar: arrays (scan, ray), `time` (scan,) datetime64[ms] UTC, positions in degrees, NaN where missing.

    `rain_mm_h` NaN where missing or of bad quality; `rain_type` 0 none, 1 stratiform, 2 convective, 3 other, -1 missing;
    `surface` 0 ocean, 1 land, 2 coast, 3 inland water, -1 missing; `freezing_level_m` NaN where missing;
    `quality` 0 high, 1 low, 2 bad, -99 missing. Raises GranuleError when shapes disagree.
    """

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    time: NDArray[np.datetime64]
    rain_mm_h: NDArray[np.float32]
    rain_type: NDArray[np.int8]
    surface: NDArray[np.int8]
    freezing_level_m: NDArray[np.float32]
    quality: NDArray[np.int8]
    granule: str = ""

    def __post_init__(self) -> None:
        for name in ("longitude", "rain_mm_h", "rain_type", "surface", "freezing_level_m", "quality"):
            if (shape := getattr(self, name).shape) != self.latitude.shape:
                raise GranuleError(f"radar swath {self.granule}: {name} has shape {shape}, latitude has {self.latitude.shape}")
        if self.time.shape != self.latitude.shape[:1]:
            raise GranuleError(f"radar swath {self.granule}: {self.time.shape} times for {self.latitude.shape[0]} scans")


def read_radar(path: Path, rain: Rain = "near_surface") -> RadarSwath:
    """The full swath of a 2A-DPR or 2A-Ku granule, V06 (NS) or V07 and V08 (FS); raises GranuleError."""
    if rain not in RAIN_FIELDS:
        raise GranuleError(f"unknown rain {rain!r}; there is {', '.join(RAIN_FIELDS)}")
    with hdf.opened(path) as file:
        granule = identity_of(file, path)
        if granule.product not in PRODUCTS:
            raise GranuleError(f"{path}: is a {granule.product} file, expected {' or '.join(PRODUCTS)}")
        name = next((name for name in FULL_SWATHS if name in hdf.swath_groups(file)), None)
        if name is None:
            raise GranuleError(
                f"{path}: has no full swath ({' or '.join(FULL_SWATHS)}), only {', '.join(hdf.swath_groups(file))}"
            )
        return _swath(file[name], granule, RAIN_FIELDS[rain])


def _swath(group: h5py.Group, granule: Granule, rain_field: str) -> RadarSwath:
    latitude, longitude = (_position(group, name, limit) for name, limit in (("Latitude", 90), ("Longitude", 180)))
    placed = np.isfinite(latitude) & np.isfinite(longitude)
    quality = _quality(group)
    rate = hdf.values(group, rain_field, 2)
    dry = np.isclose(rate, -1111.1, atol=0.2)  # -1111 or -1111.1
    wet = ~hdf.missing(group, rain_field, rate) & (rate >= 0)
    usable = placed & (quality >= 0) & (quality < _BAD_QUALITY)
    level = hdf.values(group, "VER/heightZeroDeg", 2)
    known = ~hdf.missing(group, "VER/heightZeroDeg", level) & (level > -1000)  # 0 °C below ground is extrapolated by few 100 m
    return RadarSwath(
        latitude=np.where(placed, latitude, np.nan),
        longitude=np.where(placed, longitude, np.nan),
        time=read_times(group),
        rain_mm_h=np.where(usable & wet, rate, np.where(usable & dry, 0.0, np.nan)).astype(np.float32),
        rain_type=_rain_type(hdf.values(group, "CSF/typePrecip", 2)),
        surface=_classes(hdf.values(group, "PRE/landSurfaceType", 2), _SURFACE_UNIT, range(4)),
        freezing_level_m=np.where(known, level, np.nan).astype(np.float32),
        quality=quality,
        granule=granule.identity,
    )


def _position(group: h5py.Group, name: str, limit: float) -> NDArray[np.float64]:
    stored = hdf.values(group, name, 2)
    return np.where(hdf.missing(group, name, stored) | (np.abs(stored) > limit), np.nan, stored)


def _quality(group: h5py.Group) -> NDArray[np.int8]:
    """Worst quality over the frequencies that are present; 2 in a scan whose data quality is not 0 at one of them.

    In V07 FS the second frequency is missing (-99) on outer rays until 2018-05-21, where Ku band alone gives the rain.
    """
    flag = _by_frequency(group, "FLG/qualityFlag", 2)
    worst: NDArray[np.int8] = flag.max(axis=2).astype(np.int8)
    data = _by_frequency(group, "scanStatus/dataQuality", 1)
    absent = hdf.missing(group, "scanStatus/dataQuality", data)
    unusable = (~absent & (data != 0)).any(axis=1) | absent.all(axis=1)
    return np.where(unusable[:, None] & (worst >= 0), np.int8(_BAD_QUALITY), np.where(worst < 0, np.int8(-99), worst))


def _by_frequency(group: h5py.Group, name: str, dimensions: int) -> NDArray[Any]:
    """Values with a last axis for frequencies, of length one where the file has none (2A-Ku, V06)."""
    rank = hdf.dataset(group, name).ndim
    array = hdf.values(group, name, rank if rank == dimensions + 1 else dimensions)
    return array if rank == dimensions + 1 else array[..., None]


def _rain_type(stored: NDArray[Any]) -> NDArray[np.int8]:
    return np.where(stored == NO_RAIN, np.int8(0), _classes(stored, _TYPE_UNIT, range(1, 4)))


def _classes(stored: NDArray[Any], unit: int, allowed: range) -> NDArray[np.int8]:
    classes = stored // unit
    return np.where((stored >= 0) & np.isin(classes, list(allowed)), classes, -1).astype(np.int8)


def write_2a_dpr(path: Path, radar: RadarSwath, *, number: int, version: str = "V07A") -> None:
    """Write a 2A-DPR file with the group FS of V07, atomically; NaN and NaT become the file's missing values.

    Both rain fields hold `rain_mm_h`; the second frequency and `localZenithAngle` are missing. Raises GranuleError.
    """
    name = name_2a_dpr(radar, number=number, version=version)
    with storage.created(path) as file:
        for attribute, content in _root_attributes(radar, name).items():
            storage.write_text(file, attribute, content)
        group = file.create_group("FS")
        scans, rays = radar.latitude.shape
        storage.write_text(group, "FS_SwathHeader", swath_header(scans, rays, 10000, "CROSSTRACK"))
        arrays = _arrays(radar)
        for field in LEVEL_2A_DPR:
            storage.write_field(group, field, arrays[field.path])


def name_2a_dpr(radar: RadarSwath, *, number: int, version: str = "V07A") -> GranuleName:
    """The PPS name that belongs to the swath: start and stop are the first and last scan, truncated to seconds."""
    start, stop = (time.replace(microsecond=0) for time in _span(radar))
    return GranuleName("2A", "GPM", "DPR", "V9-20211125", start, stop, number, version, "HDF5")


def _span(radar: RadarSwath) -> tuple[datetime, datetime]:
    times = radar.time[~np.isnat(radar.time)].astype("datetime64[ms]")
    if not times.size:
        raise GranuleError("a radar granule without a single scan time cannot be written")
    return times.min().item(), times.max().item()


def _root_attributes(radar: RadarSwath, name: GranuleName) -> dict[str, dict[str, str]]:
    start, stop = _span(radar)
    missing_scans = int((~np.isfinite(radar.latitude)).all(axis=1).sum())
    about = FileHeader("2ADPR", "2ADPR", "9.20211125", start, stop, swaths=1, missing_scans=missing_scans)
    return root_attributes(name, about, "2ADPR")


def _arrays(radar: RadarSwath) -> dict[str, NDArray[Any]]:
    absent = radar.rain_type < 0
    scans, rays = radar.latitude.shape
    only_ku = np.full((scans, rays, 2), -99, dtype=np.int8)
    only_ku[:, :, 0] = radar.quality
    return {
        "Latitude": radar.latitude,
        "Longitude": radar.longitude,
        **calendar_parts(radar.time),
        "scanStatus/dataQuality": np.zeros((scans, 2), dtype=np.int8),
        "PRE/flagPrecip": np.where(absent, -9999, np.where(radar.rain_type > 0, 10, 0)),  # 10: seen at Ku band
        "PRE/landSurfaceType": np.where(radar.surface < 0, -9999, radar.surface.astype(np.int32) * _SURFACE_UNIT),
        "PRE/localZenithAngle": np.full((scans, rays, 2), np.nan),
        "VER/heightZeroDeg": radar.freezing_level_m,
        "CSF/typePrecip": np.where(
            absent, -9999, np.where(radar.rain_type == 0, NO_RAIN, radar.rain_type.astype(np.int32) * _TYPE_UNIT)
        ),
        "SLV/precipRateNearSurface": radar.rain_mm_h,
        "SLV/precipRateESurface": radar.rain_mm_h,
        "FLG/qualityFlag": only_ku,
    }
