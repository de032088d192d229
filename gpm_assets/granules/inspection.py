"""Describing a granule from the file itself, for people and programs: any 1C sensor, its 2A-GPROF, 2A-DPR, 2A-Ku, 2B-CMB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.rival import GPROF
from gpm_assets.constellation.sphere import longitude_arc
from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.editions import edition_of
from gpm_assets.granules.gprof import GprofSwath, read_gprof
from gpm_assets.granules.gprof.quality import QUALITY as GPROF_RULES
from gpm_assets.granules.headers import parse_pvl
from gpm_assets.granules.identity import Granule, identity_of
from gpm_assets.granules.quality import RULES, UNKNOWN, Rule
from gpm_assets.granules.radar import RadarSwath, read_radar
from gpm_assets.granules.radar.layout import PRODUCTS
from gpm_assets.granules.read import read_any_1c
from gpm_assets.swath import Swath

RAIN_TYPES = {0: "none", 1: "stratiform", 2: "convective", 3: "other", -1: "missing"}
SURFACES = {0: "ocean", 1: "land", 2: "coast", 3: "inland water", -1: "missing"}
"""Classes of `RadarSwath` in words."""
RADAR_RULES = {
    0: Rule("high quality", "keep"),
    1: Rule("low quality", "keep"),
    2: Rule("bad quality", "mask"),
    -99: Rule("quality missing", "mask"),
}
"""Quality of `RadarSwath` in words, and what becomes of the rain."""

_ROOT_ATTRIBUTES = ("FileHeader", "InputRecord", "NavigationRecord", "FileInfo", "XCALinfo", "JAXAInfo", "GprofInfo")
_ALTITUDES = {"SCstatus/SCaltitude": 1.0, "navigation/scAlt": 1e-3}  # to km: 1C has km, radar files have m
_ORIENTATIONS = ("SCstatus/SCorientation", "scanStatus/SCorientation")
_GAP_PERIODS = 1.5
"""A step between scans that is longer, in scan periods, is a gap."""

_ROUND_DEG = 330.0
"""Longitudes that leave no wider gap than 30 degrees go round the Earth."""

Description = dict[str, Any]
AnySwath = Swath | RadarSwath | GprofSwath


def read_any(path: Path) -> tuple[Granule, tuple[AnySwath, ...]]:
    """Identity and all swath groups of any granule that can be read here, none where the header calls it empty.

    Raises GranuleError where the file cannot be read or is of another product.
    """
    with hdf.opened(path) as file:
        granule, groups = identity_of(file, path), hdf.swath_groups(file)
        if _empty(parse_pvl(hdf.text(file, "FileHeader"))):
            return granule, ()
    if granule.level.startswith("1C"):
        return granule, read_any_1c(path)[1]
    if granule.product.startswith(GPROF):
        return granule, (read_gprof(path),)
    return granule, tuple(read_radar(path, swath=name) for name in groups)


def describe(path: Path) -> Description:
    """Everything there is to know about a granule, ready for JSON; the description stands on the file alone.

    File: `file`, `size_bytes`, `container`, identity (`platform` ... `stop`, see `Granule`; `known` tells whether the reader
    accepts the sensor), `edition`, `calibration_table`, `empty`, `missing_scans` as the header counts them, `generated` (when
    the file was made), the number of `inputs`, and `header` with all records. `first_scan`, `last_scan` (UTC) and
    `valid_fraction` are over all `swaths`. Valid is a TB that survives the quality policy, of rain a rate that is not
    missing.

    Each swath: `scans` and `pixels` that are there, `scans_in_header`, `pixels_in_header`, times with `scan_period_s` as
    measured and the number of `time_gaps`, `placed_fraction`, `latitude_degrees` [south, north], `longitude_degrees`
    [west, east] (west > east: across the dateline), spacecraft `altitude_km` and `orientation_degrees` (value to scans),
    `quality` (code, meaning, fate, pixels, fraction) and `masked` (reason to number). Of a radiometer: `channels` (name,
    valid_fraction, tb_k, tb_mean_k), signed `incidence_degrees`, `looks_aft`. Of rain: `rain_mm_h`, `rainy_pixels`,
    `rain_mean_where_raining_mm_h`; by a radar `rain_types` and `surfaces` in pixels, `freezing_level_m`; by GPROF `retrieval` and
    `probability_of_precipitation`. Ranges are [least, greatest], None where nothing is known. Raises GranuleError where the file
    cannot be read.
    """
    granule, read = read_any(path)
    with hdf.opened(path) as file:
        texts = {name: hdf.optional_text(file, name) for name in _ROOT_ATTRIBUTES}
        header = {name: parse_pvl(content) for name, content in texts.items() if content}
        container = "netCDF-4" if hdf.optional_text(file, "_NCProperties") else "HDF5"
        swaths = [_swath(swath) | _status(file[_group(swath)]) for swath in read]
    values = sum(swath["values"] for swath in swaths)
    times = [swath[name] for swath in swaths for name in ("first_scan", "last_scan") if swath[name]]
    return {
        "file": path.name,
        "size_bytes": path.stat().st_size,
        "container": container,
        **_identity(granule),
        **_facts(header),
        "first_scan": min(times, default=None),
        "last_scan": max(times, default=None),
        "valid_fraction": sum(swath["valid"] for swath in swaths) / values if values else 0.0,
        "swaths": swaths,
        "header": header,
    }


def _identity(granule: Granule) -> Description:
    return {
        "sensor_name": granule.sensor_name,
        "platform": granule.platform,
        "sensor": granule.sensor,
        "known": granule.known or granule.product in PRODUCTS,
        "simulated": granule.simulated,
        "processing_system": granule.processing_system,
        "level": granule.level,
        "product": granule.product,
        "version": granule.version,
        "edition": _edition(granule.version),
        "algorithm": granule.algorithm,
        "number": granule.number,
        "start": granule.start.isoformat(timespec="milliseconds"),
        "stop": granule.stop.isoformat(timespec="milliseconds"),
    }


def _edition(version: str) -> int | None:
    try:
        return edition_of(version).number
    except GranuleError:
        return None  # a version outside the table is no reason to describe nothing


def _facts(header: dict[str, dict[str, str]]) -> Description:
    main, calibration = header["FileHeader"], header.get("XCALinfo", {})
    inputs = header.get("InputRecord", {}).get("InputFileNames", "")
    return {
        "calibration_table": calibration.get("CalibrationTable") or None,
        "empty": _empty(main),
        "missing_scans": _whole(main.get("MissingData", "")),
        "generated": main.get("GenerationDateTime") or None,
        "inputs": sum(bool(name.strip()) for name in inputs.split(",")),
    }


def _empty(file_header: dict[str, str]) -> bool:
    return file_header.get("EmptyGranule", "NOT_EMPTY") != "NOT_EMPTY"


def _group(swath: AnySwath) -> str:
    return swath.group if isinstance(swath, Swath) else swath.swath


def _swath(swath: AnySwath) -> Description:
    about = _about(swath)
    scans, pixels = swath.latitude.shape
    placed = np.isfinite(swath.latitude) & np.isfinite(swath.longitude)
    return {
        "group": _group(swath),
        "scans": scans,
        "pixels": pixels,
        **_times(swath.time),
        "placed_fraction": _share(placed),
        "latitude_degrees": _range(swath.latitude),
        "longitude_degrees": _longitudes(swath.longitude),
        **about,
        "masked": dict(swath.counts),
        "valid_fraction": about["valid"] / about["values"] if about["values"] else 0.0,
    }


def _about(swath: AnySwath) -> Description:
    if isinstance(swath, Swath):
        return _radiometer(swath)
    return _radar(swath) if isinstance(swath, RadarSwath) else _gprof(swath)


def _radiometer(swath: Swath) -> Description:
    finite = np.isfinite(swath.tb)
    return {
        "channels": [_channel(name, swath.tb[:, :, i], finite[:, :, i]) for i, name in enumerate(swath.channels)],
        "incidence_degrees": _range(swath.incidence),
        "looks_aft": swath.aft,
        "quality": _codes(swath.quality, RULES),
        "values": swath.tb.size,
        "valid": int(finite.sum()),
    }


def _channel(name: str, tb: NDArray[np.float32], finite: NDArray[np.bool_]) -> Description:
    mean = round(float(tb[finite].mean(dtype=np.float64)), 3) if finite.any() else None
    return {"name": name, "valid_fraction": _share(finite), "tb_k": _range(tb), "tb_mean_k": mean}


def _rain(swath: RadarSwath | GprofSwath) -> Description:
    raining = swath.rain_mm_h > 0
    mean = round(float(swath.rain_mm_h[raining].mean(dtype=np.float64)), 3) if raining.any() else None
    return {
        "rainy_pixels": int(raining.sum()),
        "rain_mm_h": _range(swath.rain_mm_h),
        "rain_mean_where_raining_mm_h": mean,
        "values": swath.rain_mm_h.size,
        "valid": int(np.isfinite(swath.rain_mm_h).sum()),
    }


def _radar(swath: RadarSwath) -> Description:
    return _rain(swath) | {
        "rain_types": _classes(swath.rain_type, RAIN_TYPES),
        "surfaces": _classes(swath.surface, SURFACES),
        "freezing_level_m": _range(swath.freezing_level_m),
        "quality": _codes(swath.quality, RADAR_RULES),
    }


def _gprof(swath: GprofSwath) -> Description:
    return _rain(swath) | {
        "retrieval": swath.algorithm,
        "probability_of_precipitation": _range(swath.probability_of_precipitation),
        "quality": _codes(swath.quality, GPROF_RULES),
    }


def _times(time: NDArray[np.datetime64]) -> Description:
    known = time[~np.isnat(time)]
    baseline = max(len(known) // 4, 1)  # long, because times of whole seconds occur; the median passes over gaps
    span = (known[baseline:] - known[:-baseline]).astype(np.float64) / 1000
    period = float(np.median(span)) / baseline if span.size else None
    gaps = 0 if period is None else np.count_nonzero(np.diff(known).astype(np.float64) / 1000 > _GAP_PERIODS * period)
    return {
        "first_scan": str(known.min()) if known.size else None,
        "last_scan": str(known.max()) if known.size else None,
        "scan_period_s": None if period is None else round(period, 4),
        "time_gaps": int(gaps),
        "scans_without_time": int(time.size - known.size),
    }


def _status(group: h5py.Group) -> Description:
    """What the group says about itself and the spacecraft: sizes by its SwathHeader, altitude and orientation."""
    claimed = parse_pvl(hdf.optional_text(group, f"{group.name.strip('/')}_SwathHeader", "SwathHeader"))
    altitude = next((_known(group, name) * to_km for name, to_km in _ALTITUDES.items() if hdf.holds(group, name)), np.empty(0))
    turned = next((_known(group, name) for name in _ORIENTATIONS if hdf.holds(group, name)), np.empty(0))
    values, scans = np.unique(turned, return_counts=True)
    return {
        "scans_in_header": _whole(claimed.get("NumberScansGranule", "")),
        "pixels_in_header": _whole(claimed.get("NumberPixels", "")),
        "altitude_km": _range(altitude),
        "orientation_degrees": {f"{value:g}": int(number) for value, number in zip(values, scans, strict=True)},
    }


def _known(group: h5py.Group, name: str) -> NDArray[np.float64]:
    stored = hdf.values(group, name, 1)
    return stored[~hdf.missing(group, name, stored)].astype(np.float64)


def _codes(quality: NDArray[np.int8], rules: Mapping[int, Rule]) -> list[Description]:
    """Pixels by quality code: good ones, warnings, errors."""
    codes, numbers = np.unique(quality, return_counts=True)
    found = []
    for code, number in sorted(zip(codes.tolist(), numbers.tolist(), strict=True), key=lambda one: (one[0] < 0, abs(one[0]))):
        rule = rules.get(code, UNKNOWN)
        share = number / quality.size
        found.append({"code": code, "meaning": rule.meaning, "fate": rule.fate, "pixels": number, "fraction": share})
    return found


def _classes(values: NDArray[np.int8], names: dict[int, str]) -> dict[str, int]:
    return {name: int((values == code).sum()) for code, name in names.items()}


def _longitudes(longitude: NDArray[np.float64]) -> list[float] | None:
    known = longitude[np.isfinite(longitude)]
    if not known.size:
        return None
    west, width = longitude_arc(known)
    if width > _ROUND_DEG:
        return [-180.0, 180.0]
    return [round(west, 3), round((west + width + 180) % 360 - 180, 3)]


def _range(values: NDArray[Any]) -> list[float] | None:
    finite = values[np.isfinite(values)]
    return [round(float(finite.min()), 3), round(float(finite.max()), 3)] if finite.size else None


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else 0.0


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
