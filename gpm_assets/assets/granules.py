"""Verified granules of a sensor's month (1C files) and of the radar's (2A-DPR and 2B-CMB files), with their manifests.

Where the settings want it, 2A-GPROF of the sensor lands beside its 1C files: the operational retrieval to be held against.

The first source in the settings that serves the sensor and month lands them. A granule that does not open, names another sensor
or contradicts itself is quarantined with its reason; the month goes on, and the counts stand in the metadata.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from pydantic import Field

from gpm_assets import provenance
from gpm_assets.assets import stage
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.radar import COMBINED, RADAR, RADAR_PRODUCTS
from gpm_assets.constellation.rival import gprof_of, is_gprof, sensor_of
from gpm_assets.errors import ProvenanceError, RequestError
from gpm_assets.granules.landing import land
from gpm_assets.granules.manifest import MANIFEST, Manifest, Row, read_manifest
from gpm_assets.partitions import month_partitions, sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.sources import make_source
from gpm_assets.settings import Home

GRANULES, RADAR_GRANULES = "level1c_granules", "radar_granules"
_BESIDE = {COMBINED: "combined"}
_GPROF = "gprof"

Progress = Callable[[int, int], None]


def folder(home: Home, product: str, month: str) -> Path:
    """Where the granules of a sensor's (or the radar's) month lie, and what lands beside them."""
    return home.folder(RADAR_GRANULES, month) if product in RADAR_PRODUCTS else home.folder(GRANULES, sensor_of(product), month)


def _files(product: str) -> str:
    """Folder of a product's files in its month: `files` but for what lies beside them."""
    return _GPROF if is_gprof(product) else _BESIDE.get(product, "files")


def recipe(home: Home, product: str, month: str) -> Recipe:
    """What the granules of a month follow from: a plan, or the files that a folder offers. Raises RequestError outside a life."""
    row = instrument(REFERENCE if product in RADAR_PRODUCTS else product)
    if not row.alive(month):
        raise RequestError(f"{product} delivered nothing in {month}: its life is {row.life}")
    settings = home.settings
    sources = {one: settings.source(one, month) for one in (product, *_beside(home, product, month))}
    kinds = {one: chosen.kind for one, chosen in sources.items()}
    plan = settings.simulation.model_dump() if "simulated" in kinds.values() else {}
    inputs = {
        offer.name: offer.key
        for one, chosen in sources.items()
        if chosen.kind != "simulated"
        for offer in make_source(settings, chosen).offers(one, month)
    }
    modules = (*(f"gpm_assets.granules.sources.{kind}" for kind in sorted(set(kinds.values()))), "gpm_assets.granules.landing")
    asset = RADAR_GRANULES if product in RADAR_PRODUCTS else GRANULES
    return stage.recipe(home, asset, f"{product} {month}", inputs=inputs, config={"sources": kinds, **plan}, modules=modules)


def make(
    home: Home, product: str, month: str, *, take_over: bool = False, workers: int = 1, progress: Progress | None = None
) -> Artefact:
    """Land a month; `take_over` allows another source than the one that filled it before (else ProvenanceError)."""
    wanted = recipe(home, product, month)
    target = folder(home, product, month)
    if provenance.current(target, wanted):
        return provenance.require(target, world=wanted.world)
    manifests = []
    for one in (product, *_beside(home, product, month)):
        source = make_source(home.settings, home.settings.source(one, month))
        if source.world != home.settings.world:
            raise ProvenanceError(f"source {source.name} serves the {source.world} world, this home is {home.settings.world}")
        place = target / _files(one)
        manifests.append(land(source, one, month, place, workers=workers, progress=progress, replace=take_over))
    content = provenance.digest([(row.file, row.sha256) for manifest in manifests for row in manifest.rows])
    beside = {_files(manifest.product): _metadata(manifest) for manifest in manifests[1:]}
    if not beside:
        other, unwanted = _companion(home, product)
        # what an earlier landing left is no part of the month any more
        (target / _files(other) / MANIFEST).unlink(missing_ok=True)
        beside = {_files(other): {"note": f"{other} is not landed: {unwanted or 'no source serves it'}"}}
    return provenance.record(target, wanted, content, _metadata(manifests[0]) | beside)


def _beside(home: Home, product: str, month: str) -> tuple[str, ...]:
    """What lands with a product: its companion, where it is wanted and a source serves it."""
    other, unwanted = _companion(home, product)
    return (other,) if not unwanted and any(one.serves(other, month) for one in home.settings.sources) else ()


