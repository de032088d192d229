"""Describing a granule from the file itself, for people and programs: any 1C sensor, 2A-DPR, 2A-Ku, 2B-CMB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.granules import hdf
from gpm_assets.granules.headers import parse_pvl
from gpm_assets.granules.identity import Granule, identity_of
from gpm_assets.granules.read import read_any_1c
from gpm_assets.granules.times import read_times
from gpm_assets.swath import Swath

_RAIN = ("SLV/precipRateNearSurface", "nearSurfPrecipTotRate")  # 2A, 2B
_ROOT_ATTRIBUTES = ("FileHeader", "InputRecord", "NavigationRecord", "FileInfo", "XCALinfo", "JAXAInfo", "GprofInfo")

Description = dict[str, Any]


def describe(path: Path) -> Description:
    """Identity, header, swath groups, channels, times, coverage, quality and valid fraction; ready for JSON.

    `known` tells whether the reader accepts the sensor; the description stands on the file alone. Valid is a TB that survives
    the quality policy, for radar a rain rate that is not missing. Raises GranuleError where the file cannot be read.
    """
    with hdf.opened(path) as file:
        granule = identity_of(file, path)
        header = {name: parse_pvl(hdf.text(file, name)) for name in _ROOT_ATTRIBUTES if name in file.attrs}
        radar = [] if granule.level.startswith("1C") else [_radar(file[name]) for name in hdf.swath_groups(file)]
    swaths = radar or [_radiometer(swath) for swath in read_any_1c(path)[1]]
    values = sum(swath["values"] for swath in swaths)
    return {
        "file": path.name,
        "size_bytes": path.stat().st_size,
        **_identity(granule),
        "valid_fraction": sum(swath["valid"] for swath in swaths) / values if values else 0.0,
        "swaths": swaths,
        "header": header,
    }


def _identity(granule: Granule) -> Description:
    return {
        "sensor_name": granule.sensor_name,
        "platform": granule.platform,
        "sensor": granule.sensor,
        "known": granule.known or granule.product in ("2ADPR", "2AKu"),
        "simulated": granule.simulated,
        "level": granule.level,
        "product": granule.product,
        "version": granule.version,
        "algorithm": granule.algorithm,
        "number": granule.number,
        "start": granule.start.isoformat(timespec="milliseconds"),
        "stop": granule.stop.isoformat(timespec="milliseconds"),
    }


def _radiometer(swath: Swath) -> Description:
    finite = np.isfinite(swath.tb)
    return {
        "group": swath.group,
        "channels": [
            {"name": name, "valid_fraction": _share(finite[:, :, i]), "tb_k": _range(swath.tb[:, :, i])}
            for i, name in enumerate(swath.channels)
        ],
        **_extent(swath.time, swath.latitude, swath.longitude),
        "incidence_degrees": _range(np.abs(swath.incidence)),
        "looks_aft": swath.aft,
        "quality_codes": {
            str(code): int(number) for code, number in zip(*np.unique(swath.quality, return_counts=True), strict=True)
        },
        "masked": dict(swath.counts),
        "values": swath.tb.size,
        "valid": int(finite.sum()),
        "valid_fraction": swath.valid_fraction,
    }


def _radar(group: h5py.Group) -> Description:
    latitude, longitude = (_filled(group, name) for name in ("Latitude", "Longitude"))
    rain_name = next((name for name in _RAIN if name in group), None)
    rain = np.empty((0, 0)) if rain_name is None else _filled(group, rain_name)
    rain = np.where(rain >= 0, rain, np.nan)
    finite = np.isfinite(rain)
    return {
        "group": group.name.strip("/"),
        "channels": [],
        **_extent(read_times(group), latitude, longitude),
        "rain_field": rain_name,
        "rainy_pixels": int((rain > 0).sum()),
        "rain_mm_h": _range(rain),
        "values": rain.size,
        "valid": int(finite.sum()),
        "valid_fraction": _share(finite),
    }


def _extent(time: NDArray[np.datetime64], latitude: NDArray[Any], longitude: NDArray[Any]) -> Description:
    known = time[~np.isnat(time)]
    return {
        "scans": latitude.shape[0],
        "pixels": latitude.shape[1],
        "first_scan": str(known.min()) if known.size else None,
        "last_scan": str(known.max()) if known.size else None,
        "scans_without_time": int(np.isnat(time).sum()),
        "placed_fraction": _share(np.isfinite(latitude) & np.isfinite(longitude)),
        "latitude_degrees": _range(latitude),
        "longitude_degrees": _range(longitude),
    }


def _filled(group: h5py.Group, name: str) -> NDArray[np.float64]:
    stored = hdf.values(group, name, 2)
    return np.where(hdf.missing(group, name, stored), np.nan, stored)


def _range(values: NDArray[Any]) -> list[float] | None:
    finite = values[np.isfinite(values)]
    return [round(float(finite.min()), 3), round(float(finite.max()), 3)] if finite.size else None


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else 0.0
