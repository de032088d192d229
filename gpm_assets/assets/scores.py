"""Score sums of every registered candidate for a sensor's month: rain against its references by stratum, and TB by channel.

Test months of a simulation are scored against its truth at the partner's own pixels. At overlaps with GMI rain is held against
the radar's (2A-DPR decides, 2B-CMB is shown), and rain and TB against GMI's; validation months never see the truth. Only rows
that are missing are computed.

Candidates of a partner are its translators, with the champion of DRAIN behind them; candidates of GMI are the retrievals, on its
own TB.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import dagster as dg

from gpm_assets import provenance
from gpm_assets.assets import (
    example_swath,
    matches,
    overlaps,
    pages,
    references,
    retrieval,
    retrievals,
    rivals,
    score_pages,
    stage,
    translators,
    truth,
)
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation import calendar
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.errors import ProvenanceError, RequestError
from gpm_assets.evaluation.ledger import RUN, Ledger, Run, read, runs
from gpm_assets.evaluation.methods import Method, of_retrieval, of_translator
from gpm_assets.evaluation.references import REFERENCES, base
from gpm_assets.evaluation.scoring import Failure, tables_of
from gpm_assets.evaluation.structure import structure
from gpm_assets.evaluation.table import UNREGISTERED
from gpm_assets.partitions import sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry, Version
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models.retrievals import RETRIEVALS
from models.translators import METHODS

if TYPE_CHECKING:
    from pandas import DataFrame

    from models.retrievals.base import Retrieval
    from models.translators.base import Translator

RAIN_SCORES, TB_SCORES = "retrieval_scores", "translation_scores"
_FOLDER = "scores"
_MODULES = ("gpm_assets.evaluation.scoring", "gpm_assets.evaluation.known", "gpm_assets.collocation.rival")

Progress = Callable[[int, int], None]


def folder(home: Home, sensor: str, month: str) -> Path:
    """Where the scores of a sensor's month lie: a Parquet file for every table of `evaluation.scoring.TABLES`."""
    return home.folder(_FOLDER, sensor, month)


def recipe(home: Home, registry: Registry, sensor: str, month: str) -> Recipe:
    """Scores follow from the swaths, what they are held against, the candidates, and for translators the champion of DRAIN."""
    split = calendar.month_split(month, sensor)
    if split == "train":
        raise RequestError(f"{month} trains {sensor}: only validation and test months are scored")
    inputs = references.inputs(home, sensor, month) | rivals.inputs(home, sensor, month)
    if sensor != REFERENCE:
        inputs[retrieval.MODEL] = retrieval.champion(home, registry).tags["fingerprint"]
    known = candidates(home, registry, sensor)
    config = {"split": split, "candidates": {one.uri: one.tags["fingerprint"] for one in known}}
    return stage.recipe(home, _FOLDER, f"{sensor} {month}", inputs=inputs, config=config, modules=_MODULES)


def candidates(home: Home, registry: Registry, sensor: str) -> list[Version]:
    """What is scored: a partner's registered translators, GMI's registered retrievals; raises RequestError where GMI has none."""
    owner, world = retrieval.models_of(home, registry)
    if sensor != REFERENCE:
        return translators.candidates(owner, world, sensor)
    if not (known := retrievals.candidates(owner, world)):
        raise RequestError(f"no retrieval is registered: materialise one of {', '.join(map(retrievals.asset_name, RETRIEVALS))}")
    return known


def _run(version: Version) -> Run:
    return version.method, int(version.version), version.seed


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
        self.basis = provenance.digest([dict(wanted.inputs), wanted.code])

    def write(self, work: Path, before: Path, progress: Progress | None) -> dict[str, Any]:
        known = candidates(self.home, self.registry, self.sensor)
        artefact = provenance.read(before)
        current = artefact is not None and artefact.metadata["basis"] == self.basis
        have = runs(before, "rain") if current else set()
        new = [one for one in known if _run(one) not in have]
        unregistered = {run for run in have if run[1] == UNREGISTERED}
        keep = unregistered | have & set(map(_run, known))
        failures = artefact.metadata["failures"] if artefact and current else []
        failed = [one for one in failures if tuple(one[name] for name in RUN) in keep]
        with Ledger(work) as ledger:
            ledger.keep(before, keep)
            failed += self._score(ledger, new, with_gmi=not unregistered, progress=progress)
        shown = self.home.settings.world if self.trained_in == "real" else self.trained_in
        score_pages.of_scores(work, shown, f"{self.sensor} {self.month}")
        if self.sensor == REFERENCE:
            self._example(work, known, shown)
        return self._metadata(work, len(known), len(new), failed)

    def _score(
        self, ledger: Ledger, new: Sequence[Version], *, with_gmi: bool, progress: Progress | None
    ) -> list[dict[str, Any]]:
        drain = None if self.sensor == REFERENCE else retrieval.load_champion(self.home, self.registry)
        unregistered = rivals.methods(self.home, self.sensor, self.month)
        methods = [*(unregistered if with_gmi else []), *(self._method(one, drain) for one in new)]
        keys = {
            "world": self.home.settings.world,
            "sensor": self.sensor,
            "month": self.month,
            "split": self.wanted.config["split"],
            "trained_in": self.trained_in,
        }
        failures: list[Failure] = []
        total = references.count(self.home, self.sensor, self.month)
        for number, overpass in enumerate(references.overpasses(self.home, self.sensor, self.month, drain), 1):
            shared = rivals.with_shared_pixels(overpass, unregistered)
            frames, failed = tables_of(shared, methods, keys, with_gmi=with_gmi)
            failures += failed
            for name, rows in frames.items():
                ledger.add(name, rows)
            if progress:
                progress(number, total)
        return [vars(one) for one in failures]

    def _example(self, work: Path, known: Sequence[Version], shown: str) -> None:
        """The rainiest swath of GMI, by methods of one seed each."""
        if found := example_swath.rainiest(work):
            granule, reference = found
            first = {one.method: one for one in sorted(known, key=lambda one: -one.seed)}
            rain = read([work], "rain", [("reference", "==", reference)])
            methods = example_swath.shown([self._method(one, None) for one in first.values()], rain)
            overpass, title = references.gmi_overpass(self.home, self.month, granule), f"{self.sensor} {self.month}, {granule}"
            example_swath.draw(work, overpass, reference, methods, world=shown, title=title)

    def _method(self, version: Version, drain: "Retrieval | None") -> Method:
        """A translator with DRAIN behind it, or a retrieval."""
        model, (name, number, seed) = self.owner.load(version), _run(version)
        if drain is None:
            return of_retrieval(name, cast("Retrieval", model), version=number, seed=seed)
        return of_translator(name, cast("Translator", model), drain, version=number, seed=seed)

    def _metadata(self, work: Path, candidates: int, computed: int, failures: list[dict[str, Any]]) -> dict[str, Any]:
        rain = read([work], "rain")
        nothing = f"no pixel of {self.sensor} in {self.month} has every channel and a reference: there is nothing to score"
        return {
            "note": None if len(rain) else nothing,
            "basis": self.basis,
            "split": self.wanted.config["split"],
            "candidates": candidates,
            "computed": computed,
            "failed": len(failures),
            "failures": failures,
            "overpasses": int(rain["granule"].nunique()) if len(rain) else 0,
            "references": _counted(rain),
            "structure": _structure(work),
        }


