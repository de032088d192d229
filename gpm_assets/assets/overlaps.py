"""Where a partner and GMI see the same place within 15 minutes: weak pairs for training, and validation.

Granules meet those of the same month; what crosses midnight between two months is not searched.

Every pair of pixels knows its separation and time difference, how variable the scene is, and the rain of the radar where it saw
the place too. Pairs are shown beside the shares of latitude bands and surfaces in GMI's own view: overlaps are not global.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import xarray as xr

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.archive.overlaps import overlap_dataset, read_overlap
from gpm_assets.assets import granules, matches, pages, stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation import climatology
from gpm_assets.collocation.label_tally import WET_MM_H
from gpm_assets.collocation.likeness import shifted
from gpm_assets.collocation.overlaps import Overlap, Span, meetings, overlap
from gpm_assets.collocation.training_sets import labels
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.errors import RequestError
from gpm_assets.geography import zones
from gpm_assets.geography.land import land_fraction
from gpm_assets.partitions import month_partitions, sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home
from gpm_assets.swath import Swath

OVERLAPS, SENSOR_OVERLAPS = "gmi_overlaps", "sensor_overlaps"
_MODULES = (
    "gpm_assets.collocation.overlaps",
    "gpm_assets.collocation.likeness",
    "gpm_assets.collocation.climatology",
    "gpm_assets.collocation.label_tally",
    "gpm_assets.archive.overlaps",
)
_OPTIONS = ("window_s", "separation_km", "shift_pixels")


def recipe(home: Home, sensor: str, month: str) -> Recipe:
    """Overlaps follow from the swaths of both sensors, and from the radar's matches where there are any."""
    if sensor == REFERENCE:
        raise RequestError(f"{REFERENCE} does not overlap itself; overlaps exist for its partners")
    inputs = {name: stage.content(home, swath_stage.SWATHS, name, month) for name in (sensor, REFERENCE)}
    config = _options(home)
    if provenance.read(home.folder(matches.MATCHES, month)):
        stage.agree(home, matches.MATCHES, (month,), {swath_stage.SWATHS: inputs[REFERENCE]})
        inputs[matches.MATCHES] = stage.content(home, matches.MATCHES, month)
        config["rain"] = home.settings.collocation.rain
    return stage.recipe(home, OVERLAPS, f"{sensor} {month}", inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, sensor: str, month: str, *, workers: int = 1, progress: stage.Progress | None = None) -> Artefact:
    """Find where every partner granule and every GMI granule of the month saw the same places."""
    wanted = recipe(home, sensor, month)

    def draw(work: Path, found: tuple[str, ...]) -> None:
        pages.of_channels(work, swaths_of(home, sensor, month, (read_overpass(work, name) for name in found)), sensor, month)

    return _build(home, home.folder(OVERLAPS, sensor, month), wanted, month, [(sensor, REFERENCE)], workers, progress, draw)


def sensor_recipe(home: Home, month: str) -> Recipe:
    """Overlaps of partners follow from the swaths of all that have some in the month."""
    inputs = {name: stage.content(home, swath_stage.SWATHS, name, month) for name in _partners(home, month)}
    return stage.recipe(home, SENSOR_OVERLAPS, month, inputs=inputs, config=_options(home), modules=_MODULES)


def make_sensor(home: Home, month: str, *, workers: int = 1, progress: stage.Progress | None = None) -> Artefact:
    """Find where any two partners saw the same places in a month."""
    couples = list(combinations(_partners(home, month), 2))
    return _build(home, home.folder(SENSOR_OVERLAPS, month), sensor_recipe(home, month), month, couples, workers, progress)


def _options(home: Home) -> dict[str, Any]:
    return home.settings.collocation.model_dump(include=set(_OPTIONS))


def _partners(home: Home, month: str) -> list[str]:
    """Partners of GMI with swaths in a month."""
    return [name for name in INSTRUMENTS if name != REFERENCE and provenance.read(home.folder(swath_stage.SWATHS, name, month))]


