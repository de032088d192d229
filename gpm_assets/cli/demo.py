"""`gpm-assets demo`: the whole chain on the simulated constellation, and on one real scene where there is one."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpm_assets.settings import Home, real_data

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from gpm_assets.registry import Registry

SENSOR = "F16_SSMIS"
TRAINING_MONTHS = ("2018-06", "2018-12")
RADAR_MONTHS = ("2018-03", "2018-09")
"""Months that only GMI and the radar deliver: DRAIN's skill grows with labelled scenes, and GMI's are cheap to simulate."""
VALIDATION_MONTH = "2018-08"
TEST_MONTH = "2019-07"
SCENE_MONTH = "2021-01"

SETTINGS = f"""\
# The demo: a small simulated constellation. Delete this file to get the defaults; see gpm_assets/settings.py for every key.
world = "simulated"

[[sources]]
kind = "simulated"

[simulation]
seed = 1
orbits = 6        # a sensor and month, half of them crossing GMI within 15 minutes
fraction = 0.2    # of an orbit about its crossing: a whole one is 93 to 102 minutes
partners = ["{SENSOR}"]

[training]
months = {[*RADAR_MONTHS, *TRAINING_MONTHS, VALIDATION_MONTH]}
test_months = ["{TEST_MONTH}"]
sensors = ["{SENSOR}"]
seeds = [0]       # one in the demo, three for claims
size = "demo"
"""

SCENE_SETTINGS = """\
# The real world, one scene: granules from a folder, models of the simulated demo asked for by name.
world = "real"

[[sources]]
kind = "directory"
path = {path!r}

