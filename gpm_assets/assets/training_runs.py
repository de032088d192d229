"""A fit on the platform: an MLflow run with its curve, and a folder where it is kept until what was fitted is registered.

A run that was interrupted, killed or failed is taken up again by the next one of the same recipe, under the same MLflow run.
"""

import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from gpm_assets.curve import Curve
from gpm_assets.provenance import Recipe
from gpm_assets.registry import Registry
from gpm_assets.settings import Home
from models.accelerator import Accelerator
from models.processes import die_with_parent
from models.training import Run

FOLDER = "training"
Progress = Callable[[int, int], None]


@dataclass
class TrainingRun:
    """What a fit is given (`run`), the MLflow run that shows it, and the tags of both, to which scores may be added."""

    run: Run
    curve: Curve
    tags: dict[str, str] = field(default_factory=dict)

    def figures(self) -> dict[str, bytes]:
        """PNG of the curves by name; none where nothing was reported twice."""
        from gpm_assets.evaluation import figures

        series = self.curve.series
        return {"training": figures.png(figures.training_curves(series))} if series else {}


def folder(home: Home, wanted: Recipe) -> Path:
    """Where an unfinished run is kept: one place a model and seed, so that what is given up is not kept for ever."""
    return home.folder(FOLDER, wanted.asset, wanted.partition.replace(" ", "-"))


@contextmanager
def training_run(
    home: Home,
    registry: Registry,
    accelerator: Accelerator,
    wanted: Recipe,
    *,
    tags: Mapping[str, str],
    steps: int,
    progress: Progress | None = None,
) -> Iterator[TrainingRun]:
    """The run of a recipe whose configuration names its seed; `tags` say which method it is, and more.

    The body fits and registers. What was kept is removed when it ends well, and goes on where it is when it does not.
    """
    if multiprocessing.parent_process() is not None:  # a step of Dagster's; a process of the user's own belongs to the user
        die_with_parent()
    seed, keep = int(wanted.config["seed"]), folder(home, wanted)
    tags = {
        **tags,
        "seed": str(seed),
        "world": wanted.world,
        "fingerprint": wanted.fingerprint,
        "training_set": next(iter(wanted.inputs.values())),
    }
    with registry.run(
        wanted.asset,
        f"{tags['method']} {wanted.partition}",
        tags=tags | _circumstances(accelerator),
        parameters={**wanted.config, "code": wanted.code},
        unfinished=_unfinished(keep, wanted),
    ) as curve:
        _remember(keep, wanted, curve)
        yield TrainingRun(Run(seed, accelerator, _reporting(curve, steps, progress), keep), curve, tags)
    shutil.rmtree(keep)


def _circumstances(accelerator: Accelerator) -> dict[str, str]:
    """What may differ when a run is taken up again, and changes its numbers by rounding at most."""
    on_gpu = torch.device(accelerator.device).type == "cuda"
    return {
        "gpm_assets": version("gpm-assets"),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(accelerator.device) if on_gpu else accelerator.device,
        "precision": accelerator.precision,
    }


def _unfinished(keep: Path, wanted: Recipe) -> str | None:
    """The MLflow run that is kept for this recipe; what is kept for another one is removed."""
    note = keep / "run.json"
    if note.exists():
        content: dict[str, Any] = json.loads(note.read_text())
        if content["fingerprint"] == wanted.fingerprint:
            return str(content["run_id"])
    shutil.rmtree(keep, ignore_errors=True)
    return None


def _remember(keep: Path, wanted: Recipe, curve: Curve) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    aside = keep / ".run.json"
    aside.write_text(json.dumps({"fingerprint": wanted.fingerprint, "run_id": curve.run_id}) + "\n")
    aside.replace(keep / "run.json")


def _reporting(curve: Curve, steps: int, progress: Progress | None) -> Callable[[int, Mapping[str, float]], None]:
    """A training report that goes to MLflow and to whoever watches."""

    def report(step: int, metrics: Mapping[str, float]) -> None:
        curve(step, metrics)
        if progress:
            progress(step, steps)

    return report
