"""GMI swaths with radar rain averaged by the antenna pattern of the 36.64 GHz channel (15.6 x 9.4 km): the labels.

Rain of 2A-DPR near the surface and extrapolated to it, and of 2B-CMB where its granule is there; the settings say which is the
label and whether rays within 7 km, or the nearest one, take the pattern's place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.assets import granules, pages, stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation.footprint import MAX_LAG_S
from gpm_assets.collocation.label_tally import tally
from gpm_assets.collocation.radar import RadarMatch, joined, match_all, unseen
from gpm_assets.collocation.training_sets import labels
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.constellation.radar import COMBINED, RADAR, RADAR_PRODUCTS
from gpm_assets.errors import ProvenanceError, RequestError
from gpm_assets.granules.manifest import Row
from gpm_assets.granules.radar import Rain, read_radar
from gpm_assets.partitions import month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home
from gpm_assets.swath import Swath

MATCHES = "gmi_radar_matches"
ESTIMATES: Mapping[str, tuple[str, Rain]] = MappingProxyType(
    {"near surface": (RADAR, "near_surface"), "surface": (RADAR, "surface"), "combined": (COMBINED, "near_surface")}
)
"""Rains that may be the label: product and which of its two rains."""
_NAMES = "estimates"
_MODULES = (
    "gpm_assets.collocation.radar",
    "gpm_assets.collocation.label_tally",
    "gpm_assets.granules.radar",
    "gpm_assets.archive.store",
)
_UNITS = {
    "rain_mm_h": "mm h-1",
    "freezing_level_m": "m",
    "storm_top_m": "m",
    "lag_s": "s",
    "coverage": "1",
    "convective": "1",
}

_Landed = Sequence[granules.Landed]
_Files = Mapping[str, Sequence[Path]]
"""Granules of each product of the radar that may have seen a swath."""


def recipe(home: Home, month: str) -> Recipe:
    """Matches follow from GMI's swaths and the radar's granules; which of their rains is the label changes nothing here."""
    inputs = {
        swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, REFERENCE, month),
        granules.RADAR_GRANULES: stage.content(home, granules.RADAR_GRANULES, month),
    }
    config = {"averaging": home.settings.collocation.averaging, "estimates": dict(ESTIMATES)}
    return stage.recipe(home, MATCHES, month, inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, month: str, *, workers: int = 1, progress: stage.Progress | None = None) -> Artefact:
    """Match every GMI granule of a month with the radar granules that saw it, look-ahead included."""
    wanted = recipe(home, month)
    folder = home.folder(MATCHES, month)
    gmi = granules.landed(home, REFERENCE, month)
    radar = {product: granules.landed(home, product, month) for product in RADAR_PRODUCTS}
    pieces = _pieces(home, wanted, gmi, radar)

    def write(work: Path) -> dict[str, Any]:
        written = store.write_month(work, pieces, folder, progress, workers=workers)
        _draw(home, work, month, written.granules)
        return {
            "note": None if written.granules else _why_empty(month, len(gmi), len(radar[RADAR]), len(written.failed)),
            "averaging": home.settings.collocation.averaging,
            "granules": list(written.granules),
            "without_radar": _alone(gmi, radar[RADAR]),
            "without_combined": _alone(gmi, radar[COMBINED]) if home.settings.collocation.combined else None,
            "radar_quarantined": {
                file: reason for product in radar for file, reason in granules.quarantined(home, product, month).items()
            },
            "failed": len(written.failed),
            "failed_reasons": written.failed,
            **_tallies(work, written.granules),
        }

    return provenance.build(folder, wanted, write)


def _pieces(home: Home, wanted: Recipe, gmi: _Landed, radar: Mapping[str, _Landed]) -> list[store.Piece]:
    month, rows = wanted.partition, {one.name: one.row for one in gmi}
    keys = store.keys(home.folder(swath_stage.SWATHS, REFERENCE, month))
    pieces = []
    for name, load in swath_stage.load_all(home, REFERENCE, month).items():
        seen = {product: [one for one in landed if _near(one.row, rows[name])] for product, landed in radar.items()}
        if any(seen.values()):
            of = {product: [one.row.sha256 for one in landed] for product, landed in seen.items()}
            files = {product: [one.path for one in landed] for product, landed in seen.items()}
            make_one = partial(_match, load, files, home.settings.collocation.averaging)
            pieces.append(store.Piece(name, provenance.digest([keys[name], of, dict(wanted.config), wanted.code]), make_one))
    return pieces


def _near(radar: Row, gmi: Row) -> bool:
    """Whether a radar granule may have seen what GMI's did: the next one (when yawed, the one before) saw its last minute."""
    lag = timedelta(seconds=MAX_LAG_S)
    return radar.start <= gmi.stop + lag and radar.stop >= gmi.start - lag