[models]
registry = {registry!r}
world = "simulated"
"""


@dataclass(frozen=True)
class Step:
    """One partition run of a job: `current` says whether everything it would make is there already."""

    label: str
    job: str
    current: Callable[[], bool]
    partition: str | None = None
    config: dict[str, Any] = field(default_factory=dict)


def demo(*, home: Path | None = None, scene: bool = True, workers: int = 2) -> None:
    """Run everything once: simulate, co-register, collocate, train, compare, promote, translate, retrieve.

    Runs through Dagster, so the UI shows every run and asset (`gpm-assets ui`). What is there already and would not change is
    not made again. About twenty minutes on two cores.

    Parameters
    ----------
    home
        Where everything goes; by default GPM_ASSETS_HOME, or gpm-assets-home in the current folder.
    scene
        Also process the real scene of GPM_ASSETS_REAL_DATA, where there is one.
    workers
        Processes that simulate side by side.
    """
    from rich.console import Console

    from gpm_assets.cli.home import enter

    console, started = Console(), time.monotonic()
    place = Home(home)
    enter(place, SETTINGS)
    made = _run(place, list(_steps(place, workers)), console)
    _report(place, console)
    if scene:
        made += _scene(place, console)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e6
    console.print(
        f"\n{made} steps made in {time.monotonic() - started:.0f} s, largest process {peak:.1f} GB, everything in {place.root}"
    )
    console.print(f"Open it:  [bold]gpm-assets ui --home {place.root}[/]   then http://127.0.0.1:3000")


def _steps(home: Home, workers: int) -> Iterator[Step]:
    """The demo in the order of the data."""
    from gpm_assets.assets import (
        champion,
        drain_training_set,
        granules,
        leaderboard,
        matches,
        overlaps,
        retrieval,
        retrievals,
        scores,
        swaths,
        translation_training_set,
        translators,
        truth,
    )
    from gpm_assets.constellation.instruments import REFERENCE
    from gpm_assets.constellation.radar import RADAR

    registry = _registry(home)
    fresh = _Fresh(home)
    learning = (*TRAINING_MONTHS, VALIDATION_MONTH)

    def many(*assets: str) -> dict[str, Any]:
        return {"ops": {asset: {"config": {"workers": workers}} for asset in assets}}

    for month in (*RADAR_MONTHS, *learning, TEST_MONTH):
        for sensor in (REFERENCE,) if month in RADAR_MONTHS else (REFERENCE, SENSOR):
            yield Step(
                f"granules and swaths of {sensor} {month}",
                "land_sensor_month",
                fresh(
                    (partial(granules.recipe, home, sensor, month), granules.folder(home, sensor, month)),
                    (partial(swaths.recipe, home, sensor, month), home.folder(swaths.SWATHS, sensor, month)),
                ),
                f"{month}|{sensor}",
                many(granules.GRANULES, swaths.SWATHS),
            )
    for month in (*RADAR_MONTHS, *learning):
        yield Step(
            f"radar and its matches with GMI {month}",
            "collocate_month",
            fresh(
                (partial(granules.recipe, home, RADAR, month), granules.folder(home, RADAR, month)),
                (partial(matches.recipe, home, month), home.folder(matches.MATCHES, month)),
            ),
            month,
            many(granules.RADAR_GRANULES),
        )
    for month in learning:
        yield Step(
            f"overlaps of {SENSOR} and GMI {month}",
            "overlap_sensor_month",
            fresh((partial(overlaps.recipe, home, SENSOR, month), home.folder(overlaps.OVERLAPS, SENSOR, month))),
            f"{month}|{SENSOR}",
        )
    for sensor in (SENSOR, REFERENCE):
        yield Step(
            f"truth at {sensor}'s pixels {TEST_MONTH}",
            "truth_sensor_month",
            fresh((partial(truth.recipe, home, sensor, TEST_MONTH), home.folder(truth.TRUTH, sensor, TEST_MONTH))),
            f"{TEST_MONTH}|{sensor}",
            many(truth.TRUTH),
        )
    yield Step(
        "DRAIN",
        "train_drain",
        fresh(
            (partial(drain_training_set.recipe, home), drain_training_set.folder(home)),
            (partial(retrievals.recipe, home, retrieval.METHOD, 0), home.folder(retrieval.RETRIEVAL, "seed-0")),
        ),
    )
    yield Step(
        f"translators of {SENSOR}",
        "train_quick_translators",
        fresh(
            (partial(translation_training_set.recipe, home, registry, SENSOR), translation_training_set.folder(home, SENSOR)),
            *(
                (
                    partial(translators.recipe, home, registry, SENSOR, method, 0),
                    home.folder(translators.asset_name(method), SENSOR, "seed-0"),
                )
                for method in translators.quick_methods()
            ),
        ),
        SENSOR,
    )
    identity = translators.IDENTITY
    yield Step(
        "identity of GMI",
        "register_identity",
        fresh(
            (
                partial(translators.recipe, home, registry, REFERENCE, identity, 0),
                home.folder(translators.asset_name(identity), REFERENCE, "seed-0"),
            )
        ),
        REFERENCE,
    )
    for sensor, month in product((SENSOR, REFERENCE), (VALIDATION_MONTH, TEST_MONTH)):
        yield Step(
            f"scores of {sensor} {month}",
            "score_sensor_month",
            fresh((partial(scores.recipe, home, registry, sensor, month), scores.folder(home, sensor, month))),
            f"{month}|{sensor}",
        )
    for sensor in (SENSOR, REFERENCE):
        yield Step(
            f"champion of {sensor}",
            "choose_champion",
            fresh((partial(champion.recipe, home, registry, sensor), home.folder(champion.CHAMPION, sensor))),
            sensor,
        )
    for sensor in (SENSOR, REFERENCE):
        yield _product_step(home, registry, sensor, TEST_MONTH, fresh)
    yield Step("leaderboard", "compare", fresh((partial(leaderboard.recipe, home), home.folder(leaderboard.LEADERBOARD, "all"))))


def _product_step(home: Home, registry: Registry, sensor: str, month: str, fresh: _Fresh) -> Step:
    from gpm_assets.assets import products

    return Step(
        f"pseudo-TB and rain of {sensor} {month}",
        "make_products",
        fresh(
            *(
                (partial(products.recipe, home, registry, product, sensor, month), home.folder(product, sensor, month))
                for product in (products.PSEUDO_TB, products.PRECIPITATION)
            )
        ),
        f"{month}|{sensor}",
    )


class _Fresh:
    """Makes the question whether artefacts are current; an input that is not there yet means they are not."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def __call__(self, *artefacts: tuple[Callable[[], Any], Path]) -> Callable[[], bool]:
        from gpm_assets import provenance
        from gpm_assets.errors import GpmAssetsError

        def current() -> bool:
            try:
                return all(provenance.current(folder, recipe()) for recipe, folder in artefacts)
            except GpmAssetsError:
                return False

        return current


def _registry(home: Home) -> Registry:
    from gpm_assets.resources.registry import RegistryResource

    return RegistryResource().open(home)


