"""Reading 2A-GPROF granules of any radiometer."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.rival import GPROF
from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.gprof.layout import CODES, GROUP, LATITUDE, LONGITUDE, NUMBERS, PIXEL_STATUS, PROBABILITY, QUALITY, RAIN
from gpm_assets.granules.gprof.quality import screen
from gpm_assets.granules.gprof.swath import GprofSwath
from gpm_assets.granules.identity import Granule, header, identity_of
from gpm_assets.granules.names import parse_name
from gpm_assets.granules.read import check_times
from gpm_assets.granules.times import read_times

_PERCENT = ("percent", "%")


def read_gprof(path: Path) -> GprofSwath:
    """A 2A-GPROF granule; its rain is that of snow too, as GPROF does not tell them apart in its total.

    Raises GranuleError where the file cannot be read, is of another product, contradicts itself or calls itself empty.
    """
    with hdf.opened(path) as file:
        granule = identity_of(file, path)
        if not granule.product.startswith(GPROF):
            raise GranuleError(f"{path}: is a {granule.product} file, expected {GPROF} and a radiometer")
        content = header(file)
        if (empty := content.get("EmptyGranule", "NOT_EMPTY")) != "NOT_EMPTY":
            raise GranuleError(f"{path}: the header says EmptyGranule={empty}, there is nothing to read")
        if GROUP not in hdf.swath_groups(file):
            raise GranuleError(f"{path}: has no swath {GROUP}; there is {', '.join(hdf.swath_groups(file)) or 'none'}")
        return _read(file[GROUP], granule, _algorithm(granule, content))


def _algorithm(granule: Granule, content: dict[str, str]) -> str:
    """Name of the retrieval as file names give it; AlgorithmVersion (`NN0.8.14.dev`) where the header has no such name."""
    try:
        return parse_name(content.get("FileName", "")).algorithm
    except GranuleError:
        return f"GPROF {granule.algorithm}"


def _read(group: h5py.Group, granule: Granule, algorithm: str) -> GprofSwath:
    numbers = {field: hdf.filled(group, field.path, 2) for field in NUMBERS}
    codes = {field: hdf.whole_numbers(group, field.path, 2) for field in CODES}
    shapes = {field.path: found.shape for field, found in numbers.items()}
    shapes |= {field.path: found.shape for field, found in codes.items()}
    if len(set(shapes.values())) != 1:
        raise GranuleError(f"{group.file.filename}:{group.name}: shapes disagree: {shapes}")
    latitude, longitude, rain = (numbers[field] for field in (LATITUDE, LONGITUDE, RAIN))
    time = read_times(group)
    check_times(time, granule, GROUP)
    outside = (np.abs(latitude) > 90) | (np.abs(longitude) > 180)
    placed = np.isfinite(latitude) & np.isfinite(longitude) & ~outside
    kept, counts = screen(codes[PIXEL_STATUS], codes[QUALITY])
    reasons = {
        "position out of range": kept & outside,
        "position missing": kept & ~placed & ~outside,
        "rain missing": kept & placed & ~(rain >= 0),
    }
    used = kept & placed
    return GprofSwath(
        latitude=np.where(placed, latitude, np.nan).astype(np.float64),
        longitude=np.where(placed, longitude, np.nan).astype(np.float64),
        time=time,
        rain_mm_h=np.where(used & (rain >= 0), rain, np.float32(np.nan)),
        probability_of_precipitation=np.where(used, _probability(group, codes[PROBABILITY]), np.float32(np.nan)),
        quality=np.clip(codes[QUALITY], -128, 127).astype(np.int8),
        sensor=granule.sensor_name,
        granule=granule.identity,
        version=granule.version,
        algorithm=algorithm,
        swath=GROUP,
        counts=counts | {reason: int(pixels.sum()) for reason, pixels in reasons.items() if pixels.any()},
    )


def _probability(group: h5py.Group, stored: NDArray[np.int64]) -> NDArray[np.float32]:
    """From 0 to 1, NaN where the file has no per cent; raises GranuleError where it counts in another unit."""
    unit = hdf.optional_text(hdf.dataset(group, PROBABILITY.path), "units", "Units")
    if unit and unit not in _PERCENT:
        raise GranuleError(f"{group.file.filename}:{group.name}/{PROBABILITY.path}: is in {unit!r}, expected per cent")
    return np.where((stored >= 0) & (stored <= 100), stored / 100, np.nan).astype(np.float32)
