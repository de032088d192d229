"""DRAIN-99: rain as 99 quantiles from GMI's 37 and 89 GHz images, trained on radar rain, logged and registered in MLflow.

One materialisation trains every seed. The alias `champion` of the registered model `drain` moves when a version has a lower CRPS
on the validation patches of the same training set.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import dagster as dg
import numpy as np

from gpm_assets import provenance
from gpm_assets.assets import drain_training_set, stage
from gpm_assets.errors import RequestError
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry, Version
from gpm_assets.resources.accelerator import AcceleratorResource
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models.drain import Drain
from models.training import Accelerator

RETRIEVAL = "drain_retrieval"
MODEL = "drain"
_MODULES = ("models.drain", "models.checkpoint")

Progress = Callable[[int, int], None]


def recipe(home: Home, seed: int) -> Recipe:
    """A DRAIN follows from its training set, size and seed."""
    labelled = provenance.require(drain_training_set.folder(home), world=home.settings.world)
    if note := labelled.metadata.get("note"):
        raise RequestError(f"DRAIN cannot be trained: {note}")
    inputs = {drain_training_set.DRAIN_SET: labelled.content}
    config = {"size": home.settings.training.size, "seed": seed}
    return stage.recipe(home, RETRIEVAL, f"seed {seed}", inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, registry: Registry, accelerator: Accelerator, seed: int, progress: Progress | None = None) -> Artefact:
    """Train one seed, register it, and crown it when it is the best so far."""
    wanted = recipe(home, seed)
    artefact = provenance.build(
        home.folder(RETRIEVAL, f"seed-{seed}"),
        wanted,
        lambda work: _train(home, registry, accelerator, seed, wanted, work, progress),
    )
    _crown(registry, artefact)
    return artefact


def _train(
    home: Home, registry: Registry, accelerator: Accelerator, seed: int, wanted: Recipe, work: Path, progress: Progress | None
) -> dict[str, Any]:
    from gpm_assets.evaluation import figures
    from models import checkpoint
    from models.drain import SIZES, train_drain
    from models.packs import Pack

    pack = Pack.open(drain_training_set.folder(home) / drain_training_set.PATCHES)
    config = SIZES[home.settings.training.size]
    tags = {
        "method": MODEL,
        "seed": str(seed),
        "world": home.settings.world,
        "fingerprint": wanted.fingerprint,
        "training_set": wanted.inputs[drain_training_set.DRAIN_SET],
    }
    parameters = {"seed": seed, "size": home.settings.training.size, "code": wanted.code, **stage.flat(config)}
    with registry.run(RETRIEVAL, f"drain seed {seed}", tags=tags, parameters=parameters) as curve:
        drain = train_drain(pack, config, seed, accelerator, stage.reporting(curve, config[1].schedule.steps, progress))
        scores = _validate(drain, pack)
        curve(config[1].schedule.steps, scores)
        checkpoint.save(drain.cpu(), work / "checkpoint")
        figure = figures.png(figures.training_curves(curve.series))
        tags |= {name: f"{value:.6g}" for name, value in scores.items()}
        version = registry.register(
            MODEL, curve.run_id, work / "checkpoint", channels=len(drain.channels), tags=tags, figures={"training": figure}
        )
    (work / "training.png").write_bytes(figure)
    return {"version": version.version, "uri": version.uri, "wet_probability": drain.config.wet_probability, **scores}


def _validate(drain: Any, pack: Any) -> dict[str, float]:
    """CRPS and bias in mm/h over the labelled validation pixels, each patch by the mass that it stands for."""
    import torch

    from models.packs import channel_positions

    positions = channel_positions(drain.channels, pack.channels)
    chosen = pack.select("validation")
    crps, error, mass = 0.0, 0.0, 0.0
    for part in np.array_split(chosen, max(1, len(chosen) // 64)):
        if not len(part):
            continue
        rain = pack.rain(part).to(drain.levels.device)
        prediction = drain.predict(pack.tb(part, drain.levels.device)[:, positions])
        known = rain.isfinite()
        weight = torch.from_numpy(pack.index["weight"][part].copy()).to(rain)[:, None, None].expand_as(rain)[known]
        crps += float((weight * prediction.crps(rain)[known]).sum())
        error += float((weight * (prediction.mean - rain)[known]).sum())
        mass += float(weight.sum())
    return {"validation_crps": crps / mass, "validation_bias": error / mass} if mass else {}


def _crown(registry: Registry, artefact: Artefact) -> None:
    """Move the alias where this version beats the champion, or the champion was validated on another training set."""
    (version,) = registry.versions(MODEL, fingerprint=artefact.recipe.fingerprint)[-1:]
    champion = registry.champion(MODEL)
    comparable = champion is not None and champion.tags.get("training_set") == version.tags["training_set"]
    if champion is None or not comparable or _crps(version) < _crps(champion):
        registry.crown(version)


def _crps(version: Version) -> float:
    return float(version.tags.get("validation_crps", "inf"))


def models_of(home: Home, registry: Registry) -> tuple[Registry, str]:
    """Where the models lie that products and scores use, and their world: this home's own, or those that its settings name."""
    models = home.settings.models
    return (Registry(models.registry) if models.registry else registry), models.world or home.settings.world


def champion(home: Home, registry: Registry) -> Version:
    """The DRAIN that products and scores use."""
    owner, world = models_of(home, registry)
    return owner.required_champion(MODEL, world=world)


def load_champion(home: Home, registry: Registry) -> Drain:
    """The model of `champion`, in evaluation mode."""
    owner, _ = models_of(home, registry)
    return cast("Drain", owner.load(champion(home, registry)))


@dg.asset(
    name=RETRIEVAL,
    group_name="models",
    kinds={"pytorch", "mlflow"},
    deps=[drain_training_set.DRAIN_SET],
    pool="training",
    description=__doc__,
)
def drain_retrieval(
    context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource, accelerator: AcceleratorResource
) -> dg.MaterializeResult[None]:
    """Train DRAIN, every seed of the settings."""
    place = home.open()
    known = registry.open(place)
    with stage.failing_clearly():
        made = [
            make(place, known, accelerator.open(place.settings.accelerator), seed, stage.logged(context, f"DRAIN seed {seed}"))
            for seed in place.settings.training.seeds
        ]
    rows = [{"seed": seed, **artefact.metadata} for seed, artefact in zip(place.settings.training.seeds, made, strict=True)]
    return stage.result(made[0], seeds=stage.table(rows), curves=(made[0].folder / "training.png").read_bytes())
