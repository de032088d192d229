"""What GMI would have measured at a partner's pixels, and the true rain: the simulated world's answer, for test scores only.

Computed at the pixels of the GMI-like sampling, never resampled. Nothing that trains or selects models depends on it.
"""

from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import xarray as xr

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.archive.swaths import ATTRIBUTES
from gpm_assets.assets import stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.errors import ProvenanceError, RequestError
from gpm_assets.partitions import sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.sources import nature
from gpm_assets.settings import Home
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.truth import Truth

TRUTH = "simulated_truth"
_MODULES = ("gpm_assets.simulation.truth", "gpm_assets.archive.store")


def recipe(home: Home, sensor: str, month: str) -> Recipe:
    """Truth follows from positions and times of the swaths and the nature they see; raises RequestError in the real world."""
    if home.settings.world == "real":
        raise RequestError("there is no truth in the real world: real months are scored against the radar at overlaps")
    inputs = {swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, sensor, month)}
    config = asdict(nature(home.settings))
    return stage.recipe(home, TRUTH, f"{sensor} {month}", inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, sensor: str, month: str, *, workers: int = 1, progress: stage.Progress | None = None) -> Artefact:
    """Compute the truth of every granule of a month, several processes side by side."""
    wanted = recipe(home, sensor, month)
    folder = home.folder(TRUTH, sensor, month)
    source = home.folder(swath_stage.SWATHS, sensor, month)
    seen_in = nature(home.settings)
    pieces = [
        store.Piece(name, provenance.digest([key, wanted.code, dict(wanted.config)]), partial(_truth, source, name, seen_in))
        for name, key in store.keys(source).items()
    ]

    def write(work: Path) -> dict[str, Any]:
        written = store.write_month(work, pieces, folder, progress, workers=workers)
        return {"granules": list(written.granules), "failed": len(written.failed), "failed_reasons": written.failed}

    return provenance.build(folder, wanted, write)


def _truth(folder: Path, name: str, seen_in: Nature) -> xr.Dataset:
    from gpm_assets.simulation.truth import truth

    found = truth(swath_stage.read(folder, name), seen_in)
    full, place = ("scan", "pixel", "channel"), ("scan", "pixel")
    dataset = xr.Dataset(
        {
            "tb": (full, found.tb, ATTRIBUTES["tb"]),
            "tb_noisy": (full, found.tb_noisy, ATTRIBUTES["tb"] | {"long_name": "brightness temperature with GMI's noise"}),
            "rain_mm_h": (
                place,
                found.rain_mm_h,
                {"units": "mm h-1", "long_name": "rain averaged by the 36.64 GHz antenna pattern"},
            ),
            "convective_fraction": (place, found.convective_fraction, {"units": "1"}),
            "land_fraction": (place, found.land_fraction, {"units": "1"}),
            "freezing_level_m": (place, found.freezing_level_m, {"units": "m"}),
            "storm_top_m": (
                place,
                found.storm_top_m,
                {"units": "m", "long_name": "height to which radar sees what rains, averaged by its rain"},
            ),
        }
    )
    dataset.attrs["channels"] = list(found.channels)
    return dataset


def load(home: Home, sensor: str, month: str, name: str) -> Truth:
    """The truth of one granule."""
    folder = home.folder(TRUTH, sensor, month)
    provenance.require(folder, world=home.settings.world)
    with store.open_group(folder, name) as dataset:
        values = {str(key): dataset[key].values for key in dataset.data_vars}
        if lacking := {field.name for field in fields(Truth)} - {"channels", *values}:
            raise ProvenanceError(f"{folder} was made without {', '.join(sorted(lacking))}: materialise {TRUTH} of {month} again")
        return Truth(channels=tuple(dataset.attrs["channels"]), **values)


@dg.asset(
    name=TRUTH,
    group_name="swaths",
    kinds={"zarr"},
    partitions_def=sensor_month_partitions,
    deps=[swath_stage.SWATHS],
    description=__doc__,
)
def simulated_truth(
    context: dg.AssetExecutionContext, config: stage.WorkersConfig, home: HomeResource
) -> dg.MaterializeResult[None]:
    """Compute the truth of a sensor's month."""
    sensor, month = sensor_month(context.partition_key)
    with stage.failing_clearly():
        return stage.result(make(home.open(), sensor, month, workers=config.workers, progress=stage.logged(context, sensor)))
