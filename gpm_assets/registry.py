"""The model registry: MLflow runs, versions and aliases, as plain functions on plain values.

One registered model a sensor (`translator-F16_SSMIS`) with a version for every method and seed, and one a retrieval (`drain`)
with a version for every seed. The alias `champion` is what products ask for. Versions are found again by their recipe's
fingerprint.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpm_assets.curve import Curve
from gpm_assets.errors import RequestError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from torch import nn

CHAMPION, CHALLENGER = "champion", "challenger"
"""Aliases: the version that serves, and the newest one that was held against it."""
_CHECKPOINT = "checkpoint"


def translator_name(sensor: str) -> str:
    """Registered model of a sensor's translators."""
    return f"translator-{sensor}"


def retrieval_name(method: str) -> str:
    """Registered model of a retrieval: `drain`, `pixel-mlp`."""
    return method.replace("_", "-")


@dataclass(frozen=True)
class Version:
    """One registered version; `tags` carry method, seed, world and fingerprint."""

    name: str
    version: str
    run_id: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """`models:/name/version`."""
        return f"models:/{self.name}/{self.version}"

    @property
    def method(self) -> str:
        """Method that made it."""
        return self.tags["method"]

    @property
    def seed(self) -> int:
        """Seed it was trained with."""
        return int(self.tags["seed"])