@dataclass(frozen=True)
class _Search:
    """Two granules of a month that may overlap: sensors, names of their swaths, contents of the two months."""

    home: Home
    month: str
    sensors: tuple[str, str]
    names: tuple[str, str]
    contents: tuple[str, str]

    @property
    def name(self) -> str:
        """Name of the overpass."""
        return "+".join(self.names)

    def __call__(self) -> xr.Dataset | None:
        """The overlap, None where the two never saw the same place in time."""
        options = self.home.settings.collocation
        first, second = (
            _swath(self.home.folder(swath_stage.SWATHS, sensor, self.month), name, content)
            for sensor, name, content in zip(self.sensors, self.names, self.contents, strict=True)
        )
        pairs = overlap(first, second, window_s=options.window_s, max_separation_km=options.separation_km, workers=1)
        if not len(pairs):
            return None
        if options.shift_pixels:
            pairs = shifted(pairs, first, second, options.shift_pixels)
        return overlap_dataset(pairs, first, second, self.names, self._rain())

    def _rain(self) -> Any:
        """Radar rain on the second swath where it is GMI's and the radar flew below it, else None."""
        folder = self.home.folder(matches.MATCHES, self.month)
        if self.sensors[1] != REFERENCE or provenance.read(folder) is None or self.names[1] not in store.names(folder):
            return None
        return labels(matches.load(self.home, self.month, self.names[1]))


@lru_cache(maxsize=4)
def _swath(folder: Path, name: str, content: str) -> Swath:
    """A swath; neighbours in time meet the same granules. The content of the month is part of the key."""
    del content
    return swath_stage.read(folder, name)


def _build(
    home: Home,
    folder: Path,
    wanted: Recipe,
    month: str,
    couples: list[tuple[str, str]],
    workers: int,
    progress: stage.Progress | None,
    draw: Callable[[Path, tuple[str, ...]], None] = lambda work, found: None,
) -> Artefact:
    def write(work: Path) -> dict[str, Any]:
        searches = [search for one, other in couples for search in _searches(home, month, one, other)]
        pieces = [store.Piece(one.name, provenance.digest([wanted.fingerprint, one.name]), one) for one in searches]
        written = store.write_month(work, pieces, folder, progress, workers=workers)
        sensors = f"{couples[0][0]} and {couples[0][1]}" if len(couples) == 1 else "partners"
        overpasses = (store.open_group(work, name) for name in written.granules)
        pages.of_overlaps(work, overpasses, _every(written.granules), sensors, month, home.settings.collocation.window_s)
        draw(work, written.granules)
        return {
            "granules": list(written.granules),
            "failed": len(written.failed),
            "failed_reasons": written.failed,
            "granule_pairs_searched": len(searches),
            "note": _why_empty(home, month, couples, len(searches), len(written.failed)) if not written.granules else None,
            **_summary(work, written.granules),
        }

    return provenance.build(folder, wanted, write)


def _searches(home: Home, month: str, *sensors: str) -> Iterator[_Search]:
    """Granule pairs whose times come as near as the window, in order of time."""
    folders = [home.folder(swath_stage.SWATHS, sensor, month) for sensor in sensors]
    contents = [provenance.require(folder, world=home.settings.world).content for folder in folders]
    usable = [set(store.names(folder)) for folder in folders]
    first, second = (
        [one for one in granules.landed(home, sensor, month) if one.name in names]
        for sensor, names in zip(sensors, usable, strict=True)
    )
    spans, others = ([_span(one) for one in side] for side in (first, second))
    for i, j in meetings(spans, others, home.settings.collocation.window_s):
        yield _Search(home, month, (sensors[0], sensors[1]), (first[i].name, second[j].name), (contents[0], contents[1]))


def _span(one: granules.Landed) -> Span:
    start, stop = (np.datetime64(moment.replace(tzinfo=None), "ms") for moment in (one.row.start, one.row.stop))
    return start, stop


def _why_empty(home: Home, month: str, couples: list[tuple[str, str]], searched: int, failed: int) -> str:
    """Words for a month without overlaps."""
    minutes = home.settings.collocation.window_s / 60
    sensors = sorted({sensor for couple in couples for sensor in couple})
    empty = [sensor for sensor in sensors if not store.names(home.folder(swath_stage.SWATHS, sensor, month))]
    if not couples:
        return f"fewer than two partners have swaths in {month}: materialise more of them to compare sensors"
    if empty:
        return f"no granule of {', '.join(empty)} in {month}: nothing to overlap with"
    if not searched:
        return f"no two granules of {' and '.join(sensors)} in {month} come within {minutes:g} minutes of each other"
    if failed:
        return f"{failed} of {searched} pairs of granules could not be searched, the others never saw the same place in time"
    return f"{searched} pairs of granules come within {minutes:g} minutes, but never saw the same place in that time"


def _every(names: tuple[str, ...]) -> int:
    """Every so many pairs tell what all do: a month of many sensors costs what a few overpasses do."""
    return 1 + len(names) // 16