def _counted(rain: "DataFrame") -> list[dict[str, Any]]:
    """Overpasses and pixels of every reference, whatever method was asked."""
    rows = []
    there = sorted(rain["reference"].unique(), key=lambda name: (list(REFERENCES).index(base(name)), name)) if len(rain) else []
    for name in there:
        of = rain[rain["reference"] == name]
        if len(of):
            one = of[(of[["method", "version", "seed"]] == of[["method", "version", "seed"]].iloc[0]).all(axis=1)]
            pixels, wet = one["n"] + one["missing"], one["hits@0.1"] + one["misses@0.1"]
            rows.append(
                {
                    "reference": name,
                    "overpasses": int(one["granule"].nunique()),
                    "pixels": int(pixels.sum()),
                    "wet_fraction": round(float(wet.sum() / max(1.0, one["n"].sum())), 4),
                    "what": REFERENCES[base(name)],
                }
            )
    return rows


def _structure(work: Path) -> list[dict[str, Any]]:
    found = structure(lambda name: read([work], name)).replace([float("inf")], float("nan"))  # JSON knows no infinity
    return found.astype(object).where(found.notna(), None).to_dict("records") if len(found) else []


def scored_months(home: Home, sensor: str, split: str) -> list[str]:
    """Months of a split that have scores; of test months those that the settings name, where they name any.

    Raises ProvenanceError where the months were scored with different DRAINs: their rows must not be pooled.
    """
    wanted = home.settings.training.test_months if split == "test" else ()
    months = [
        month
        for month in stage.made_months(home, _FOLDER, sensor)
        if calendar.month_split(month, sensor) == split and (not wanted or month in wanted)
    ]
    drains = {month: _scored_with(home, sensor, month) for month in months}
    if len(set(drains.values())) > 1:
        raise ProvenanceError(f"months of {sensor} were scored with different DRAINs, {drains}: materialise {RAIN_SCORES} of all")
    return months


def _scored_with(home: Home, sensor: str, month: str) -> str:
    """Fingerprint of the DRAIN behind the translators, nothing where retrievals themselves were scored."""
    inputs = provenance.require(folder(home, sensor, month), world=home.settings.world).recipe.inputs
    return inputs.get(retrieval.MODEL, "")


def read_all(home: Home, sensor: str, months: Sequence[str], name: str, filters: Any = None) -> "DataFrame":
    """Rows of a table of a sensor's months, those that pass `filters` of pyarrow."""
    return read([folder(home, sensor, month) for month in months], name, filters)


def _aligned(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the columns of all of them; thresholds beside the headline ones are left to the tables."""
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if "@" not in name or name.endswith("@0.1")]
    return [{name: row.get(name) for name in names} for row in rows]


def _shown(artefact: Artefact) -> Mapping[str, Any]:
    return {
        "references": stage.table(artefact.metadata["references"]),
        "failures": stage.table(artefact.metadata["failures"]),
        "structure": stage.table(stage.brief(_aligned(artefact.metadata["structure"]))),
    }


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
                *map(retrievals.asset_name, RETRIEVALS),
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
    for name, drawn in ((RAIN_SCORES, score_pages.OF_RAIN), (TB_SCORES, score_pages.OF_TB)):
        pictures = {key: png for key, png in pages.pictures(artefact.folder).items() if key.removeprefix("figure_") in drawn}
        yield stage.result(artefact, asset=name, **_shown(artefact), **pictures)
