"""A translated swath as a netCDF-4 file of its own: pseudo-GMI brightness temperatures, and rain where it was retrieved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.granules import storage
from gpm_assets.granules.layout import Field
from gpm_assets.inference.translation import GMI_CHANNELS, PseudoTb
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from gpm_assets.inference.retrieval import Rain

_PIXEL, _FILL = ("scan", "pixel"), -9999.9
_PLACE = {
    Field("latitude", "f4", _PIXEL, "degrees_north", _FILL): "latitude of the pixel",
    Field("longitude", "f4", _PIXEL, "degrees_east", _FILL): "longitude of the pixel",
    Field("time", "f8", ("scan",), "seconds since 1970-01-01", _FILL): "time of the scan, UTC",
}
_TB = {
    Field("tb", "f4", (*_PIXEL, "channel"), "K", _FILL): "brightness temperature as GMI might have measured it",
    Field(
        "window_flag", "i1", _PIXEL, "", -99
    ): "0 whole, 1 inputs were missing in the window that makes 99 % of it, -1 no value",
}
_RAIN = {
    Field("rain_mean", "f4", _PIXEL, "mm h-1", _FILL): "mean rain rate",
    Field("probability_wet", "f4", _PIXEL, "1", _FILL): "probability that the rain rate reaches 0.1 mm h-1",
}


def write_translated(path: Path, swath: Swath, pseudo: PseudoTb, rain: Rain | None, about: dict[str, str]) -> None:
    """Write a swath's pseudo-TB, and its rain, atomically as CF netCDF-4; NaN and NaT become the fill value.

    `about` are attributes of the file: which models made it. Raises OSError.
    """
    valued = np.isfinite(pseudo.tb).any(axis=-1)
    seconds = swath.time.astype("datetime64[ms]").astype(np.float64) / 1e3
    values: dict[str, NDArray[np.generic]] = {
        "latitude": swath.latitude,
        "longitude": swath.longitude,
        "time": np.where(np.isnat(swath.time), np.nan, seconds),
        "tb": pseudo.tb,
        "window_flag": np.where(valued, pseudo.partial, -1).astype(np.int8),
    }
    fields = _PLACE | _TB
    if rain is not None:
        fields, values = fields | _RAIN, values | {"rain_mean": rain.mean_mm_h, "probability_wet": rain.probability_wet}
    told = {
        "Conventions": "CF-1.8",
        "title": f"pseudo-GMI brightness temperatures of {swath.granule}",
        "granule": swath.granule,
        "sensor": swath.sensor,
        "channels": ",".join(GMI_CHANNELS),
    }
    with storage.created(path, "netCDF-4") as file:
        for name, content in (told | about).items():
            storage.write_attribute(file, name, content)
        for field, long_name in fields.items():
            storage.write_field(file, field, values[field.path])
            storage.write_attribute(file[field.path], "long_name", long_name)
