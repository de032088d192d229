"""Translators: one asset a method from one factory, one registered version a seed.

Every version of a sensor is a candidate of the registered model `translator-<sensor>`; the alias `champion` moves only by
`translator_champion`.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from gpm_assets import provenance
from gpm_assets.assets import drain_training_set, retrieval, stage, translation_training_set
from gpm_assets.assets.training_runs import training_run
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.spectral_match import nearest_channels
from gpm_assets.errors import RequestError
from gpm_assets.partitions import sensor_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry, Version, translator_name
from gpm_assets.resources.accelerator import AcceleratorResource
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models import checkpoint
from models.accelerator import Accelerator
from models.packs import Pack
from models.pairs import Pairs
from models.translators import METHODS
from models.translators.base import TranslationData

IDENTITY = "identity"
"""The method of GMI itself, and of nobody else."""

Progress = Callable[[int, int], None]


def asset_name(method: str) -> str:
    """`cyclegan_translator`."""
    return f"{method}_translator"


def methods(sensor: str) -> tuple[str, ...]:
    """Methods that translate a sensor: the identity for GMI, all others for its partners."""
    return (IDENTITY,) if sensor == REFERENCE else tuple(name for name in METHODS if name != IDENTITY)


def quick_methods() -> tuple[str, ...]:
    """Methods of partners that a demonstration shows."""
    return tuple(name for name, row in METHODS.items() if row.quick)


def seeds(home: Home, method: str) -> tuple[int, ...]:
    """Seeds of a method: one where the seed changes nothing."""
    configured = home.settings.training.seeds
    return configured if METHODS[method].seeded else configured[:1]


def recipe(home: Home, registry: Registry, sensor: str, method: str, seed: int) -> Recipe:
    """A translator follows from its training set, its method's recipe and seed, and the retrievals that it learns rain from."""
    if method not in methods(sensor):
        raise RequestError(f"{method} does not translate {sensor}; methods for it are {', '.join(methods(sensor))}")
    trained_on = (
        (drain_training_set.DRAIN_SET, "all") if sensor == REFERENCE else (translation_training_set.TRANSLATION_SET, sensor)
    )
    chosen = METHODS[method].recipes[home.settings.training.size]
    config = {"size": home.settings.training.size, "seed": seed, **stage.flat(chosen)}
    modules = (METHODS[method].fit.__module__, "models.checkpoint", "gpm_assets.constellation.spectral_match")
    learned_from = provenance.require(home.folder(*trained_on), world=home.settings.world)
    if note := learned_from.metadata.get("note"):
        raise RequestError(f"nothing can be learned from {trained_on[0]} of {trained_on[1]}: {note}")
    inputs = {trained_on[0]: learned_from.content}
    if METHODS[method].learns_rain:
        inputs |= {one.uri: one.tags["fingerprint"] for one in retrieval.teachers(home, registry)}
    return stage.recipe(home, asset_name(method), f"{sensor} seed {seed}", inputs=inputs, config=config, modules=modules)


def make(
    home: Home,
    registry: Registry,
    accelerator: Accelerator,
    sensor: str,
    method: str,
    seed: int,
    progress: Progress | None = None,
) -> Artefact:
    """Fit one seed of one method for one sensor and register it."""
    wanted = recipe(home, registry, sensor, method, seed)
    folder = home.folder(asset_name(method), sensor, f"seed-{seed}")
    return provenance.build(
        folder, wanted, lambda work: _fit(home, registry, accelerator, sensor, method, seed, wanted, work, progress)
    )


