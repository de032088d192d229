"""`gpm_assets.open`: a product over months as one lazy dataset."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from gpm_assets.archive import store
from gpm_assets.constellation.instruments import instrument
from gpm_assets.errors import RequestError
from gpm_assets.settings import Home

PRODUCTS = {"swaths": "scan", "simulated_truth": "scan", "pseudo_tb": "scan", "precipitation": "scan", "gmi_overlaps": "pair"}
"""What can be opened, and the dimension along which granules (or overpasses) follow each other."""


def open(product: str, sensor: str, months: str | Sequence[str], home: Path | None = None) -> xr.Dataset:
    """A product of a sensor over months (`YYYY-MM`, one or several), lazily: nothing is read before it is asked for.

    Dimensions scan, pixel and, for brightness temperatures, channel (coordinate: channel names); pair for overlaps. `granule`
    (scan,) or (pair,) names where each came from. Raises RequestError where the product, sensor or a month is unknown or not made
    yet.
    """
    if product not in PRODUCTS:
        raise RequestError(f"unknown product {product!r}; products are {', '.join(PRODUCTS)}")
    instrument(sensor)
    place, along = Home(home), PRODUCTS[product]
    pieces: builtins.list[xr.Dataset] = []
    for month in [months] if isinstance(months, str) else months:
        folder = place.folder(product, sensor, month)
        if not folder.exists():
            raise RequestError(f"{product} of {sensor} in {month} is not in {place.root}: materialise its partition first")
        for name in store.names(folder):
            piece = xr.open_zarr(folder / store.DATA, group=name, consolidated=False, chunks={}, zarr_format=3)
            origin = np.full(piece.sizes[along], name, object)  # one name a granule: as text 300 bytes a scan, 0.4 GB a month
            pieces.append(piece.assign_coords(granule=(along, origin)))
    if not pieces:
        raise RequestError(f"{product} of {sensor} holds no granule in {months}")
    dataset = xr.concat(pieces, dim=along, combine_attrs="drop_conflicts", data_vars="all", coords="all", join="exact")
    if "channels" in dataset.attrs:
        dataset = dataset.assign_coords(channel=dataset.attrs["channels"])
    return dataset