class Registry:
    """Runs and versions at one tracking URI."""

    def __init__(self, uri: str, artifacts: Path | None = None) -> None:
        _quiet()
        self.uri, self.artifacts = uri, artifacts

    @property
    def client(self) -> MlflowClient:
        """An MLflow client of this registry."""
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    @contextmanager
    def run(
        self,
        experiment: str,
        name: str,
        *,
        tags: Mapping[str, str],
        parameters: Mapping[str, Any],
        unfinished: str | None = None,
    ) -> Iterator[Curve]:
        """One training run, `unfinished` taken up again where MLflow still has it, or a new one.

        It ends as finished, as failed where the body raises an error, and as killed where the body is interrupted.
        """
        from mlflow.entities import Param, RunTag

        client = self.client
        curve = self._resumed(client, unfinished) if unfinished else None
        if curve is None:
            curve = Curve(client, client.create_run(self._experiment(client, experiment), run_name=name).info.run_id)
        client.log_batch(
            curve.run_id,
            params=[Param(key, str(value)) for key, value in parameters.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )
        try:
            yield curve
        except Exception:
            client.set_terminated(curve.run_id, "FAILED")
            raise
        except BaseException:  # KeyboardInterrupt, and Dagster's word for a terminated run
            client.set_terminated(curve.run_id, "KILLED")
            raise
        client.set_terminated(curve.run_id, "FINISHED")

    @staticmethod
    def _resumed(client: MlflowClient, run_id: str) -> Curve | None:
        """The curve of a run that is running again; None where MLflow no longer has the run."""
        from mlflow.exceptions import MlflowException

        try:
            client.update_run(run_id, "RUNNING")
        except MlflowException:
            return None
        curve = Curve(client, run_id)
        curve.read_back()
        return curve

    def register(
        self,
        name: str,
        run_id: str,
        checkpoint: Path,
        *,
        channels: int,
        tags: Mapping[str, str],
        figures: Mapping[str, bytes] | None = None,
    ) -> Version:
        """Log a checkpoint folder to its run and register it as a new version with tags."""
        import mlflow
        import numpy as np
        from mlflow.models import ModelSignature
        from mlflow.types import Schema, TensorSpec

        client = self.client
        for title, png in (figures or {}).items():
            self._log_figure(client, run_id, title, png)
        tensor = Schema([TensorSpec(np.dtype(np.float32), (-1, channels, -1, -1))])
        with self._tracking():
            with mlflow.start_run(run_id=run_id):
                logged = mlflow.pyfunc.log_model(
                    name="model",
                    python_model=str(Path(__file__).with_name("registered_model.py")),
                    artifacts={_CHECKPOINT: str(checkpoint)},
                    signature=ModelSignature(tensor, Schema([TensorSpec(np.dtype(np.float32), (-1, -1, -1, -1))])),
                    pip_requirements=["gpm-assets"],
                )
            if not client.search_registered_models(f"name = '{name}'"):
                client.create_registered_model(name)
            made = client.create_model_version(name, logged.model_uri, run_id=run_id, tags=dict(tags), model_id=logged.model_id)
        return Version(name, str(made.version), run_id, dict(tags))

    def versions(self, name: str, **tags: str) -> list[Version]:
        """Versions of a model whose tags match, oldest first."""
        found = (_version(one) for one in self.client.search_model_versions(f"name = '{name}'", max_results=1000))
        matching = [one for one in found if all(one.tags.get(key) == value for key, value in tags.items())]
        return sorted(matching, key=lambda one: int(one.version))

    def newest(self, *names: str, world: str) -> list[Version]:
        """The newest version of every method and seed of some models that was trained in a world, in their order."""
        found = {(one.method, one.seed): one for name in names for one in self.versions(name, world=world)}
        return [found[key] for key in sorted(found)]

    def champion(self, name: str) -> Version | None:
        """The version that the alias `champion` points to, or None."""
        from mlflow.exceptions import MlflowException

        try:
            return _version(self.client.get_model_version_by_alias(name, CHAMPION))
        except MlflowException:
            return None

    def required_champion(self, name: str, *, world: str) -> Version:
        """The champion; raises RequestError where there is none or it was trained in another world."""
        version = self.champion(name)
        if version is None:
            raise RequestError(f"models:/{name}@{CHAMPION} is not in the registry {self.uri}: train and promote one first")
        if version.tags.get("world") != world:
            raise RequestError(
                f"{version.uri} was trained in the {version.tags.get('world')} world, asked for {world}; "
                "a model of another world serves only when settings.toml names it under [models]"
            )
        return version

    def crown(self, version: Version) -> None:
        """Point the alias `champion` to a version."""
        self.client.set_registered_model_alias(version.name, CHAMPION, version.version)

    def challenge(self, version: Version) -> None:
        """Point the alias `challenger` to a version."""
        self.client.set_registered_model_alias(version.name, CHALLENGER, version.version)

    def load(self, version: Version) -> nn.Module:
        """The model of a version, in evaluation mode."""
        from models import checkpoint

        return checkpoint.load(self.checkpoint(version)).eval()

    def checkpoint(self, version: Version) -> Path:
        """Local folder with the checkpoint of a version."""
        import mlflow

        with self._tracking():
            local = mlflow.artifacts.download_artifacts(artifact_uri=version.uri)
        (folder,) = (Path(local) / "artifacts").iterdir()  # the one artefact, under the name its folder had
        return folder

    def _experiment(self, client: MlflowClient, name: str) -> str:
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        location = (self.artifacts / name).resolve().as_uri() if self.artifacts else None
        return str(client.create_experiment(name, artifact_location=location))

    @contextmanager
    def _tracking(self) -> Iterator[None]:
        """MLflow's module-level functions against this registry, without leaving a trace in the process.

        Setting a URI also sets its environment variable, and a registry URI once set no longer follows the tracking URI: both
        are unset, and the environment, which then rules again, is what it was.
        """
        import mlflow

        unset: Any = None  # what both are at first; the annotations know only strings
        before = {name: os.environ.get(name) for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")}
        mlflow.set_tracking_uri(self.uri)
        mlflow.set_registry_uri(self.uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(unset)
            mlflow.set_registry_uri(unset)
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

    @staticmethod
    def _log_figure(client: MlflowClient, run_id: str, title: str, png: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{title}.png"
            file.write_bytes(png)
            client.log_artifact(run_id, str(file), "figures")


def _version(found: Any) -> Version:
    return Version(found.name, str(found.version), found.run_id, dict(found.tags))


def _quiet() -> None:
    """Keep MLflow's notices on databases, input examples and downloads out of other people's terminals."""
    for name, value in {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_LOGGING_LEVEL": "ERROR",
        "GIT_PYTHON_REFRESH": "quiet",
    }.items():
        os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore", message=".*input example was not provided.*")
