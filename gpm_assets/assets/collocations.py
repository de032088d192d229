"""GMI swaths with radar rain averaged by the antenna pattern of the 36.64 GHz channel (15.6 x 9.4 km): the labels."""

from dataclasses import asdict, fields
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
from gpm_assets.collocation.overlaps import MAX_SEPARATION_KM, WINDOW_S, Overlap, overlap
from gpm_assets.collocation.radar import RadarMatch, match
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.errors import RequestError
from gpm_assets.granules.radar import read_radar
from gpm_assets.partitions import month_partitions, sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home

MATCHES, OVERLAPS = "gmi_radar_matches", "gmi_overlaps"
_MATCH_MODULES = ("gpm_assets.collocation.radar", "gpm_assets.granules.radar", "gpm_assets.archive.store")
_OVERLAP_MODULES = ("gpm_assets.collocation.overlaps", "gpm_assets.archive.store")

_UNITS = {"rain_mm_h": "mm h-1", "freezing_level_m": "m", "lag_s": "s", "coverage": "1", "convective": "1"}


def matches_recipe(home: Home, month: str) -> Recipe:
    """Matches follow from GMI's swaths and the radar's granules."""
    inputs = {
        swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, REFERENCE, month),
        granules.RADAR_GRANULES: stage.content(home, granules.RADAR_GRANULES, month),
    }
    return stage.recipe(home, MATCHES, month, inputs=inputs, config={"rain": "near_surface"}, modules=_MATCH_MODULES)


def make_matches(home: Home, month: str) -> Artefact:
    """Match every GMI granule of a month with the radar granule of the same orbit."""
    wanted = matches_recipe(home, month)
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
            **_match_summary(work, written.granules),
        }

    return provenance.build(folder, wanted, write)


def _match(load: Any, path: Path) -> xr.Dataset:
    found = match(load(), read_radar(path))
    variables = {field.name: (("scan", "pixel"), getattr(found, field.name)) for field in fields(found)}
    dataset = xr.Dataset(variables, attrs={"radar": path.stem})
    for name, units in _UNITS.items():
        dataset[name].attrs["units"] = units
    return dataset


def load_match(home: Home, month: str, name: str) -> RadarMatch:
    """The match of one GMI granule."""
    with store.open_group(home.folder(MATCHES, month), name) as dataset:
        return RadarMatch(**{field.name: dataset[field.name].values for field in fields(RadarMatch)})


def _match_summary(work: Path, names: tuple[str, ...]) -> dict[str, Any]:
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


def overlaps_recipe(home: Home, sensor: str, month: str) -> Recipe:
    """Overlaps follow from the swaths of both sensors."""
    if sensor == REFERENCE:
        raise RequestError(f"{REFERENCE} does not overlap itself; overlaps exist for its partners")
    inputs = {name: stage.content(home, swath_stage.SWATHS, name, month) for name in (sensor, REFERENCE)}
    config = {"window_s": WINDOW_S, "max_separation_km": MAX_SEPARATION_KM}
    return stage.recipe(home, OVERLAPS, f"{sensor} {month}", inputs=inputs, config=config, modules=_OVERLAP_MODULES)


def make_overlaps(home: Home, sensor: str, month: str) -> Artefact:
    """Find every pair of a partner granule and a GMI granule that saw the same places within 15 minutes."""
    wanted = overlaps_recipe(home, sensor, month)
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


def load_overlaps(home: Home, sensor: str, month: str) -> list[tuple[str, str, Overlap]]:
    """Partner granule, GMI granule and pairs of every overpass of a month."""
    found = []
    for _, dataset in store.groups(home.folder(OVERLAPS, sensor, month)):
        pairs = Overlap(**{field.name: dataset[field.name].values for field in fields(Overlap)})
        found.append((dataset.attrs["partner"], dataset.attrs["gmi"], pairs))
    return found


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
        return stage.result(make_matches(home.open(), context.partition_key))


@dg.asset(
    name=OVERLAPS,
    group_name="collocations",
    kinds={"zarr"},
    partitions_def=sensor_month_partitions,
    deps=[swath_stage.SWATHS],
    description="Where a partner and GMI see the same place within 15 minutes: weak pairs for training, and validation.",
)
def gmi_overlaps(context: dg.AssetExecutionContext, home: HomeResource) -> dg.MaterializeResult[None]:
    """Find the overlaps of a sensor's month with GMI."""
    sensor, month = sensor_month(context.partition_key)
    with stage.failing_clearly():
        return stage.result(make_overlaps(home.open(), sensor, month))
