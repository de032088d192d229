"""Reductions of products over many months in one lazy dask graph: memory is that of a few chunks however many months come."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gpm_assets.evaluation.domain_shift import CENTRES_K, CLASSES, TbHistogram, count
from gpm_assets.geography.zones import LATITUDE_BANDS, SURFACES

_FAN_IN = 8
"""Partial counts that are added at once: each holds 0.3 MB for eleven channels."""


def tb_counts(dataset: xr.Dataset) -> xr.DataArray:
    """Lazy counts (channel, surface, latitude_band, tb) of what `gpm_assets.open("swaths", sensor, months)` gives.

    The same whole numbers as `evaluation.domain_shift` has granule by granule. Stored chunks are counted one by one, where two
    variables are chunked differently at the borders of both, and counts are added in a tree. `tb` are the middles of bins in K.
    """
    dataset = dataset[["tb", "latitude", "longitude"]].transpose("scan", "pixel", "channel").unify_chunks()
    tb = dataset["tb"].data
    place = (dataset[name].data[:, :, np.newaxis] for name in ("latitude", "longitude"))
    scans, pixels, channels = tb.chunks
    blocks = tb.map_blocks(
        _count_block,
        *place,
        dtype=np.int64,
        chunks=((1,) * len(scans), (1,) * len(pixels), channels, *((size,) for size in CLASSES)),
        new_axis=[3, 4, 5],
        meta=np.empty((0,) * 6, np.int64),
    )
    total = blocks.sum(axis=(0, 1), split_every=_FAN_IN)
    names = {"surface": list(SURFACES), "latitude_band": list(LATITUDE_BANDS), "tb": CENTRES_K}
    return xr.DataArray(total, names | {"channel": dataset["channel"]}, ("channel", *names))


def tb_histogram(dataset: xr.Dataset) -> TbHistogram:
    """The counts of `tb_counts`, computed."""
    counts = tb_counts(dataset)
    return TbHistogram(tuple(counts["channel"].values.tolist()), counts.values)


def _count_block(tb: NDArray[Any], latitude: NDArray[Any], longitude: NDArray[Any]) -> NDArray[np.int64]:
    """Counts (1, 1, channel, surface, latitude band, bin) of one chunk."""
    return count(tb, latitude[..., 0], longitude[..., 0])[np.newaxis, np.newaxis]
