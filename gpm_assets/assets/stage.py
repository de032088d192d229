"""What every asset does: compare its recipe, make its artefact once, show it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from typing import Any

import dagster as dg
from pydantic import Field

from gpm_assets.errors import GpmAssetsError, ProvenanceError
from gpm_assets.partitions import by_month, by_sensor
from gpm_assets.provenance import Artefact, Recipe, code_hash, require
from gpm_assets.settings import Home
from models.errors import ModelsError

Progress = Callable[[int, int], None]


class WorkersConfig(dg.Config):
    """How much of a machine a step takes."""

    workers: int = Field(default=1, ge=1, description="processes side by side")


def recipe(
    home: Home, asset: str, partition: str, *, inputs: Mapping[str, str], config: Mapping[str, Any], modules: tuple[str, ...]
) -> Recipe:
    """The recipe of an asset's partition; `modules` are where its core functions live."""
    return Recipe(asset, partition, home.settings.world, dict(inputs), dict(config), code_hash(*modules))


def content(home: Home, asset: str, *partition: str) -> str:
    """Content hash of an upstream artefact; raises ProvenanceError where it is missing or of another world."""
    return require(home.folder(asset, *partition), world=home.settings.world).content


def agree(home: Home, asset: str, partition: tuple[str, ...], inputs: Mapping[str, str]) -> None:
    """Raises ProvenanceError unless a made artefact rests on inputs of this content: its pixels are theirs."""
    artefact = require(home.folder(asset, *partition), world=home.settings.world)
    for name, content_now in inputs.items():
        if artefact.recipe.inputs.get(name) != content_now:
            raise ProvenanceError(
                f"{asset} of {' '.join(partition)} was made from other {name} than those at hand: materialise it again"
            )


def made_months(home: Home, asset: str, sensor: str | None = None) -> list[str]:
    """Months for which an asset has a finished artefact, in order."""
    folder = home.folder(asset, sensor) if sensor else home.folder(asset)
    if not folder.exists():
        return []
    return sorted(path.name for path in folder.iterdir() if (path / "manifest.json").exists())


def result(
    artefact: Artefact, *, asset: str | None = None, check_results: Sequence[dg.AssetCheckResult] = (), **shown: Any
) -> dg.MaterializeResult[None]:
    """What Dagster records of an artefact: its numbers, and figures (PNG bytes), tables and results of checks where given."""
    return dg.MaterializeResult(
        asset_key=asset,
        metadata=metadata(artefact, **shown),
        data_version=dg.DataVersion(artefact.content),
        check_results=list(check_results),
    )


def metadata(artefact: Artefact, **shown: Any) -> dict[str, Any]:
    """Metadata of an asset page: plain values as they are, nested ones as JSON, figures (PNG bytes) as pictures."""
    values: dict[str, Any] = {
        "warning": artefact.metadata.get("warning"),
        **shown,
        **{name: value for name, value in artefact.metadata.items() if name not in shown},
        "world": artefact.recipe.world,
        "recomputed": not artefact.reused,
        "folder": dg.MetadataValue.path(str(artefact.folder)),
    }
    return {name: _shown(value) for name, value in values.items() if value is not None}


def _shown(value: Any) -> Any:
    if isinstance(value, dg.MetadataValue):
        return value
    if isinstance(value, bytes):
        from gpm_assets.evaluation.figures import as_markdown

        return dg.MetadataValue.md(as_markdown(value))
    if isinstance(value, (dict, list, tuple)):
        return dg.MetadataValue.json(value)
    return value


def table(rows: list[dict[str, Any]]) -> dg.TableMetadataValue | None:
    """Rows as a table of the asset page; None where there are none."""
    if not rows:
        return None
    columns = [dg.TableColumn(name, _column_type([row[name] for row in rows])) for name in rows[0]]
    records = [dg.TableRecord({name: _cell(value) for name, value in row.items()}) for row in rows]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns))


def _column_type(values: list[Any]) -> str:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return "bool"
    if known and all(isinstance(value, int) for value in known):
        return "int"
    return "float" if known and all(isinstance(value, (int, float)) for value in known) else "string"


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Errors of ours as Dagster failures with their sentence as the reason; not retried, permanent until somebody acts."""
    try:
        yield
    except (GpmAssetsError, ModelsError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


_watcher: ContextVar[Progress | None] = ContextVar("watcher", default=None)


@contextmanager
def watching(watch: Progress) -> Iterator[None]:
    """Whoever runs assets in this process sees their progress."""
    token = _watcher.set(watch)
    try:
        yield
    finally:
        _watcher.reset(token)


def logged(context: dg.AssetExecutionContext, what: str) -> Progress:
    """Progress into the run's log, about ten lines however many steps, and to whoever watches."""
    told = -1
    watch = _watcher.get()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if watch:
            watch(done, total)
        tenth = 10 * done // max(1, total)
        if tenth != told:
            told = tenth
            context.log.info(f"{what}: {done} of {total}")

    return tell


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Fields of nested dataclasses and tuples of them as `schedule.steps`: 1500, for run parameters."""
    if is_dataclass(value):
        return {
            key: inner
            for field in fields(value)
            for key, inner in flat(getattr(value, field.name), f"{prefix}.{field.name}" if prefix else field.name).items()
        }
    if isinstance(value, tuple) and any(is_dataclass(one) for one in value):
        return {key: inner for one in value for key, inner in flat(one, prefix).items()}
    return {prefix: value}


def by_month_dep(asset: str) -> dg.AssetDep:
    """A dependency of a sensor's month on the month's asset, or of a month on all sensors of it."""
    return dg.AssetDep(asset, partition_mapping=by_month)


def by_sensor_dep(asset: str) -> dg.AssetDep:
    """A dependency of a sensor's month on the sensor's asset, or of a sensor on all its months."""
    return dg.AssetDep(asset, partition_mapping=by_sensor)


def brief(rows: list[dict[str, Any]], digits: int = 4) -> list[dict[str, Any]]:
    """Rows with numbers rounded to what a person reads."""
    return [
        {name: float(f"{value:.{digits}g}") if isinstance(value, float) else value for name, value in row.items()} for row in rows
    ]


def all_months(asset: str) -> dg.AssetDep:
    """A dependency on every month of an asset."""
    return dg.AssetDep(asset, partition_mapping=dg.AllPartitionMapping())
