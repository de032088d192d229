"""CF netCDF-4 files of our own at the pixels of a swath: every field says in words what it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.granules import storage
from gpm_assets.granules.layout import Field
from gpm_assets.swath import Swath

PIXEL, FILL = ("scan", "pixel"), -9999.9
Described = Mapping[Field, str]
"""Fields and what they are."""
_PLACE: Described = {
    Field("latitude", "f4", PIXEL, "degrees_north", FILL): "latitude of the pixel",
    Field("longitude", "f4", PIXEL, "degrees_east", FILL): "longitude of the pixel",
    Field("time", "f8", ("scan",), "seconds since 1970-01-01", FILL): "time of the scan, UTC",
}


def write_described(
    path: Path, swath: Swath, fields: Described, values: Mapping[str, NDArray[Any]], about: Mapping[str, str]
) -> None:
    """Write where and when a swath's pixels are, and `values` of `fields` by name there, atomically; NaN becomes the fill value.

    `about` are attributes of the file. Raises OSError, and GranuleError where a value does not fit its field.
    """
    seconds = swath.time.astype("datetime64[ms]").astype(np.float64) / 1e3
    there: dict[str, NDArray[Any]] = {
        "latitude": swath.latitude,
        "longitude": swath.longitude,
        "time": np.where(np.isnat(swath.time), np.nan, seconds),
        **values,
    }
    with storage.created(path, "netCDF-4") as file:
        for name, content in {"Conventions": "CF-1.8", **about}.items():
            storage.write_attribute(file, name, content)
        for field, long_name in {**_PLACE, **fields}.items():
            storage.write_field(file, field, there[field.path])
            storage.write_attribute(file[field.path], "long_name", long_name)
