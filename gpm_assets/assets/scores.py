"""Score sums of every registered candidate for a sensor's month: rain against its reference, and TB channel by channel.

Months of the test year are scored against the simulated truth at the partner's own pixels. Validation months are scored as real
data can be: against radar rain at overlaps with GMI, never against truth. Only rows that are missing are computed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import dagster as dg
import numpy as np

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.assets import matches, overlaps, retrieval, stage, translators, truth
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation import calendar
from gpm_assets.collocation.training_sets import labels
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.errors import RequestError
from gpm_assets.evaluation import table
from gpm_assets.evaluation.scoring import Reference, comparable, gmi_rows, retrieved, score
from gpm_assets.partitions import sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry, Version
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from gpm_assets.swath import Swath
from models.translators import METHODS

if TYPE_CHECKING:
    from pandas import DataFrame

    from models.drain import Drain
    from models.translators.base import Translator

RAIN_SCORES, TB_SCORES = "retrieval_scores", "translation_scores"
_FOLDER = "scores"
_MODULES = ("gpm_assets.evaluation.scoring", "gpm_assets.evaluation.scores")

Progress = Callable[[int, int], None]


def folder(home: Home, sensor: str, month: str) -> Path:
    """Where the scores of a sensor's month lie: `rain.parquet` and `tb.parquet`."""
    return home.folder(_FOLDER, sensor, month)


def recipe(home: Home, registry: Registry, sensor: str, month: str) -> Recipe:
    """Scores follow from the swaths, what they are held against, DRAIN and the candidates."""
    split = calendar.month_split(month, sensor)
    if split == "train":
        raise RequestError(f"{month} trains {sensor}: only validation and test months are scored")
    inputs = {swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, sensor, month)}
    if split == "test":
        inputs[truth.TRUTH] = stage.content(home, truth.TRUTH, sensor, month)
    else:
        inputs[overlaps.OVERLAPS] = stage.content(home, overlaps.OVERLAPS, sensor, month)
        inputs[matches.MATCHES] = stage.content(home, matches.MATCHES, month)
        inputs[REFERENCE] = stage.content(home, swath_stage.SWATHS, REFERENCE, month)
        swaths = {sensor: inputs[swath_stage.SWATHS], REFERENCE: inputs[REFERENCE]}
        stage.agree(home, overlaps.OVERLAPS, (sensor, month), swaths)
        stage.agree(home, matches.MATCHES, (month,), {swath_stage.SWATHS: inputs[REFERENCE]})
    inputs[retrieval.MODEL] = retrieval.champion(home, registry).tags["fingerprint"]
    known = translators.candidates(*retrieval.models_of(home, registry), sensor)
    config = {"split": split, "candidates": {one.uri: one.tags["fingerprint"] for one in known}}
    if split != "test":
        config["label"] = home.settings.collocation.rain
    return stage.recipe(home, _FOLDER, f"{sensor} {month}", inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, registry: Registry, sensor: str, month: str, progress: Progress | None = None) -> Artefact:
    """Score the candidates that have no rows yet, and keep the rows of the others."""
    wanted = recipe(home, registry, sensor, month)
    target = folder(home, sensor, month)
    return provenance.build(
        target, wanted, lambda work: _Scoring(home, registry, sensor, month, wanted).write(work, target, progress)
    )


