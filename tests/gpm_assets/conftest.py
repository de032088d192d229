"""One small simulated home for the whole folder, made by the platform's own jobs in a Dagster instance of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from gpm_assets.assets import granules, swaths, truth
from gpm_assets.cli.home import prepare
from gpm_assets.definitions import defs
from gpm_assets.partitions import sensor_month_key
from gpm_assets.registry import Registry
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models.drain import SIZES
from models.translators import METHODS

PARTNER, REFERENCE = "F16_SSMIS", "GPM_GMI"
TRAINING_MONTH, VALIDATION_MONTH, TEST_MONTH = "2018-03", "2018-08", "2019-07"

SETTINGS = f"""\
world = "simulated"
[[sources]]
kind = "simulated"
[simulation]
seed = 2  # rain over both crossings of these months
orbits = 2
fraction = 0.05
[training]
months = ["{TRAINING_MONTH}", "{VALIDATION_MONTH}"]
test_months = ["{TEST_MONTH}"]
patches_per_granule = 16
[accelerator]
device = "cpu"
threads = 1
"""

Step = tuple[str, Any]
"""A job and the partition it runs for, None where it has none."""


def steps() -> list[Step]:
    """The chain in the order of the data."""
    learning = (TRAINING_MONTH, VALIDATION_MONTH)
    of_partner = {month: sensor_month_key(PARTNER, month) for month in (*learning, TEST_MONTH)}
    return [
        *(("land_sensor_month", sensor_month_key(sensor, month)) for month in of_partner for sensor in (REFERENCE, PARTNER)),
        *(("collocate_month", month) for month in learning),
        *(("overlap_sensor_month", of_partner[month]) for month in learning),
        ("truth_sensor_month", of_partner[TEST_MONTH]),
        ("train_drain", None),
        ("train_translators", PARTNER),
        ("register_identity", REFERENCE),
        *(("score_sensor_month", of_partner[month]) for month in (VALIDATION_MONTH, TEST_MONTH)),
        *(("choose_champion", sensor) for sensor in (REFERENCE, PARTNER)),
        *(("make_products", sensor_month_key(sensor, TEST_MONTH)) for sensor in (REFERENCE, PARTNER)),
        ("compare", None),
    ]


@contextmanager
def short_training() -> Iterator[None]:
    """Networks and schedules that a test can wait for: the demo's, made small."""
    config, training = SIZES["demo"]
    cyclegan = METHODS["cyclegan"]
    recipe = cyclegan.recipes["demo"]
    drain = replace(config, widths=(8, 16)), replace(
        training, pixels=1024, schedule=replace(training.schedule, steps=60, batch=8, warm_up=5, report_every=10)
    )
    game = replace(
        recipe, width=8, blocks=1, judge_width=8, schedule=replace(recipe.schedule, steps=4, batch=2, report_every=2)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "demo", drain)
        patch.setitem(METHODS, "cyclegan", replace(cyclegan, recipes={"demo": game}))
        yield


@dataclass(frozen=True)
class Platform:
    """A home with its Dagster instance; `run` runs a job as the UI would, in this process."""

    home: Home
    instance: dg.DagsterInstance
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def registry(self) -> Registry:
        return RegistryResource().open(self.home)

    def run(self, job: str, partition: Any = None, **ops: Mapping[str, Any]) -> dg.ExecuteInProcessResult:
        """One run, which may fail; `ops` are configurations by asset."""
        config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": {op: {"config": c} for op, c in ops.items()}}
        with pytest.MonkeyPatch.context() as patch, short_training():
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return defs.resolve_job_def(job).execute_in_process(
                run_config=config, instance=self.instance, partition_key=partition, raise_on_error=False
            )

    def made(self, job: str, partition: Any = None, **ops: Mapping[str, Any]) -> dict[str, Mapping[str, dg.MetadataValue]]:
        """Metadata of everything that a run materialised, by asset; the run must succeed."""
        result = self.run(job, partition, **ops)
        assert result.success, failures(result)
        events = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
        return {one.asset_key.to_user_string(): one.metadata for one in events}

    def shown(self, asset: str, partition: Any = None) -> Mapping[str, dg.MetadataValue]:
        """Metadata of the newest materialisation of an asset's partition: what its page shows."""
        chosen = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=None if partition is None else [str(partition)])
        (record,) = self.instance.fetch_materializations(chosen, limit=1).records
        return record.asset_materialization.metadata


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """What the failed steps of a run say: the description of a clear failure, else the whole error."""
    failed = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return [data.user_failure_data.description if data.user_failure_data else str(data.error) for data in failed]


@contextmanager
def platform_at(root: Path, settings: str) -> Iterator[Platform]:
    """A home prepared at `root` with these settings."""
    home = Home(root)
    environment = prepare(home, settings)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        yield Platform(home, instance, environment)


@pytest.fixture
def platform(tmp_path):
    """Maker of an empty home with given settings."""
    opened = []

    def make(settings: str, name: str = "home") -> Platform:
        context = platform_at(tmp_path / name, settings)
        opened.append(context)
        return context.__enter__()

    yield make
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def chain(tmp_path_factory) -> Iterator[Platform]:
    """The home after one run of every job; tests that change it copy it first."""
    with platform_at(tmp_path_factory.mktemp("chain"), SETTINGS) as platform:
        for job, partition in steps():
            platform.made(job, partition)
        yield platform
