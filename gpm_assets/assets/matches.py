"""GMI swaths with radar rain averaged by the antenna pattern of the 36.64 GHz channel (15.6 x 9.4 km): the labels."""

from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import xarray as xr

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.assets import granules, stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation.radar import RadarMatch, match
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.granules.radar import read_radar
from gpm_assets.partitions import month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home

MATCHES = "gmi_radar_matches"
_MODULES = ("gpm_assets.collocation.radar", "gpm_assets.granules.radar", "gpm_assets.archive.store")

_UNITS = {"rain_mm_h": "mm h-1", "freezing_level_m": "m", "lag_s": "s", "coverage": "1", "convective": "1"}


def recipe(home: Home, month: str) -> Recipe:
    """Matches follow from GMI's swaths and the radar's granules."""
    inputs = {
        swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, REFERENCE, month),
        granules.RADAR_GRANULES: stage.content(home, granules.RADAR_GRANULES, month),
    }
    return stage.recipe(home, MATCHES, month, inputs=inputs, config={"rain": "near_surface"}, modules=_MODULES)


def make(home: Home, month: str) -> Artefact:
    """Match every GMI granule of a month with the radar granule of the same orbit."""
    wanted = recipe(home, month)
    folder = home.folder(MATCHES, month)
    radar = {one.row.number: one for one in granules.landed(home, granules.RADAR, month)}
    gmi = {one.name: one.row for one in granules.landed(home, REFERENCE, month)}
    pieces, unmatched = [], []
    for name, load in swath_stage.load_all(home, REFERENCE, month).items():
        seen = radar.get(gmi[name].number)
        if seen is None:
            unmatched.append(name)
            continue
        key = provenance.digest([gmi[name].sha256, seen.row.sha256, wanted.code])
        pieces.append(store.Piece(name, key, partial(_match, load, seen.path)))

    def write(work: Path) -> dict[str, Any]:
        written = store.write_month(work, pieces, folder)
        return {
            "granules": list(written.granules),
            "without_radar": unmatched,
            "failed": len(written.failed),
            "failed_reasons": written.failed,
            **_summary(work, written.granules),
        }

    return provenance.build(folder, wanted, write)


def _match(load: Any, path: Path) -> xr.Dataset:
    found = match(load(), read_radar(path))
    variables = {field.name: (("scan", "pixel"), getattr(found, field.name)) for field in fields(found)}
    dataset = xr.Dataset(variables, attrs={"radar": path.stem})
    for name, units in _UNITS.items():
        dataset[name].attrs["units"] = units
    return dataset


def load(home: Home, month: str, name: str) -> RadarMatch:
    """The match of one GMI granule."""
    with store.open_group(home.folder(MATCHES, month), name) as dataset:
        return RadarMatch(**{field.name: dataset[field.name].values for field in fields(RadarMatch)})


def _summary(work: Path, names: tuple[str, ...]) -> dict[str, Any]:
    labelled, wet, lag = 0, 0, []
    for name in names:
        with store.open_group(work, name) as dataset:
            full = dataset["coverage"].values >= 0.8
            labelled += int(full.sum())
            wet += int((dataset["rain_mm_h"].values[full] >= 0.1).sum())
            lag.append(float(np.nanmean(np.where(full, dataset["lag_s"].values, np.nan))) if full.any() else np.nan)
    return {
        "labelled_pixels": labelled,
        "rain_fraction": round(wet / max(1, labelled), 4),
        "mean_lag_s": round(float(np.nanmean(lag)), 1) if np.isfinite(lag).any() else None,
    }


@dg.asset(
    name=MATCHES,
    group_name="collocations",
    kinds={"zarr"},
    partitions_def=month_partitions,
    deps=[stage.by_month_dep(swath_stage.SWATHS), granules.RADAR_GRANULES],
    description=__doc__,
)
def gmi_radar_matches(context: dg.AssetExecutionContext, home: HomeResource) -> dg.MaterializeResult[None]:
    """Match a month."""
    with stage.failing_clearly():
        return stage.result(make(home.open(), context.partition_key))
