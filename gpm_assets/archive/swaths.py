"""`Swath` to and from a CF dataset."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gpm_assets.swath import Swath

CF = {"Conventions": "CF-1.11", "institution": "gpm-assets"}
ATTRIBUTES: dict[str, dict[str, str]] = {
    "tb": {"long_name": "intercalibrated brightness temperature", "standard_name": "brightness_temperature", "units": "K"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
    "time": {"standard_name": "time", "long_name": "time of the scan"},
    "incidence": {"long_name": "earth incidence angle", "standard_name": "sensor_zenith_angle", "units": "degree"},
    "quality": {"long_name": "PPS quality code: 0 good, positive warning, negative error"},
    "support": {"long_name": "share of the interpolation weights on valid native pixels", "units": "1"},
}


def swath_dataset(swath: Swath) -> xr.Dataset:
    """A dataset (scan, pixel, channel) of a swath; channel names are an attribute, because Zarr 3 has no stable string type."""
    place, full = ("scan", "pixel"), ("scan", "pixel", "channel")
    variables = {
        "tb": (full, swath.tb),
        "incidence": (full, swath.incidence),
        "quality": (place, swath.quality),
    }
    if swath.support is not None:
        variables["support"] = (full, swath.support)
    coordinates = {
        "latitude": (place, swath.latitude),
        "longitude": (place, swath.longitude),
        "time": (("scan",), swath.time.astype("datetime64[ns]")),
    }
    dataset = xr.Dataset(variables, coordinates, {**CF, "sensor": swath.sensor, "granule": swath.granule, "group": swath.group})
    dataset.attrs["channels"] = list(swath.channels)
    return describe(dataset)


def describe(dataset: xr.Dataset) -> xr.Dataset:
    """Attach units and names to every variable that `ATTRIBUTES` knows."""
    for name in dataset.variables:
        dataset[name].attrs.update(ATTRIBUTES.get(str(name), {}))
    return dataset


def read_swath(dataset: xr.Dataset) -> Swath:
    """The swath that `swath_dataset` stored."""
    return Swath(
        sensor=dataset.attrs["sensor"],
        channels=tuple(dataset.attrs["channels"]),
        tb=dataset["tb"].values.astype(np.float32),
        latitude=dataset["latitude"].values.astype(np.float64),
        longitude=dataset["longitude"].values.astype(np.float64),
        time=dataset["time"].values.astype("datetime64[ms]"),
        incidence=dataset["incidence"].values.astype(np.float32),
        quality=dataset["quality"].values.astype(np.int8),
        granule=dataset.attrs["granule"],
        group=dataset.attrs["group"],
        support=dataset["support"].values.astype(np.float32) if "support" in dataset else None,
    )