def _alone(gmi: _Landed, radar: _Landed) -> list[str]:
    """GMI granules during which the radar delivered nothing; a neighbour that saw one of their ends does not count."""
    middles = {one.name: one.row.start + (one.row.stop - one.row.start) / 2 for one in gmi}
    return [name for name, middle in middles.items() if not any(one.row.start <= middle <= one.row.stop for one in radar)]


def _why_empty(month: str, gmi: int, radar: int, failed: int) -> str:
    why = f"{failed} could not be matched" if failed else "none of them together"
    return f"no GMI granule of {month} has radar rain: {gmi} GMI and {radar} 2A-DPR granules landed, {why}"


def _match(load: Callable[[], Swath], files: _Files, averaging: str) -> xr.Dataset:
    swath = load()
    radars = {
        name: joined([read_radar(path, rain) for path in files[product]])
        for name, (product, rain) in ESTIMATES.items()
        if files[product]
    }
    found = match_all(swath, radars, averaging)
    each = [found.get(name, unseen(swath.shape)) for name in ESTIMATES]
    variables = {
        field.name: (("estimate", "scan", "pixel"), np.stack([getattr(one, field.name) for one in each]))
        for field in fields(RadarMatch)
    }
    dataset = xr.Dataset(variables, attrs={"averaging": averaging, "radar": [path.stem for path in chain(*files.values())]})
    dataset.attrs[_NAMES] = list(ESTIMATES)  # an attribute, because Zarr 3 has no stable string type
    for name, units in _UNITS.items():
        dataset[name].attrs["units"] = units
    return dataset


def load(home: Home, month: str, name: str, rain: str | None = None) -> RadarMatch:
    """The match of one GMI granule: of the rain that the settings make the label, or of the one of `ESTIMATES` that is named.

    Raises RequestError for another name, ProvenanceError where the month was matched without it.
    """
    rain = rain or home.settings.collocation.rain
    if rain not in ESTIMATES:
        raise RequestError(f"unknown rain {rain!r}; there is {', '.join(ESTIMATES)}")
    return _load(home.folder(MATCHES, month), name, rain)


def _load(folder: Path, name: str, rain: str) -> RadarMatch:
    with store.open_group(folder, name) as dataset:
        there = dataset.attrs.get(_NAMES, [])
        if rain not in there:
            raise ProvenanceError(f"{folder} was matched without {rain} rain: materialise {MATCHES} of {folder.name} again")
        if lacking := [field.name for field in fields(RadarMatch) if field.name not in dataset]:
            raise ProvenanceError(
                f"{folder} was matched without {', '.join(lacking)}: materialise {MATCHES} of {folder.name} again"
            )
        chosen = dataset.isel(estimate=there.index(rain))
        return RadarMatch(**{field.name: chosen[field.name].values for field in fields(RadarMatch)})


def labelled(home: Home, month: str) -> int:
    """How many pixels of a made month have the rain that is the label."""
    artefact = provenance.require(home.folder(MATCHES, month), world=home.settings.world)
    return int(artefact.metadata.get("estimates", {}).get(home.settings.collocation.rain, {}).get("labelled_pixels", 0))


def _draw(home: Home, work: Path, month: str, names: Sequence[str]) -> None:
    """Where labelled pixels lie, and their rain by each estimate: of every n-th pixel, so that months cost what days do."""
    every = 1 + len(names) // 16
    rain: dict[str, list[NDArray[np.float32]]] = {estimate: [] for estimate in ESTIMATES}
    places: list[NDArray[np.float64]] = []
    swaths = swath_stage.load_all(home, REFERENCE, month)
    for name in names:
        for estimate, found in rain.items():
            label = labels(_load(work, name, estimate))
            found.append(label[np.isfinite(label)][::every])
        seen, swath = np.isfinite(labels(_load(work, name, next(iter(ESTIMATES))))), swaths[name]()
        places.append(np.stack([swath.latitude[seen], swath.longitude[seen]])[:, ::every])
    pages.of_matches(work, {estimate: np.concatenate(found) for estimate, found in rain.items() if found}, places, month)


def _tallies(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """What the labels are by each estimate; those of the first stand for the month."""
    of = {rain: tally(_load(folder, name, rain) for name in names) for rain in ESTIMATES}
    return {**next(iter(of.values())), "estimates": of}


@dg.asset(
    name=MATCHES,
    group_name="collocations",
    kinds={"zarr"},
    partitions_def=month_partitions,
    deps=[stage.by_month_dep(swath_stage.SWATHS), granules.RADAR_GRANULES],
    description=__doc__,
)
def gmi_radar_matches(
    context: dg.AssetExecutionContext, config: stage.WorkersConfig, home: HomeResource
) -> dg.MaterializeResult[None]:
    """Match a month."""
    month = context.partition_key
    with stage.failing_clearly():
        artefact = make(home.open(), month, workers=config.workers, progress=stage.logged(context, month))
        estimates = [{"estimate": name, **numbers} for name, numbers in artefact.metadata["estimates"].items()]
        return stage.result(artefact, estimates=stage.table(estimates), **pages.pictures(artefact.folder))
