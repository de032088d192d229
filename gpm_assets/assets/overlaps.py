"""Where a partner and GMI see the same place within 15 minutes: weak pairs for training, and validation."""

from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import xarray as xr

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.assets import stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation.overlaps import MAX_SEPARATION_KM, WINDOW_S, Overlap, overlap
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.errors import RequestError
from gpm_assets.partitions import sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home

OVERLAPS = "gmi_overlaps"
_MODULES = ("gpm_assets.collocation.overlaps", "gpm_assets.archive.store")


def recipe(home: Home, sensor: str, month: str) -> Recipe:
    """Overlaps follow from the swaths of both sensors."""
    if sensor == REFERENCE:
        raise RequestError(f"{REFERENCE} does not overlap itself; overlaps exist for its partners")
    inputs = {name: stage.content(home, swath_stage.SWATHS, name, month) for name in (sensor, REFERENCE)}
    config = {"window_s": WINDOW_S, "max_separation_km": MAX_SEPARATION_KM}
    return stage.recipe(home, OVERLAPS, f"{sensor} {month}", inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, sensor: str, month: str) -> Artefact:
    """Find every pair of a partner granule and a GMI granule that saw the same places within 15 minutes."""
    wanted = recipe(home, sensor, month)
    folder = home.folder(OVERLAPS, sensor, month)
    partners, gmis = swath_stage.load_all(home, sensor, month), swath_stage.load_all(home, REFERENCE, month)
    gmi_swaths = {name: load() for name, load in gmis.items()}

    def write(work: Path) -> dict[str, Any]:
        pieces = []
        for name, load in partners.items():
            swath = load()
            for gmi_name, gmi in gmi_swaths.items():
                pairs = overlap(swath, gmi)
                if len(pairs):
                    key = provenance.digest([wanted.fingerprint, name, gmi_name])
                    pieces.append(
                        (name, gmi_name, pairs, store.Piece(f"{name}+{gmi_name}", key, partial(_overlap, name, gmi_name, pairs)))
                    )
        written = store.write_month(work, [piece for *_, piece in pieces], folder)
        lags = np.concatenate([pairs.time_s for _, _, pairs, _ in pieces]) if pieces else np.zeros(0)
        return {
            "granules": list(written.granules),
            "overpasses": len(pieces),
            "pairs": int(sum(len(pairs) for _, _, pairs, _ in pieces)),
            "median_abs_time_s": round(float(np.median(np.abs(lags))), 1) if len(lags) else None,
        }

    return provenance.build(folder, wanted, write)


def _overlap(partner: str, gmi: str, pairs: Overlap) -> xr.Dataset:
    variables = {name: (("pair",), values) for name, values in asdict(pairs).items()}
    return xr.Dataset(variables, attrs={"partner": partner, "gmi": gmi})


def load(home: Home, sensor: str, month: str) -> list[tuple[str, str, Overlap]]:
    """Partner granule, GMI granule and pairs of every overpass of a month."""
    found = []
    for _, dataset in store.groups(home.folder(OVERLAPS, sensor, month)):
        pairs = Overlap(**{field.name: dataset[field.name].values for field in fields(Overlap)})
        found.append((dataset.attrs["partner"], dataset.attrs["gmi"], pairs))
    return found


@dg.asset(
    name=OVERLAPS,
    group_name="collocations",
    kinds={"zarr"},
    partitions_def=sensor_month_partitions,
    deps=[swath_stage.SWATHS],
    description=__doc__,
)
def gmi_overlaps(context: dg.AssetExecutionContext, home: HomeResource) -> dg.MaterializeResult[None]:
    """Find the overlaps of a sensor's month with GMI."""
    sensor, month = sensor_month(context.partition_key)
    with stage.failing_clearly():
        return stage.result(make(home.open(), sensor, month))