def _fit(
    home: Home,
    registry: Registry,
    accelerator: Accelerator,
    sensor: str,
    method: str,
    seed: int,
    wanted: Recipe,
    work: Path,
    progress: Progress | None,
) -> dict[str, Any]:
    row = METHODS[method]
    chosen = row.recipes[home.settings.training.size]
    data = training_data(home, sensor)
    if row.learns_rain:
        known = retrieval.teachers(home, registry)
        data = replace(data, retrievals=tuple(retrieval.load(home, registry, one) for one in known))
    tags, steps = {"method": method, "sensor": sensor, "supervision": row.supervision}, chosen.steps if row.seeded else 1
    with training_run(home, registry, accelerator, wanted, tags=tags, steps=steps, progress=progress) as training:
        model = row.fit(data, chosen, training.run).cpu()
        checkpoint.save(model, work / "checkpoint", _card(home, sensor, method, seed, wanted))
        figures = training.figures()
        version = registry.register(
            translator_name(sensor),
            training.curve.run_id,
            work / "checkpoint",
            channels=len(model.reads),
            tags=training.tags,
            figures=figures,
        )
    for name, png in figures.items():
        (work / f"{name}.png").write_bytes(png)
    return {
        "version": int(version.version),
        "uri": version.uri,
        "inputs": list(model.inputs),
        "outputs": list(model.outputs),
        "supervision": row.supervision,
        "conditions": list(model.conditions),
        "receptive_radius": model.receptive_radius,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
    }


def training_data(home: Home, sensor: str) -> TranslationData:
    """What the methods of a sensor learn from; GMI learns nothing and has itself on both sides."""
    if sensor == REFERENCE:
        pack = Pack.open(drain_training_set.folder(home) / drain_training_set.PATCHES)
        return TranslationData(pack, pack, None, nearest_channels(instrument(sensor)))
    folder = translation_training_set.folder(home, sensor)
    source, target = (Pack.open(folder / name) for name in (translation_training_set.SOURCE, translation_training_set.TARGET))
    pairs = Pairs.open(folder / translation_training_set.PAIRS)
    nearest = {gmi: own for gmi, own in nearest_channels(instrument(sensor)).items() if own in source.channels}
    paired = Pack.open(folder / translation_training_set.OVERLAP_PATCHES)
    return TranslationData(source, target, pairs if len(pairs) else None, nearest, paired if len(paired) else None)


def candidates(registry: Registry, world: str, sensor: str) -> list[Version]:
    """The newest registered version of every method and seed of a sensor that was trained in a world."""
    return registry.newest(translator_name(sensor), world=world)


def _card(home: Home, sensor: str, method: str, seed: int, wanted: Recipe) -> str:
    return (
        f"# {method} translator for {sensor}, seed {seed}\n\n"
        f"Brightness temperatures of {sensor} on the GMI-like sampling to pseudo-GMI brightness temperatures, K to K.\n"
        f"Trained in the {home.settings.world} world on {wanted.inputs}; code {wanted.code}.\n"
        f"Not for the other world unless asked for by name.\n"
    )


def _make_asset(method: str) -> dg.AssetsDefinition:
    trained_on = drain_training_set.DRAIN_SET if method == IDENTITY else translation_training_set.TRANSLATION_SET

    @dg.asset(
        name=asset_name(method),
        group_name="models",
        kinds={"pytorch", "mlflow"},
        partitions_def=sensor_partitions,
        deps=[trained_on],
        pool="training",
        description=f"Translators to GMI by {method.replace('_', ' ')}: {_first_line(method)}",
    )
    def translator(
        context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource, accelerator: AcceleratorResource
    ) -> dg.MaterializeResult[None]:
        place = home.open()
        known, device, sensor = registry.open(place), accelerator.open(place.settings.accelerator), context.partition_key
        with stage.failing_clearly():
            made = [
                make(place, known, device, sensor, method, seed, stage.logged(context, f"{method} seed {seed}"))
                for seed in seeds(place, method)
            ]
        rows = [{"seed": seed, "version": one.metadata["version"]} for seed, one in zip(seeds(place, method), made, strict=True)]
        curve = made[0].folder / "training.png"
        return stage.result(made[0], seeds=stage.table(rows), curves=curve.read_bytes() if curve.exists() else None)

    return translator


def _first_line(method: str) -> str:
    import sys

    return (sys.modules[METHODS[method].fit.__module__].__doc__ or "").split("\n")[0]


TRANSLATORS = [_make_asset(method) for method in METHODS]
