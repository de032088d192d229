"""Retrievals of rain from GMI's own TB: DRAIN and its rivals, one asset each from one factory, one registered version a seed.

Each is trained on radar rain, logged to MLflow and registered under its own name; the alias `champion` of a name moves when a
version has a lower CRPS on the validation patches of the same training set. `drain@champion` makes the products.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np

from gpm_assets import provenance
from gpm_assets.assets import drain_training_set, stage
from gpm_assets.assets.training_runs import training_run
from gpm_assets.constellation.descriptions import described
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.errors import RequestError
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
    labelled = provenance.require(drain_training_set.folder(home), world=home.settings.world)
    if note := labelled.metadata.get("note"):
        raise RequestError(f"{method} cannot be trained: {note}")
    inputs = {drain_training_set.DRAIN_SET: labelled.content}
    chosen = RETRIEVALS[method].recipes[home.settings.training.size]
    config = {"size": home.settings.training.size, "seed": seed, **stage.flat(chosen)}
    modules = (RETRIEVALS[method].fit.__module__, "models.checkpoint", "gpm_assets.constellation.descriptions")
    return stage.recipe(home, asset_name(method), f"seed {seed}", inputs=inputs, config=config, modules=modules)


def make(
    home: Home, registry: Registry, accelerator: Accelerator, method: str, seed: int, progress: Progress | None = None
) -> Artefact:
    """Train one seed, register it, and crown it when it is the best so far."""
    wanted = recipe(home, method, seed)
    artefact = provenance.build(
        home.folder(asset_name(method), f"seed-{seed}"),
        wanted,
        lambda work: _train(home, registry, accelerator, method, seed, wanted, work, progress),
    )
    _crown(registry, method, artefact)
    return artefact


def training_data(home: Home) -> RetrievalData:
    """What every retrieval learns from."""
    pack = Pack.open(drain_training_set.folder(home) / drain_training_set.PATCHES)
    return RetrievalData(pack, described(instrument(REFERENCE)))


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
    steps = chosen.fitting.schedule.steps
    with training_run(home, registry, accelerator, wanted, tags={"method": method}, steps=steps, progress=progress) as training:
        model = row.fit(data, chosen, training.run)
        scores = _validate(model, data.pack)
        training.curve(steps, scores)
        checkpoint.save(model.cpu(), work / "checkpoint")
        figures = training.figures()
        version = registry.register(
            retrieval_name(method),
            training.curve.run_id,
            work / "checkpoint",
            channels=len(model.channels),
            tags=training.tags | {name: f"{value:.6g}" for name, value in scores.items()},
            figures=figures,
        )
    for name, png in figures.items():
        (work / f"{name}.png").write_bytes(png)
    return {"version": version.version, "uri": version.uri, "wet_probability": model.wet_probability, **scores}


def _validate(model: Any, pack: Pack) -> dict[str, float]:
    """CRPS and bias in mm/h over the labelled validation pixels, each patch by the mass that it stands for."""
    import torch

    from models.packs import channel_positions

    positions = channel_positions(model.channels, pack.channels)
    chosen = pack.select("validation")
    crps, error, mass = 0.0, 0.0, 0.0
    for part in np.array_split(chosen, max(1, len(chosen) // 64)):
        if not len(part):
            continue
        rain = pack.rain(part).to(model.levels.device)
        prediction = model.predict(pack.tb(part, model.levels.device)[:, positions])
        known = rain.isfinite() & prediction.mean.isfinite()
        weight = torch.from_numpy(pack.index["weight"][part].copy()).to(rain)[:, None, None].expand_as(rain)[known]
        crps += float((weight * prediction.crps(rain)[known]).sum())
        error += float((weight * (prediction.mean - rain)[known]).sum())
        mass += float(weight.sum())
    return {"validation_crps": crps / mass, "validation_bias": error / mass} if mass else {}


def _crown(registry: Registry, method: str, artefact: Artefact) -> None:
    """Move the alias where this version beats the champion, or the champion was validated on another training set."""
    name = retrieval_name(method)
    (version,) = registry.versions(name, fingerprint=artefact.recipe.fingerprint)[-1:]
    champion = registry.champion(name)
    comparable = champion is not None and champion.tags.get("training_set") == version.tags["training_set"]
    if champion is None or not comparable or _crps(version) < _crps(champion):
        registry.crown(version)


def _crps(version: Version) -> float:
    return float(version.tags.get("validation_crps", "inf"))


def candidates(registry: Registry, world: str) -> list[Version]:
    """The newest registered version of every retrieval and seed that was trained in a world."""
    newest: dict[tuple[str, int], Version] = {}
    for method in RETRIEVALS:
        for version in registry.versions(retrieval_name(method), world=world):
            newest[method, version.seed] = version
    return [newest[key] for key in sorted(newest)]


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
        rows = [{"seed": seed, **one.metadata} for seed, one in zip(seeds(place, method), made, strict=True)]
        curve = made[0].folder / "training.png"
        return stage.result(made[0], seeds=stage.table(rows), curves=curve.read_bytes() if curve.exists() else None)

    return retrieval


ASSETS = [_make_asset(method) for method in RETRIEVALS]
