"""The champion of a sensor: the gate reads validation scores and moves the alias `champion` when a candidate passes.

GMI's champion is its identity. The gate never sees test scores or truth.
"""

from typing import Any

import dagster as dg

from gpm_assets import provenance
from gpm_assets.assets import scores, stage, translators
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.errors import RequestError
from gpm_assets.partitions import sensor_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry, translator_name
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models.translators import METHODS

CHAMPION = "translator_champion"
_MODULES = ("gpm_assets.evaluation.gate",)


def recipe(home: Home, registry: Registry, sensor: str) -> Recipe:
    """A choice follows from the candidates and their validation scores."""
    home.settings.require_learnable()
    known = translators.candidates(registry, home.settings.world, sensor)
    if not known:
        raise RequestError(
            f"no translator of {sensor} is registered: materialise one of {', '.join(translators.methods(sensor))}"
        )
    inputs = {one.uri: one.tags["fingerprint"] for one in known}
    for month in [] if sensor == REFERENCE else scores.scored_months(home, sensor, "validation"):
        inputs[f"scores {month}"] = provenance.require(scores.folder(home, sensor, month), world=home.settings.world).content
    return stage.recipe(home, CHAMPION, sensor, inputs=inputs, config={}, modules=_MODULES)


def make(home: Home, registry: Registry, sensor: str) -> Artefact:
    """Decide, and move the alias."""
    wanted = recipe(home, registry, sensor)
    return provenance.build(home.folder(CHAMPION, sensor), wanted, lambda work: _decide(home, registry, sensor))


def _decide(home: Home, registry: Registry, sensor: str) -> dict[str, Any]:
    from gpm_assets.evaluation.gate import choose_champion

    known = {int(one.version): one for one in translators.candidates(registry, home.settings.world, sensor)}
    if sensor == REFERENCE:
        version = known[max(known)]
        registry.crown(version)
        return {"method": version.method, "version": int(version.version), "reason": f"{sensor} is the reference: identity"}
    rows = scores.read_all(home, sensor, scores.scored_months(home, sensor, "validation"), "rain")
    if not len(rows):
        raise RequestError(f"{sensor} has no validation scores: score a validation month first")
    incumbent = registry.champion(translator_name(sensor))
    old = int(incumbent.version) if incumbent else None
    decision = choose_champion(rows, old if old in known else None)
    if decision.version is not None and decision.version != old:
        registry.crown(known[decision.version])
    return {
        "method": decision.method,
        "version": decision.version,
        "reason": decision.reason,
        "table": decision.table.astype(object).where(decision.table.notna(), None).to_dict("records"),
    }


@dg.asset(
    name=CHAMPION,
    group_name="models",
    kinds={"mlflow"},
    partitions_def=sensor_partitions,
    deps=[
        stage.by_sensor_dep(scores.RAIN_SCORES),
        *(translators.asset_name(method) for method in METHODS),
    ],
    description=__doc__,
)
def translator_champion(
    context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource
) -> dg.MaterializeResult[None]:
    """Choose the champion of a sensor."""
    place = home.open()
    with stage.failing_clearly():
        artefact = make(place, registry.open(place), context.partition_key)
    return stage.result(artefact, table=stage.table(stage.brief(artefact.metadata.get("table", []))))
