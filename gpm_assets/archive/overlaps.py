"""`Overlap` to and from a dataset: pairs of pixels with their place, their time, what they are worth and the radar's rain."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gpm_assets.archive.swaths import CF
from gpm_assets.collocation.likeness import pair_variability
from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.swath import Swath

ATTRIBUTES = {
    "first": {"long_name": "flat index into (scan, pixel) of the first swath"},
    "second": {"long_name": "flat index into (scan, pixel) of the second swath"},
    "separation_km": {"long_name": "distance between the two pixels", "units": "km"},
    "time_s": {"long_name": "time of the second pixel minus time of the first", "units": "s"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
    "time": {"standard_name": "time", "long_name": "time of the first pixel's scan"},
    "variability_k": {"long_name": "standard deviation of TB near 89 GHz in 3 x 3 pixels, the larger of both", "units": "K"},
    "rain_mm_h": {"long_name": "radar rain at the second pixel", "units": "mm h-1"},
}


def overlap_dataset(
    pairs: Overlap, first: Swath, second: Swath, names: tuple[str, str], rain_mm_h: NDArray[np.float32] | None = None
) -> xr.Dataset:
    """A dataset (pair,) of an overlap of two swaths by the names of their granules.

    `rain_mm_h` (scan, pixel) is radar rain on the second swath, NaN where there is none.
    """
    rain = np.full(len(pairs), np.nan, np.float32) if rain_mm_h is None else rain_mm_h.reshape(-1)[pairs.second]
    values = {
        **{field.name: getattr(pairs, field.name) for field in fields(Overlap)},
        "latitude": first.latitude.reshape(-1)[pairs.first],
        "longitude": first.longitude.reshape(-1)[pairs.first],
        "time": first.time[pairs.first // first.shape[1]].astype("datetime64[ns]"),
        "variability_k": pair_variability(pairs, first, second),
        "rain_mm_h": rain,
    }
    dataset = xr.Dataset({name: (("pair",), value, ATTRIBUTES[name]) for name, value in values.items()})
    sensors = {"first_sensor": first.sensor, "second_sensor": second.sensor}
    return dataset.assign_attrs({**CF, **sensors, "first_granule": names[0], "second_granule": names[1]})


def read_overlap(dataset: xr.Dataset) -> Overlap:
    """The overlap that `overlap_dataset` stored."""
    return Overlap(**{field.name: dataset[field.name].values for field in fields(Overlap)})