def _summary(work: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """Numbers over all overpasses, read one at a time."""
    counts = np.zeros((climatology.BANDS, climatology.SURFACES))
    pairs, labelled, wet, rainy = 0, 0, 0, 0
    late: list[np.ndarray] = []
    for name in names:
        with store.open_group(work, name) as dataset:
            rain = dataset["rain_mm_h"].values
            latitude, longitude = dataset["latitude"].values, dataset["longitude"].values
            counts += climatology.count_kinds(zones.latitude_band(latitude), zones.surface(land_fraction(latitude, longitude)))
            pairs, labelled, wet = pairs + len(rain), labelled + int(np.isfinite(rain).sum()), wet + int((rain >= WET_MM_H).sum())
            rainy += bool((rain >= WET_MM_H).any())
            late.append(np.abs(dataset["time_s"].values[:: _every(names)]))
    return {
        "overpasses": len(names),
        "rainy_overpasses": rainy,
        "pairs": pairs,
        "pairs_with_radar": labelled,
        "rain_fraction": round(wet / labelled, 4) if labelled else None,
        "median_abs_time_s": round(float(np.median(np.concatenate(late))), 1) if late else None,
        "kinds": climatology.table(counts) if pairs else [],
    }


def names(home: Home, sensor: str, month: str) -> list[str]:
    """Overpasses of a made month."""
    return store.names(home.folder(OVERLAPS, sensor, month))


Overpass = tuple[str, str, Overlap]
"""Partner granule, GMI granule and their pairs."""


def load(home: Home, sensor: str, month: str) -> Iterator[Overpass]:
    """Every overpass of a month, one at a time."""
    folder = home.folder(OVERLAPS, sensor, month)
    yield from (read_overpass(folder, name) for name in store.names(folder))


def of_granule(home: Home, sensor: str, month: str, granule: str) -> Iterator[Overpass]:
    """The overpasses of a month that a granule, the partner's or GMI's, has a part in."""
    folder = home.folder(OVERLAPS, sensor, month)
    yield from (read_overpass(folder, name) for name in store.names(folder) if granule in name.split("+"))


def read_overpass(folder: Path, name: str) -> Overpass:
    """One overpass of a month's artefact."""
    with store.open_group(folder, name) as dataset:
        return dataset.attrs["first_granule"], dataset.attrs["second_granule"], read_overlap(dataset)


def swaths_of(home: Home, sensor: str, month: str, overpasses: Iterable[Overpass]) -> Iterator[tuple[Swath, Swath, Overlap]]:
    """Swaths of both sensors and their pairs, one overpass at a time."""
    partner, gmi = (swath_stage.load_all(home, name, month) for name in (sensor, REFERENCE))
    for name, gmi_name, pairs in overpasses:
        yield partner[name](), gmi[gmi_name](), pairs


def _shown(artefact: Artefact) -> dg.MaterializeResult[None]:
    kinds: list[Mapping[str, Any]] = artefact.metadata["kinds"]
    return stage.result(artefact, kinds=stage.table([dict(row) for row in kinds]), **pages.pictures(artefact.folder))


@dg.asset(
    name=OVERLAPS,
    group_name="collocations",
    kinds={"zarr"},
    partitions_def=sensor_month_partitions,
    deps=[swath_stage.SWATHS, stage.by_month_dep(matches.MATCHES)],
    description=__doc__,
)
def gmi_overlaps(
    context: dg.AssetExecutionContext, config: stage.WorkersConfig, home: HomeResource
) -> dg.MaterializeResult[None]:
    """Find the overlaps of a sensor's month with GMI."""
    sensor, month = sensor_month(context.partition_key)
    with stage.failing_clearly():
        progress = stage.logged(context, f"{sensor} and {REFERENCE}")
        return _shown(make(home.open(), sensor, month, workers=config.workers, progress=progress))


@dg.asset(
    name=SENSOR_OVERLAPS,
    group_name="collocations",
    kinds={"zarr"},
    partitions_def=month_partitions,
    deps=[stage.by_month_dep(swath_stage.SWATHS)],
    description="Where any two partners see the same place within 15 minutes (GMI's are in gmi_overlaps): do the sensors agree?",
)
def sensor_overlaps(
    context: dg.AssetExecutionContext, config: stage.WorkersConfig, home: HomeResource
) -> dg.MaterializeResult[None]:
    """Find the overlaps of all partners in a month."""
    with stage.failing_clearly():
        progress = stage.logged(context, context.partition_key)
        return _shown(make_sensor(home.open(), context.partition_key, workers=config.workers, progress=progress))
