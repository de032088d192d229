"""Homes made by the platform's own jobs, each with a Dagster instance; one small simulated one serves the whole folder."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from gpm_assets.cli.home import prepare
from gpm_assets.definitions import defs
from gpm_assets.partitions import sensor_month_key
from gpm_assets.registry import Registry
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models.retrievals.drain import SIZES
from models.translators import METHODS

PARTNER, REFERENCE = "F16_SSMIS", "GPM_GMI"
TRAINING_MONTH, VALIDATION_MONTH, TEST_MONTH = "2018-03", "2018-08", "2019-07"

SETTINGS = f"""\
world = "simulated"
[[sources]]
kind = "simulated"
[simulation]
seed = 3  # rains on the crossings of these months
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


def chain_steps() -> list[Step]:
    """Every job in the order of the data, but `monthly`, which repeats two of them, and `examine_world`, which takes minutes."""
    learning = (TRAINING_MONTH, VALIDATION_MONTH)
    partner = {month: sensor_month_key(PARTNER, month) for month in (*learning, TEST_MONTH)}
    return [
        *(("land_sensor_month", sensor_month_key(sensor, month)) for month in partner for sensor in (REFERENCE, PARTNER)),
        *(("collocate_month", month) for month in learning),
        *(("overlap_sensor_month", partner[month]) for month in learning),
        ("overlap_month", VALIDATION_MONTH),
        *(("truth_sensor_month", sensor_month_key(sensor, TEST_MONTH)) for sensor in (PARTNER, REFERENCE)),
        ("train_drain", None),
        ("train_quick_translators", PARTNER),
        ("register_identity", REFERENCE),
        *(
            ("score_sensor_month", sensor_month_key(sensor, month))
            for sensor in (PARTNER, REFERENCE)
            for month in (VALIDATION_MONTH, TEST_MONTH)
        ),
        *(("choose_champion", sensor) for sensor in (REFERENCE, PARTNER)),
        *(("make_products", sensor_month_key(sensor, TEST_MONTH)) for sensor in (REFERENCE, PARTNER)),
        ("compare", None),
    ]


SMALL: dict[str, Any] = {"width": 8, "blocks": 1, "judge_width": 8, "widths": (8, 16), "rounds": 4}
"""What makes networks of recipes small, where they have such a field."""


@contextmanager
def short_training() -> Iterator[None]:
    """The demo's networks and schedules, made so small that a test can wait for them."""
    drain = SIZES["demo"]
    schedule = replace(drain.fitting.schedule, steps=200, batch=8, warm_up=5, report_every=10)
    drain = replace(drain, widths=(8, 16), fitting=replace(drain.fitting, pixels=1024, schedule=schedule))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "demo", drain)
        for name in [name for name, method in METHODS.items() if method.seeded]:
            patch.setitem(METHODS, name, replace(METHODS[name], recipes={"demo": _shortened(METHODS[name].recipes["demo"])}))
        yield


def _shortened(recipe: Any) -> Any:
    small = {name: value for name, value in SMALL.items() if hasattr(recipe, name)}
    if hasattr(recipe, "schedule"):
        small["schedule"] = replace(recipe.schedule, steps=4, batch=2, report_every=2)
    return replace(recipe, **small)


@dataclass(frozen=True)
class Platform:
    """A home and its Dagster instance; jobs run in this process, recorded as the UI would find them."""

    home: Home
    instance: dg.DagsterInstance
    environment: Mapping[str, str]

    @property
    def registry(self) -> Registry:
        return RegistryResource().open(self.home)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The environment of the home, and short training."""
        with pytest.MonkeyPatch.context() as patch, short_training():
            for name, value in self.environment.items():
                patch.setenv(name, value)
            yield

    def run(self, job: str, partition: Any = None) -> dg.ExecuteInProcessResult:
        """One run of a job, which may fail."""
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        with self.inside():
            return defs.resolve_job_def(job).execute_in_process(
                run_config=quiet, instance=self.instance, partition_key=partition, raise_on_error=False
            )

    def make(self, job: str, partition: Any = None) -> dict[str, dict[str, Any]]:
        """Metadata values of everything that a run materialised, by asset; the run must succeed."""
        result = self.run(job, partition)
        assert result.success, _reasons(result)
        events = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
        return {one.asset_key.to_user_string(): _values(one) for one in events}

    def failure(self, job: str, partition: Any = None) -> str:
        """What a run that must fail clearly says about it."""
        result = self.run(job, partition)
        assert not result.success
        (reason,) = _reasons(result)
        return reason

    def shown(self, asset: str, partition: Any = None) -> dict[str, Any]:
        """Metadata values of the newest materialisation of an asset's partition: what its page shows."""
        chosen = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=None if partition is None else [str(partition)])
        (record,) = self.instance.fetch_materializations(chosen, limit=1).records
        assert record.asset_materialization is not None
        return _values(record.asset_materialization)


def _values(materialisation: dg.AssetMaterialization) -> dict[str, Any]:
    return {name: _plain(shown) for name, shown in materialisation.metadata.items()}


def _plain(shown: dg.MetadataValue) -> Any:
    return [record.data for record in shown.records] if isinstance(shown, dg.TableMetadataValue) else shown.value


def _reasons(result: dg.ExecuteInProcessResult) -> list[str]:
    """Descriptions of clear failures, whole errors of all others."""
    failed = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return [str(data.user_failure_data.description if data.user_failure_data else data.error) for data in failed]


@contextmanager
def _opened(root: Path, settings: str, *, on_disk: bool = False) -> Iterator[Platform]:
    """A home and its instance: on disk as in production, or in memory, which saves about a second a run."""
    home = Home(root)
    environment = prepare(home, settings)
    with dg.DagsterInstance.from_config(str(home.dagster)) if on_disk else dg.DagsterInstance.ephemeral() as instance:
        yield Platform(home, instance, environment)


@pytest.fixture
def platform(tmp_path) -> Iterator[Callable[[str], Platform]]:
    """Maker of an empty home with the given settings."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(_opened(tmp_path / "home", settings))


@pytest.fixture(scope="session")
def chain(tmp_path_factory) -> Iterator[Platform]:
    """The home after every job: read only, see `changed_chain`."""
    with _opened(tmp_path_factory.mktemp("chain"), SETTINGS, on_disk=True) as platform:
        for job, partition in chain_steps():
            platform.make(job, partition)
        yield platform


@pytest.fixture
def changed_chain(chain, tmp_path) -> Iterator[Callable[[str, str], Platform]]:
    """Maker of a copy of `chain` in whose settings one piece of text is replaced by another."""
    with ExitStack() as stack:

        def make(old: str, new: str) -> Platform:
            assert old in SETTINGS
            root = tmp_path / "changed"
            shutil.copytree(chain.home.root, root)
            (root / "settings.toml").write_text(SETTINGS.replace(old, new))
            return stack.enter_context(_opened(root, SETTINGS))

        yield make


@pytest.fixture
def steps() -> list[Step]:
    """The jobs and partitions that made `chain`."""
    return chain_steps()
