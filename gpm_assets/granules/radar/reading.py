"""Reading radar granules: 2A-DPR, 2A-Ku and 2B-CMB, every swath, V05 to V08."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.editions import edition_of
from gpm_assets.granules.identity import Granule, header, identity_of
from gpm_assets.granules.radar.codes import BAD, QUALITY, UNKNOWN, rain_type, surface_class
from gpm_assets.granules.radar.layout import POSITION, PRODUCTS, RadarGroup
from gpm_assets.granules.radar.swath import RadarSwath, Rain
from gpm_assets.granules.read import check_times
from gpm_assets.granules.times import read_times

_DRY_MM_H = -1111.1
"""Rate where it does not rain, -1111 in some files; others say 0."""
_LOWEST_FREEZING_LEVEL_M = -1000.0
"""Below ground by a few 100 m where it is cold; special values are lower than -1000."""


def read_radar(path: Path, rain: Rain = "near_surface", swath: str | None = None) -> RadarSwath:
    """One swath of a radar granule: the full one (FS, NS or KuGMI), or the one named, e.g. HS, MS, KuKaGMI.

    Raises GranuleError where the file cannot be read, is no radar product, contradicts itself or has no such swath.
    """
    if rain not in get_args(Rain):
        raise GranuleError(f"unknown rain {rain!r}; there is {', '.join(get_args(Rain))}")
    with hdf.opened(path) as file:
        granule = identity_of(file, path)
        if granule.product not in PRODUCTS:
            raise GranuleError(f"{path}: is a {granule.product} file, expected one of {', '.join(PRODUCTS)}")
        if (empty := header(file).get("EmptyGranule", "NOT_EMPTY")) != "NOT_EMPTY":
            raise GranuleError(f"{path}: the header says EmptyGranule={empty}, there is nothing to read")
        row = _chosen(granule, hdf.swath_groups(file), swath)
        return _read(file[row.name], granule, row, rain)


def _chosen(granule: Granule, present: tuple[str, ...], swath: str | None) -> RadarGroup:
    product = PRODUCTS[granule.product]
    there = [group for group in product.groups if group.name in present]
    found = next((group for group in there if (group.full if swath is None else group.name == swath)), None)
    if found is None:
        full = " or ".join(group.name for group in product.groups if group.full)
        wanted = f"full swath ({full})" if swath is None else f"swath {swath}"
        raise GranuleError(f"{granule.path}: has no {wanted}; there is {', '.join(group.name for group in there) or 'none'}")
    try:
        expected = product.groups_in(edition_of(granule.version).number)
    except GranuleError as error:
        raise GranuleError(f"{granule.path}: {error}") from error
    if expected and found not in expected:
        names = ", ".join(group.name for group in expected)
        raise GranuleError(
            f"{granule.path}: the header says {product.name} {granule.version}, whose swaths are {names}; "
            f"the file holds {', '.join(present)}"
        )
    return found


def _read(group: h5py.Group, granule: Granule, row: RadarGroup, rain: Rain) -> RadarSwath:
    grids = _grids(group, row, rain)
    latitude, longitude = grids["Latitude"], grids["Longitude"]
    outside = (np.abs(latitude) > 90) | (np.abs(longitude) > 180)
    placed = np.isfinite(latitude) & np.isfinite(longitude) & ~outside
    quality = _quality(group, row, latitude.shape)
    kept = (quality != UNKNOWN) & (quality != BAD)
    rate, level, time = _rain_rate(grids[rain]), grids["freezing_level"], read_times(group)
    top = _storm_top(group, row, latitude.shape)
    check_times(time, granule, row.name)
    reasons = {
        "quality missing": quality == UNKNOWN,
        "bad quality": quality == BAD,
        "position out of range": kept & outside,
        "position missing": kept & ~placed & ~outside,
        "rain missing": kept & placed & np.isnan(rate),
        "storm top not in the file": np.broadcast_to(top is None, quality.shape),
    }
    return RadarSwath(
        latitude=np.where(placed, latitude, np.nan).astype(np.float64),
        longitude=np.where(placed, longitude, np.nan).astype(np.float64),
        time=time,
        rain_mm_h=np.where(kept & placed, rate, np.nan).astype(np.float32),
        rain_type=rain_type(grids["rain_type"]),
        surface=surface_class(grids["surface_class"]),
        freezing_level_m=np.where(level > _LOWEST_FREEZING_LEVEL_M, level, np.nan).astype(np.float32),
        storm_top_m=np.full(quality.shape, np.nan, np.float32) if top is None else top,
        quality=quality,
        granule=granule.identity,
        product=row.product,
        swath=row.name,
        rain=rain,
        counts={reason: int(pixels.sum()) for reason, pixels in reasons.items() if pixels.any()},
    )


def _grids(group: h5py.Group, row: RadarGroup, rain: Rain) -> dict[str, NDArray[Any]]:
    """Datasets (scan, ray): codes as stored, numbers in float32 with NaN where missing. Raises where their shapes disagree."""
    paths = {field.path: field.path for field in POSITION} | {name: field.path for name, field in row.datasets.items()}
    numbers, codes = ("Latitude", "Longitude", rain, "freezing_level"), ("rain_type", "surface_class")
    grids: dict[str, NDArray[Any]] = {name: hdf.whole_numbers(group, paths[name], 2) for name in codes}
    grids |= {name: hdf.filled(group, paths[name], 2) for name in numbers}
    if len({grid.shape for grid in grids.values()}) != 1:
        shapes = ", ".join(f"{paths[name]} {grid.shape}" for name, grid in grids.items())
        raise GranuleError(f"{group.file.filename}:{group.name}: shapes disagree: {shapes}")
    return grids


def _rain_rate(stored: NDArray[Any]) -> NDArray[Any]:
    """Rates in mm/h; 0 for the special value of dry pixels, NaN for every other one, which are all negative."""
    dry = np.isclose(stored, _DRY_MM_H, atol=0.2, rtol=0)
    return np.where(dry, 0, np.where(stored >= 0, stored, np.nan))


def _storm_top(group: h5py.Group, row: RadarGroup, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Height (scan, ray) of the Ku-band echo in m, NaN where there is none: special values are negative.

    None where the file does not hold it: files of PPS do, granules that were simulated before it was written do not.
    """
    field = row.stored_as("storm_top")
    if not hdf.holds(group, field.path):
        return None
    stored = hdf.filled(group, field.path, len(field.dimensions))
    if stored.shape[:2] != shape or 0 in stored.shape[2:]:
        raise GranuleError(f"{group.file.filename}:{group.name}: {field.path} {stored.shape} does not fit Latitude {shape}")
    top = stored if stored.ndim == 2 else stored[..., 0]
    return np.where(top > 0, top, np.float32(np.nan))