class _Scoring:
    """One month of one sensor."""

    def __init__(self, home: Home, registry: Registry, sensor: str, month: str, wanted: Recipe) -> None:
        self.home, self.registry, self.sensor, self.month, self.wanted = home, registry, sensor, month, wanted
        self.owner, self.trained_in = retrieval.models_of(home, registry)
        self.split = calendar.month_split(month, sensor)
        self.basis = provenance.digest([dict(wanted.inputs), wanted.config.get("label"), wanted.code])

    def write(self, work: Path, before: Path, progress: Progress | None) -> dict[str, Any]:
        old_rain, old_tb = self._kept(before)
        have = set() if old_rain is None else set(old_rain["version"])
        wanted = translators.candidates(self.owner, self.trained_in, self.sensor)
        new = [one for one in wanted if int(one.version) not in have]
        rain, tb = self._score(new, with_gmi=0 not in have, progress=progress)
        keep = {0, *(int(one.version) for one in wanted)}
        rain, tb = _joined(old_rain, rain, keep), _joined(old_tb, tb, keep)
        table.write(rain, work / "rain.parquet")
        table.write(tb, work / "tb.parquet")
        return {
            "basis": self.basis,
            "split": self.split,
            "candidates": len(wanted),
            "computed": len(new),
            "overpasses": int(rain["granule"].nunique()),
            "reference_pixels": int(rain[rain["method"] == "gmi"]["n"].sum()),
        }

    def _kept(self, before: Path) -> "tuple[DataFrame | None, DataFrame | None]":
        artefact = provenance.read(before)
        if artefact is None or artefact.metadata["basis"] != self.basis:
            return None, None
        return table.read(before / "rain.parquet"), table.read(before / "tb.parquet")

    def _score(self, versions: list[Version], *, with_gmi: bool, progress: Progress | None) -> "tuple[DataFrame, DataFrame]":
        drain = retrieval.load_champion(self.home, self.registry)
        models = [
            ({"method": one.method, "version": int(one.version), "seed": one.seed}, cast("Translator", self.owner.load(one)))
            for one in versions
        ]
        rain_rows: list[dict[str, Any]] = []
        tb_rows: list[dict[str, Any]] = []
        names = store.names(self.home.folder(swath_stage.SWATHS, self.sensor, self.month))
        for number, (swath, found) in enumerate(self._overpasses(drain)):
            references = comparable(swath, found)
            block = str(swath.time[~np.isnat(swath.time)][0].astype("datetime64[D]"))
            keys = {
                "world": self.home.settings.world,
                "sensor": self.sensor,
                "month": self.month,
                "split": self.split,
                "block": block,
            }
            rain, tb = score(drain, swath, references, models)
            rain_rows += [{**keys, **row} for row in (gmi_rows(references) if with_gmi else []) + rain]
            tb_rows += [{**keys, **row} for row in tb]
            if progress:
                progress(number + 1, len(names))
        return table.table(rain_rows), table.table(tb_rows)

    def _overpasses(self, drain: "Drain") -> Iterator[tuple[Swath, dict[str, Reference]]]:
        return self._against_truth(drain) if self.split == "test" else self._against_radar(drain)

    def _against_truth(self, drain: "Drain") -> Iterator[tuple[Swath, dict[str, Reference]]]:
        for name, load in swath_stage.load_all(self.home, self.sensor, self.month).items():
            known = truth.load(self.home, self.sensor, self.month, name)
            yield load(), {name: Reference(known.rain_mm_h, known.tb, retrieved(drain, known.tb_noisy, known.rain_mm_h))}

    def _against_radar(self, drain: "Drain") -> Iterator[tuple[Swath, dict[str, Reference]]]:
        partners = swath_stage.load_all(self.home, self.sensor, self.month)
        gmi = swath_stage.load_all(self.home, REFERENCE, self.month)
        matched = set(store.names(self.home.folder(matches.MATCHES, self.month)))
        by_partner: dict[str, list[tuple[str, Any]]] = {}
        for name, gmi_name, pairs in overlaps.load(self.home, self.sensor, self.month):
            if gmi_name in matched:
                by_partner.setdefault(name, []).append((gmi_name, pairs))
        for name, overpasses in by_partner.items():
            swath = partners[name]()
            references = {}
            for gmi_name, pairs in overpasses:
                gmi_swath = gmi[gmi_name]()
                rain = labels(matches.load(self.home, self.month, gmi_name))
                result = retrieved(drain, gmi_swath.tb, rain).at(pairs.second, pairs.first, swath.shape)
                references[f"{name}+{gmi_name}"] = Reference(
                    _placed(rain, pairs.second, pairs.first, swath.shape),
                    _placed(gmi_swath.tb, pairs.second, pairs.first, swath.shape),
                    result,
                )
            yield swath, references


def _placed(values: np.ndarray, index: np.ndarray, into: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Values (scan, pixel, ...) at flat pixels `index`, put at flat pixels `into` of an image of `shape`; NaN elsewhere."""
    placed = np.full((shape[0] * shape[1], *values.shape[2:]), np.nan, np.float32)
    placed[into] = values.reshape(-1, *values.shape[2:])[index]
    return placed.reshape(*shape, *values.shape[2:])


def _joined(old: "DataFrame | None", new: "DataFrame", keep: set[int]) -> "DataFrame":
    import pandas

    if old is None:
        return new
    kept = old[old["version"].isin(keep)]
    return pandas.concat([kept, new], ignore_index=True) if len(new) else kept


def scored_months(home: Home, sensor: str, split: str) -> list[str]:
    """Months of a split that have scores."""
    return [month for month in stage.made_months(home, _FOLDER, sensor) if calendar.month_split(month, sensor) == split]


def read_all(home: Home, sensor: str, split: str, name: str) -> "list[DataFrame]":
    """Tables (`rain` or `tb`) of a sensor's made months of a split."""
    return [table.read(folder(home, sensor, month) / f"{name}.parquet") for month in scored_months(home, sensor, split)]


@dg.multi_asset(
    name="scores",
    specs=[
        dg.AssetSpec(
            name,
            group_name="evaluation",
            kinds={"parquet"},
            partitions_def=sensor_month_partitions,
            description=f"{what} sums of every registered candidate. {__doc__}",
            deps=[
                swath_stage.SWATHS,
                truth.TRUTH,
                overlaps.OVERLAPS,
                stage.by_month_dep(matches.MATCHES),
                retrieval.RETRIEVAL,
                *(stage.by_sensor_dep(translators.asset_name(method)) for method in METHODS),
            ],
        )
        for name, what in ((RAIN_SCORES, "Rain"), (TB_SCORES, "Brightness temperature"))
    ],
    partitions_def=sensor_month_partitions,
)
def scores(
    context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Score a sensor's month."""
    sensor, month = sensor_month(context.partition_key)
    place = home.open()
    with stage.failing_clearly():
        artefact = make(place, registry.open(place), sensor, month, stage.logged(context, f"{sensor} {month}"))
    for name in (RAIN_SCORES, TB_SCORES):
        yield stage.result(artefact, asset=name)