def _run(home: Home, steps: list[Step], console: Console) -> int:
    """Run the steps that are not current; returns how many."""
    from dagster import DagsterInstance
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    made = 0
    with Progress(*columns, console=console) as progress, DagsterInstance.from_config(str(home.dagster)) as instance:
        whole = progress.add_task("demo", total=len(steps))
        for step in steps:
            if step.current():
                console.print(f"[dim]  as it was  {step.label}[/]")
            else:
                inner = progress.add_task(step.label, total=None)
                started = time.monotonic()
                _execute(step, instance, partial(_show, progress, inner))
                progress.remove_task(inner)
                console.print(f"[green]  {time.monotonic() - started:6.1f} s  [/]{step.label}")
                made += 1
            progress.advance(whole)
    return made


def _show(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)


def _execute(step: Step, instance: DagsterInstance, watch: Callable[[int, int], None]) -> None:
    """One run of a job in this process, recorded in the home's Dagster instance."""
    from gpm_assets.assets.stage import watching
    from gpm_assets.definitions import defs
    from gpm_assets.errors import GpmAssetsError

    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with watching(watch):
        result = defs.resolve_job_def(step.job).execute_in_process(
            run_config={**quiet, **step.config}, instance=instance, partition_key=step.partition, raise_on_error=False
        )
    if not result.success:
        failed = (event.step_failure_data for event in result.all_events if event.is_step_failure)
        errors = [one.error.cause or one.error for one in failed if one.error]
        said = "; ".join(error.message.strip() for error in errors)
        raise GpmAssetsError(f"{step.label} failed (run {result.run_id} in the UI): {said}")


def _report(home: Home, console: Console) -> None:
    from gpm_assets.assets import champion, leaderboard
    from gpm_assets.cli.leaderboard import WIDE_FROM, tables
    from gpm_assets.provenance import read

    console.print()
    for shown in tables(leaderboard.read(home), wide=console.width >= WIDE_FROM):
        console.print(shown)
    chosen = read(home.folder(champion.CHAMPION, SENSOR))
    if chosen:
        console.print(f"Champion of {SENSOR}: {chosen.metadata['reason']}")
    console.print(f"Figures: {home.folder(leaderboard.LEADERBOARD, 'all') / 'leaderboard.png'} and the asset pages of the UI")


def _scene(demo_home: Home, console: Console) -> int:
    """The real scene in a home of its own, by the demo's models; returns how many steps were made."""
    from gpm_assets.assets import granules, products, swaths
    from gpm_assets.cli.home import enter
    from gpm_assets.provenance import read

    folder = real_data() / "scenes"
    if not folder.is_dir():
        console.print(f"\nNo real scene: {folder} is not there; set GPM_ASSETS_REAL_DATA to a folder that holds scenes/")
        return 0
    home = Home(demo_home.root / "real-scene")
    enter(home, SCENE_SETTINGS.format(path=str(folder.resolve()), registry=demo_home.registry_uri))
    console.print(f"\nReal scene of {SENSOR} in {SCENE_MONTH}, by models trained on the simulation")
    fresh, registry = _Fresh(home), _registry(home)
    landing = Step(
        f"granules and swaths of {SENSOR} {SCENE_MONTH}",
        "land_sensor_month",
        fresh(
            (partial(granules.recipe, home, SENSOR, SCENE_MONTH), granules.folder(home, SENSOR, SCENE_MONTH)),
            (partial(swaths.recipe, home, SENSOR, SCENE_MONTH), home.folder(swaths.SWATHS, SENSOR, SCENE_MONTH)),
        ),
        f"{SCENE_MONTH}|{SENSOR}",
    )
    made = _run(home, [landing, _product_step(home, registry, SENSOR, SCENE_MONTH, fresh)], console)
    rain = read(home.folder(products.PRECIPITATION, SENSOR, SCENE_MONTH))
    if rain:
        flagged = f"{rain.metadata['partly_missing_window']} of {rain.metadata['valued_pixels']} pixels had gaps in their window"
        console.print(f"{rain.metadata.get('warning', '')}; {flagged}")
    console.print(f"Maps on its asset pages:  [bold]gpm-assets ui --home {home.root}[/]")
    enter(demo_home)
    return made


if __name__ == "__main__":  # spawned workers import this module by its path
    sys.exit("run gpm-assets demo")