def _quality(group: h5py.Group, row: RadarGroup, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Quality of pixels; BAD in a scan whose data quality is not 0 at a frequency, or missing at all.

    In V07 FS the second frequency is missing (-99) on outer rays until 2018-05-21, where Ku band alone gives the rain.
    """
    path, scan_path = row.datasets["quality"].path, row.datasets["scan_quality"].path
    pixels, scans = _by_frequency(group, path, 2), _by_frequency(group, scan_path, 1)
    if pixels.shape[:2] != shape or scans.shape[:1] != shape[:1]:
        raise GranuleError(
            f"{group.file.filename}:{group.name}: {path} {pixels.shape} and {scan_path} {scans.shape} do not fit Latitude {shape}"
        )
    absent = hdf.missing(group, scan_path, scans)
    unusable = (~absent & (scans != 0)).any(axis=1) | absent.all(axis=1)
    quality = QUALITY[path].read(pixels)
    return np.where(unusable[:, None] & (quality != UNKNOWN), np.int8(BAD), quality)


def _by_frequency(group: h5py.Group, path: str, dimensions: int) -> NDArray[np.int64]:
    """Codes with a last axis for frequencies, of length one where the file has none."""
    rank = hdf.dataset(group, path).ndim
    array = hdf.whole_numbers(group, path, rank if rank == dimensions + 1 else dimensions)
    return array if rank == dimensions + 1 else array[..., None]
