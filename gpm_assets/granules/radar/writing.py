"""Writing radar granules in the layout of every product and version, with a header that says they are simulated."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError
from gpm_assets.granules import storage
from gpm_assets.granules.editions import edition_of
from gpm_assets.granules.headers import FileHeader, root_attributes, swath_header
from gpm_assets.granules.layout import SCAN_TIME, Field
from gpm_assets.granules.names import GranuleName
from gpm_assets.granules.radar.codes import QUALITY, stored_rain_type, stored_surface_class
from gpm_assets.granules.radar.layout import POSITION, PRODUCTS, Quantity, RadarGroup, RadarProduct
from gpm_assets.granules.radar.swath import RadarSwath
from gpm_assets.granules.times import calendar_parts

_MAX_SCANS = 10000


def write_radar(
    path: Path,
    radar: RadarSwath,
    *,
    number: int | None,
    version: str = "V07A",
    other_rain_mm_h: NDArray[np.float32] | None = None,
) -> None:
    """Write a granule of `radar.product` with the one swath group, atomically; NaN and NaT become the file's missing values.

    `rain_mm_h` goes to the dataset that `radar.rain` names; the other rain is `other_rain_mm_h` (scan, ray), or missing (2B-CMB
    up to V06 has one dataset for both, which holds `radar.rain_mm_h`). Of two
    frequencies the second is missing. The group is `radar.swath`, or the full swath under its name in `version`. `number` None
    makes a near-real-time piece. Raises GranuleError where the layout of the product is not known for the version.
    """
    product, row = _rows(radar, version)
    name = name_radar(radar, number=number, version=version)
    with storage.created(path, container=edition_of(version).container) as file:
        for attribute, content in _root_attributes(radar, name, product).items():
            storage.write_text(file, attribute, content)
        group = storage.add_group(file, row.name)
        scans, rays = radar.latitude.shape
        several = len(product.groups_in(edition_of(version).number)) > 1
        header = f"{row.name}_SwathHeader" if several else "SwathHeader"
        storage.write_text(group, header, swath_header(scans, rays, _MAX_SCANS, "CROSSTRACK"))
        for field, array in _datasets(radar, row, other_rain_mm_h):
            storage.write_field(group, field, array)


def name_radar(radar: RadarSwath, *, number: int | None, version: str = "V07A") -> GranuleName:
    """The PPS name that belongs to the swath: start and stop are the first and last scan, truncated to seconds.

    Near-real-time names (`number` None) end as the edition ends them and leave the dash out of the algorithm: `V920211125`.
    """
    product, _ = _rows(radar, version)
    edition = edition_of(version)
    start, stop = (time.replace(microsecond=0) for time in _span(radar))
    algorithm, extension = product.algorithms[edition.number], edition.extension
    if number is None:
        algorithm, extension = algorithm.replace("-", ""), edition.near_real_time_extension
    return GranuleName(product.level, "GPM", product.sensor, algorithm, start, stop, number, version, extension)


def _rows(radar: RadarSwath, version: str) -> tuple[RadarProduct, RadarGroup]:
    if radar.product not in PRODUCTS:
        raise GranuleError(f"unknown radar product {radar.product!r}; there is {', '.join(PRODUCTS)}")
    product = PRODUCTS[radar.product]
    return product, product.group_in(edition_of(version).number, radar.swath)


def _span(radar: RadarSwath) -> tuple[datetime, datetime]:
    times = radar.time[~np.isnat(radar.time)].astype("datetime64[ms]")
    if not times.size:
        raise GranuleError("a radar granule without a single scan time cannot be written")
    return times.min().item(), times.max().item()


def _root_attributes(radar: RadarSwath, name: GranuleName, product: RadarProduct) -> dict[str, dict[str, str]]:
    start, stop = _span(radar)
    algorithm = product.algorithms[edition_of(name.version).number].removeprefix("V").replace("-", ".")
    missing_scans = int((~np.isfinite(radar.latitude)).all(axis=1).sum())
    about = FileHeader(product.name, product.name, algorithm, start, stop, swaths=1, missing_scans=missing_scans)
    attributes = root_attributes(name, about)
    return attributes | {"FileHeader": attributes["FileHeader"] | {"InstrumentName": product.instrument}}


def _datasets(
    radar: RadarSwath, row: RadarGroup, other_rain_mm_h: NDArray[np.float32] | None
) -> list[tuple[Field, NDArray[Any]]]:
    quality = QUALITY[row.datasets["quality"].path].write(radar.quality)
    other = np.full(radar.rain_mm_h.shape, np.nan, np.float32) if other_rain_mm_h is None else other_rain_mm_h
    quantities: dict[Quantity, NDArray[Any]] = {
        "near_surface": other,
        "surface": other,
        "rain_type": stored_rain_type(radar.rain_type),
        "surface_class": stored_surface_class(radar.surface),
        "freezing_level": radar.freezing_level_m,
        "storm_top": radar.storm_top_m,
        "quality": quality,
        "scan_quality": np.zeros(len(radar.time), np.int8),
    }
    quantities[radar.rain] = radar.rain_mm_h
    if row.datasets["near_surface"].path == row.datasets["surface"].path:
        del quantities["surface" if radar.rain == "near_surface" else "near_surface"]
    shared = {"Latitude": radar.latitude, "Longitude": radar.longitude, **calendar_parts(radar.time)}
    datasets = [(row.localised(field), shared[field.path]) for field in (*POSITION, *SCAN_TIME)]
    return datasets + [_on_frequencies(row.stored_as(quantity), array) for quantity, array in quantities.items()]


def _on_frequencies(field: Field, array: NDArray[Any]) -> tuple[Field, NDArray[Any]]:
    if array.ndim == len(field.dimensions):
        return field, array
    return field, np.stack([array, np.full_like(array, field.fill)], axis=-1)  # seen at Ku band alone
