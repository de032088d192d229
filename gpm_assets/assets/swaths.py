"""Quality-controlled swaths of a sensor's month, co-registered on one sampling (Zarr, one group a granule).

Settings choose the sampling: GMI-like, or the sensor's native one. Missing stays missing, interpolation weights are renormalised
and their valid share is kept. A granule that has no usable position is left out with its reason. `coregistration` tells by
swath group how many granules took the nominal operator as it is, how many were corrected or searched, and by how many km
positions were off at most, before and after.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import xarray as xr

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.archive.swaths import read_swath, swath_dataset
from gpm_assets.assets import granules, stage
from gpm_assets.collocation.sampling import co_register
from gpm_assets.collocation.training_sets import complete
from gpm_assets.constellation.instruments import instrument
from gpm_assets.granules.read import read_1c
from gpm_assets.partitions import sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home
from gpm_assets.swath import Swath

SWATHS = "swaths"
_COREGISTRATION = "coregistration"
_MODULES = (
    "gpm_assets.collocation.sampling",
    "gpm_assets.granules.read",
    "gpm_assets.archive.swaths",
    "gpm_assets.archive.store",
)


def recipe(home: Home, sensor: str, month: str) -> Recipe:
    """Swaths follow from the landed granules and the sampling of the settings."""
    inputs = {granules.GRANULES: stage.content(home, granules.GRANULES, sensor, month)}
    config = {"sampling": home.settings.collocation.sampling}
    return stage.recipe(home, SWATHS, f"{sensor} {month}", inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, sensor: str, month: str, *, workers: int = 1, progress: stage.Progress | None = None) -> Artefact:
    """Co-register every granule of a month."""
    wanted = recipe(home, sensor, month)
    folder = home.folder(SWATHS, sensor, month)
    pieces = [
        store.Piece(
            one.name,
            provenance.digest([one.row.sha256, wanted.code, dict(wanted.config)]),
            partial(_swath, one.path, sensor, home.settings.collocation.sampling),
        )
        for one in granules.landed(home, sensor, month)
    ]

    def write(work: Path) -> dict[str, Any]:
        written = store.write_month(work, pieces, folder, progress, workers=workers)
        return {
            "note": None if pieces else f"no granule of {sensor} landed in {month}: there is nothing to co-register",
            "granules": list(written.granules),
            "granule_count": len(written.granules),
            "taken_over": len(written.reused),
            "failed": len(written.failed),
            "failed_reasons": written.failed,
            **_summary(work, written.granules),
        }

    return provenance.build(folder, wanted, write)


def _swath(path: Path, sensor: str, sampling: str) -> xr.Dataset:
    made = co_register(read_1c(path), instrument(sensor), sampling=sampling)
    told = {
        group: {"way": one.way, "nominal_off_km": one.nominal_km, "off_km": one.off_km} for group, one in made.alignments.items()
    }
    return swath_dataset(complete(made.swath)).assign_attrs({_COREGISTRATION: json.dumps(told)})


def _summary(work: Path, names: tuple[str, ...]) -> dict[str, Any]:
    valid, pixels, warned = 0, 0, 0
    by_channel: dict[str, int] = {}
    alignments: dict[str, dict[str, Any]] = {}
    for name in names:
        with store.open_group(work, name) as dataset:
            for group, one in json.loads(dataset.attrs[_COREGISTRATION]).items():
                _count(alignments.setdefault(group, {"operator": 0, "corrected": 0, "searched": 0}), one)
            finite = np.isfinite(dataset["tb"].values)
            for channel, number in zip(dataset.attrs["channels"], finite.sum(axis=(0, 1)).tolist(), strict=True):
                by_channel[channel] = by_channel.get(channel, 0) + number
            valid, pixels = valid + int(finite.all(axis=-1).sum()), pixels + finite[..., 0].size
            warned += int(np.count_nonzero(dataset["quality"].values > 0))
    return {
        "pixels": pixels,
        "valid_fraction": round(valid / max(1, pixels), 4),
        "valid_by_channel": {channel: round(number / max(1, pixels), 4) for channel, number in by_channel.items()},
        "pixels_with_warning": warned,
        _COREGISTRATION: alignments,
    }


def _count(group: dict[str, Any], alignment: dict[str, Any]) -> None:
    """Add one granule's alignment of a swath group to those of the month; distances that are unknown leave no trace."""
    group[alignment["way"]] += 1
    for name in ("nominal_off_km", "off_km"):
        if alignment[name] is not None:
            group[name] = max(group.get(name, 0.0), round(alignment[name], 3))


def valid_by_channel(home: Home, sensor: str, month: str) -> tuple[int, dict[str, float]]:
    """Pixels of a made month, and the share of them that has a TB, channel by channel."""
    artefact = provenance.require(home.folder(SWATHS, sensor, month), world=home.settings.world)
    return int(artefact.metadata["pixels"]), dict(artefact.metadata["valid_by_channel"])


def load_all(home: Home, sensor: str, month: str) -> dict[str, Callable[[], Swath]]:
    """Swaths of a made month by granule, each read when asked for: name to a function that gives the Swath."""
    folder = home.folder(SWATHS, sensor, month)
    provenance.require(folder, world=home.settings.world)
    return {name: partial(read, folder, name) for name in store.names(folder)}


def read(folder: Path, name: str) -> Swath:
    """One swath of a month's artefact."""
    with store.open_group(folder, name) as dataset:
        return read_swath(dataset)


@dg.asset(
    name=SWATHS,
    group_name="swaths",
    kinds={"zarr"},
    partitions_def=sensor_month_partitions,
    deps=[granules.GRANULES],
    description=__doc__,
)
def swaths(context: dg.AssetExecutionContext, config: stage.WorkersConfig, home: HomeResource) -> dg.MaterializeResult[None]:
    """Co-register a sensor's month."""
    sensor, month = sensor_month(context.partition_key)
    place = home.open()
    with stage.failing_clearly():
        artefact = make(place, sensor, month, workers=config.workers, progress=stage.logged(context, sensor))
        return stage.result(artefact, map=_map(place, sensor, month))


def _map(home: Home, sensor: str, month: str) -> bytes | None:
    """The first granule of the month in the channel nearest to 89 GHz."""
    from gpm_assets.evaluation import figures

    for load in load_all(home, sensor, month).values():
        swath = load()
        channel = min(instrument(sensor).channels, key=lambda one: abs(one.frequency_ghz - 89.0)).name
        figure = figures.swath_map(
            swath.latitude,
            swath.longitude,
            swath.channel(channel),
            kind="tb",
            channel=channel,
            title=f"{sensor} {channel}, {swath.granule}",
        )
        return figures.png(figure)
    return None