def _companion(home: Home, product: str) -> tuple[str, str]:
    """What may land with a product, 2B-CMB with 2A-DPR and 2A-GPROF with 1C, and the setting that says not to, "" where none."""
    settings = home.settings
    if product == RADAR:
        return COMBINED, "" if settings.collocation.combined else "combined = false under [collocation]"
    return gprof_of(product), "" if settings.evaluation.gprof else "gprof = false under [evaluation]"


def _metadata(manifest: Manifest) -> dict[str, object]:
    counts: dict[str, int] = {}
    for row in manifest.rows:
        for reason, number in row.counts.items():
            counts[reason] = counts.get(reason, 0) + number
    nothing = f"source {manifest.source} has no usable granule of {manifest.product} in {manifest.month}"
    return {
        "note": None if manifest.rows else nothing,
        "source": manifest.source,
        "granule_count": len(manifest.rows),
        "quarantined": len(manifest.quarantined),
        "quarantined_reasons": {one.file: one.reason for one in manifest.quarantined},
        "masked_pixels": counts,
        "valid_fraction": round(sum(row.valid_fraction for row in manifest.rows) / max(1, len(manifest.rows)), 4),
        "megabytes": round(sum(row.size for row in manifest.rows) / 1e6, 1),
    }


@dataclass(frozen=True)
class Landed:
    """A landed file: where it lies and its row of the manifest."""

    path: Path
    row: Row

    @property
    def name(self) -> str:
        """Name without suffix: the group in every store made from it."""
        return Path(self.row.file).stem


def landed(home: Home, product: str, month: str) -> list[Landed]:
    """The verified granules of a landed month, in order of time; none of 2B-CMB or 2A-GPROF where it was not wanted or served."""
    manifest = _manifest(home, product, month)
    return [Landed(path, row) for path, row in zip(manifest.paths, manifest.rows, strict=True)] if manifest else []


def quarantined(home: Home, product: str, month: str) -> dict[str, str]:
    """Files of a landed month that were refused, and why."""
    manifest = _manifest(home, product, month)
    return {one.file: one.reason for one in manifest.quarantined} if manifest else {}


def _manifest(home: Home, product: str, month: str) -> Manifest | None:
    target = folder(home, product, month)
    provenance.require(target, world=home.settings.world)
    files = target / _files(product)
    return read_manifest(files) if files.name == "files" or (files / MANIFEST).exists() else None


class LandingConfig(stage.WorkersConfig):
    """How a month is landed."""

    take_over: bool = Field(default=False, description="let another source replace the one that filled the month before")


def _table(home: Home, month: str, *products: str) -> dg.TableMetadataValue | None:
    rows = [
        {
            "file": one.row.file,
            "start": one.row.start.isoformat(),
            "version": one.row.version,
            "MB": round(one.row.size / 1e6, 2),
            "valid_fraction": round(one.row.valid_fraction, 4),
        }
        for product in products
        for one in landed(home, product, month)
    ]
    return stage.table(rows)


@dg.asset(name=GRANULES, group_name="granules", kinds={"hdf5"}, partitions_def=sensor_month_partitions, description=__doc__)
def level1c_granules(context: dg.AssetExecutionContext, config: LandingConfig, home: HomeResource) -> dg.MaterializeResult[None]:
    """Land a radiometer's month."""
    sensor, month = sensor_month(context.partition_key)
    place = home.open()
    with stage.failing_clearly():
        artefact = make(
            place, sensor, month, take_over=config.take_over, workers=config.workers, progress=stage.logged(context, sensor)
        )
        return stage.result(artefact, files=_table(place, month, sensor, gprof_of(sensor)))


@dg.asset(
    name=RADAR_GRANULES,
    group_name="granules",
    kinds={"hdf5"},
    partitions_def=month_partitions,
    description="Verified granules of the dual-frequency precipitation radar (2A-DPR), and of radar and GMI combined (2B-CMB) "
    "where a source has them, with their manifests: the rain that teaches.",
)
def radar_granules(context: dg.AssetExecutionContext, config: LandingConfig, home: HomeResource) -> dg.MaterializeResult[None]:
    """Land the radar's month."""
    place = home.open()
    with stage.failing_clearly():
        artefact = make(
            place,
            RADAR,
            context.partition_key,
            take_over=config.take_over,
            workers=config.workers,
            progress=stage.logged(context, RADAR),
        )
        return stage.result(artefact, files=_table(place, context.partition_key, *RADAR_PRODUCTS))
