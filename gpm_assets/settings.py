"""Settings of one home: its world, where granules come from, what is trained and how large. `settings.toml` in the home."""

from __future__ import annotations

import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gpm_assets.constellation.rival import is_gprof
from gpm_assets.errors import RequestError

HOME_VARIABLE = "GPM_ASSETS_HOME"
REAL_DATA_VARIABLE = "GPM_ASSETS_REAL_DATA"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Part):
    """Where granules come from; the first source that serves a sensor and month is asked."""

    kind: Literal["simulated", "directory"]
    path: Path | None = Field(default=None, description="folder of a directory source")
    sensors: tuple[str, ...] = Field(
        default=(), description="sensors served, empty: all; the radar is GPM_DPR, GPROF F16_SSMIS_GPROF"
    )
    months: tuple[str, ...] = Field(default=(), description="months served as YYYY-MM, empty: all")

    @model_validator(mode="after")
    def _path_where_needed(self) -> SourceSettings:
        if (self.kind == "directory") != (self.path is not None):
            raise ValueError(f"a {self.kind} source {'needs' if self.kind == 'directory' else 'takes no'} path")
        return self

    def serves(self, sensor: str, month: str) -> bool:
        """Whether this source is responsible for the sensor and month; no simulated one has GPROF, which PPS alone runs."""
        if self.kind == "simulated" and is_gprof(sensor):
            return False
        return (not self.sensors or sensor in self.sensors) and (not self.months or month in self.months)


class SimulationSettings(_Part):
    """The plan of the simulated constellation."""

    seed: int = Field(default=1, ge=0, description="the world and every noise follow from it")
    world: Literal["A", "B"] = Field(default="A", description="B has other physics and storms, and is for tests alone")
    orbits: int = Field(default=8, ge=1, description="orbits per sensor and month, half of them crossing GMI within 15 minutes")
    fraction: float = Field(default=1.0, gt=0, le=1, description="part of each orbit that is made, about its crossing")
    partners: tuple[str, ...] = Field(default=("F16_SSMIS",), description="sensors whose crossings GMI's orbits are chosen for")


class CollocationSettings(_Part):
    """Which pixel is held against which."""

    sampling: Literal["GMI-like", "native"] = Field(default="GMI-like", description="where swaths are put")
    averaging: Literal["pattern", "within 7 km", "nearest"] = Field(default="pattern", description="how rays make a pixel's rain")
    rain: Literal["near surface", "surface", "combined"] = Field(
        default="near surface", description="the label: 2A-DPR near the surface or extrapolated to it, or 2B-CMB near the surface"
    )
    combined: bool = Field(default=True, description="land 2B-CMB beside 2A-DPR, where the source has it")
    window_s: float = Field(default=900, gt=0, description="most seconds between the two sensors of an overlap")
    separation_km: float = Field(default=7.5, gt=0, description="most km between their pixels")
    shift_pixels: int = Field(default=0, ge=0, le=2, description="search overlaps for shifts of up to so many pixels; 0: do not")

    @model_validator(mode="after")
    def _label_is_landed(self) -> CollocationSettings:
        if self.rain == "combined" and not self.combined:
            raise ValueError('rain = "combined" needs combined = true: 2B-CMB must land to be the label')
        return self


class TrainingSettings(_Part):
    """What the learned assets are trained on and how large they are."""

    months: tuple[str, ...] = Field(default=(), description="months that may train or validate; empty: every landed month")
    test_months: tuple[str, ...] = Field(
        default=(), description="months that are scored as test; empty: every landed month of the test year"
    )
    sensors: tuple[str, ...] = Field(default=("F16_SSMIS",), description="partners that get translators")
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1, description="one run and one version each; three for claims")
    size: Literal["demo", "published"] = Field(default="demo", description="which default configuration every method takes")
    patch: int = Field(default=32, ge=16, multiple_of=4, description="side of a training patch in pixels")
    patches_per_granule: int = Field(default=48, ge=1, description="most patches taken from one granule")


class EvaluationSettings(_Part):
    """What retrievals are held against."""

    gprof: bool = Field(default=False, description="land 2A-GPROF beside a sensor's 1C files, where a real source has it")


class ModelSettings(_Part):
    """Models of another world, asked for by name; empty: this world's own champions."""

    registry: str | None = Field(default=None, description="MLflow tracking URI that holds the named models")
    world: str | None = Field(default=None, description="world those models were trained in; it is written on every product")


class AcceleratorSettings(_Part):
    """Where networks run."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    threads: int = Field(default=0, ge=0, description="torch threads; 0: free cores at the start of the step")


class Settings(_Part):
    """Everything a home is configured by."""

    kind: Literal["simulated", "real"] = Field(default="simulated", alias="world")
    sources: tuple[SourceSettings, ...] = (SourceSettings(kind="simulated"),)
    simulation: SimulationSettings = SimulationSettings()
    collocation: CollocationSettings = CollocationSettings()
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    models: ModelSettings = ModelSettings()
    accelerator: AcceleratorSettings = AcceleratorSettings()
    registry: str | None = Field(default=None, description="MLflow tracking URI; empty: mlflow.db in the home")

    @property
    def world(self) -> str:
        """What everything in the home is labelled with and never mixes: `real`, `simulated`, or `simulated-B` (world B)."""
        return "simulated-B" if (self.kind, self.simulation.world) == ("simulated", "B") else self.kind

    def require_learnable(self) -> None:
        """Raises RequestError in the simulated world B: methods are tested on its physics, never tuned to it."""
        if self.world == "simulated-B":
            raise RequestError(
                "the simulated world B is for tests alone, nothing is trained or chosen in it: do that in world A, and ask here "
                "for its models by name, [models] registry and world in settings.toml"
            )

    def source(self, sensor: str, month: str) -> SourceSettings:
        """The first source that serves a sensor and month; raises RequestError."""
        for source in self.sources:
            if source.serves(sensor, month):
                return source
        raise RequestError(f"no source serves {sensor} in {month}; add one to settings.toml (have {len(self.sources)})")


class Home:
    """One home folder: everything the platform makes lies below it."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or default_root()).expanduser().resolve()

    @cached_property
    def settings(self) -> Settings:
        """Settings from `settings.toml`, defaults where the file is missing; raises RequestError that names the key."""
        path = self.root / "settings.toml"
        if not path.exists():
            return Settings()
        try:
            return Settings.model_validate(tomllib.loads(path.read_text()))
        except tomllib.TOMLDecodeError as error:
            raise RequestError(f"{path}: {error}") from error
        except ValidationError as error:
            wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise RequestError(f"{path}: {'; '.join(wrong)}") from error

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME of the embedded instance."""
        return self.root / "dagster"

    @property
    def registry_uri(self) -> str:
        """MLflow tracking and registry URI."""
        return self.settings.registry or f"sqlite:///{self.root / 'mlflow.db'}"

    def folder(self, asset: str, *partition: str) -> Path:
        """Where the artefact of an asset's partition lies."""
        return self.root.joinpath("archive", asset, *partition)


def default_root() -> Path:
    """`GPM_ASSETS_HOME`, or `gpm-assets-home` in the current folder."""
    return Path(os.environ.get(HOME_VARIABLE) or "gpm-assets-home")


def real_data() -> Path:
    """`GPM_ASSETS_REAL_DATA`, or `../shared/data`: real granules and scenes; may not exist."""
    return Path(os.environ.get(REAL_DATA_VARIABLE) or "../shared/data")
