"""Retrievals of rain from GMI's own TB: DRAIN and its rivals, one asset each from one factory, one registered version a seed.

Each is trained on radar rain, logged to MLflow and registered under its own name; the alias `champion` of a name moves when the
gate lets its newest versions pass, on validation patches. `drain@champion` makes the products.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from gpm_assets import provenance
from gpm_assets.assets import cards, drain_training_set, promotion, stage
from gpm_assets.assets.training_runs import training_run
from gpm_assets.errors import RequestError
from gpm_assets.evaluation import table
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry, Version, retrieval_name
from gpm_assets.resources.accelerator import AcceleratorResource
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models.accelerator import Accelerator
from models.packs import Pack
from models.retrievals import RETRIEVALS
from models.retrievals.base import RetrievalData

if TYPE_CHECKING:
    from pandas import DataFrame

Progress = Callable[[int, int], None]


def asset_name(method: str) -> str:
    """`drain_retrieval`."""
    return f"{method}_retrieval"


def seeds(home: Home, method: str) -> tuple[int, ...]:
    """Seeds of a method: one where the seed changes nothing."""
    configured = home.settings.training.seeds
    return configured if RETRIEVALS[method].seeded else configured[:1]


def recipe(home: Home, method: str, seed: int) -> Recipe:
    """A retrieval follows from the training set, its method's recipe and seed."""
    labelled = _training(home)
    if note := labelled.metadata.get("note"):
        raise RequestError(f"{method} cannot be trained: {note}")
    inputs = {drain_training_set.DRAIN_SET: labelled.content}
    chosen = RETRIEVALS[method].recipes[home.settings.training.size]
    config = {"size": home.settings.training.size, "seed": seed, **stage.flat(chosen)}
    modules = (RETRIEVALS[method].fit.__module__, "models.checkpoint")
    return stage.recipe(home, asset_name(method), f"seed {seed}", inputs=inputs, config=config, modules=modules)


def make(
    home: Home, registry: Registry, accelerator: Accelerator, method: str, seed: int, progress: Progress | None = None
) -> Artefact:
    """Train one seed and register it."""
    wanted = recipe(home, method, seed)
    return provenance.build(
        home.folder(asset_name(method), f"seed-{seed}"),
        wanted,
        lambda work: _train(home, registry, accelerator, method, seed, wanted, work, progress),
    )


def promote(home: Home, registry: Registry, method: str, made: Sequence[Artefact]) -> str:
    """Let what was made challenge the champion of its name; returns what came of it."""
    name, pack = retrieval_name(method), training_data(home).pack
    versions = [registry.versions(name, fingerprint=one.recipe.fingerprint)[-1] for one in made]
    return promotion.promote(home, registry, method, versions, [one.folder for one in made], pack)


def _training(home: Home) -> Artefact:
    return provenance.require(drain_training_set.folder(home), world=home.settings.world)


def training_data(home: Home) -> RetrievalData:
    """What every retrieval learns from."""
    return RetrievalData.of(Pack.open(drain_training_set.folder(home) / drain_training_set.PATCHES))


def _train(
    home: Home,
    registry: Registry,
    accelerator: Accelerator,
    method: str,
    seed: int,
    wanted: Recipe,
    work: Path,
    progress: Progress | None,
) -> dict[str, Any]:
    from models import checkpoint

    data, row = training_data(home), RETRIEVALS[method]
    chosen = row.recipes[home.settings.training.size]
    steps = chosen.steps
    with training_run(home, registry, accelerator, wanted, tags={"method": method}, steps=steps, progress=progress) as training:
        model = row.fit(data, chosen, training.run)
        validated = promotion.validate(home, model, data.pack, method, 0, seed)
        scores = _measured(validated)
        training.curve(steps, scores)
        card = cards.of_retrieval(method, seed, model, wanted, _training(home).metadata, scores)
        checkpoint.save(model.cpu(), work / "checkpoint", card)
        figures = training.figures()
        version = registry.register(
            retrieval_name(method),
            training.curve.run_id,
            work / "checkpoint",
            channels=len(model.channels),
            tags=training.tags | {name: f"{value:.6g}" for name, value in scores.items()},
            figures=figures,
        )
    table.write(validated.assign(version=int(version.version)), work / promotion.VALIDATION)
    for name, png in figures.items():
        (work / f"{name}.png").write_bytes(png)
    return {"version": version.version, "uri": version.uri, "wet_probability": model.wet_probability, **scores}


def _measured(validated: "DataFrame") -> dict[str, float]:
    """CRPS, bias and CSI on validation patches; nothing where there are none."""
    from gpm_assets.evaluation.scores import rain_measures

    if not len(validated):
        return {}
    found = rain_measures(validated[table.sums(validated)].sum().to_dict())
    return {
        f"validation_{name.replace('@', '_')}": float(found[name]) for name in ("crps", "bias", "rmse", "r", "csi@0.1", "csi@0.5")
    }


def candidates(registry: Registry, world: str) -> list[Version]:
    """The newest registered version of every retrieval and seed that was trained in a world."""
    return registry.newest(*map(retrieval_name, RETRIEVALS), world=world)


def _make_asset(method: str) -> dg.AssetsDefinition:
    @dg.asset(
        name=asset_name(method),
        group_name="models",
        kinds={"pytorch", "mlflow"},
        deps=[drain_training_set.DRAIN_SET],
        pool="training",
        description=f"{RETRIEVALS[method].what}.",
    )
    def retrieval(
        context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource, accelerator: AcceleratorResource
    ) -> dg.MaterializeResult[None]:
        place = home.open()
        known, device = registry.open(place), accelerator.open(place.settings.accelerator)
        with stage.failing_clearly():
            made = [
                make(place, known, device, method, seed, stage.logged(context, f"{method} seed {seed}"))
                for seed in seeds(place, method)
            ]
            came_of_it = promote(place, known, method, made)
        rows = [{"seed": seed, **one.metadata} for seed, one in zip(seeds(place, method), made, strict=True)]
        curve = made[0].folder / "training.png"
        shown = curve.read_bytes() if curve.exists() else None
        return stage.result(made[0], gate=came_of_it, seeds=stage.table(rows), curves=shown)

    return retrieval


ASSETS = [_make_asset(method) for method in RETRIEVALS]
