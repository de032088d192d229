"""Where networks run: device, precision and threads."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import dagster as dg
from pydantic import Field

if TYPE_CHECKING:
    from gpm_assets.settings import AcceleratorSettings
    from models.accelerator import Accelerator


class AcceleratorResource(dg.ConfigurableResource["Accelerator"]):
    """Overrides of the settings' accelerator for a deployment; `auto` and 0 leave the settings as they are."""

    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="auto: CUDA where there is one")
    precision: Literal["auto", "float32", "bfloat16"] = Field(default="auto", description="auto: bfloat16 on CUDA, else float32")
    threads: int = Field(default=0, ge=0, description="torch threads; 0: cores that are free at the start of the step")

    def open(self, settings: AcceleratorSettings) -> Accelerator:
        """The accelerator of this step."""
        return make_accelerator(
            self.device if self.device != "auto" else settings.device,
            self.precision if self.precision != "auto" else settings.precision,
            self.threads or settings.threads,
        )


def make_accelerator(device: str, precision: Literal["auto", "float32", "bfloat16"], threads: int) -> Accelerator:
    """Resolve `auto` and free cores."""
    import torch

    from models.accelerator import Accelerator

    chosen = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    automatic: Literal["float32", "bfloat16"] = "bfloat16" if chosen == "cuda" else "float32"
    return Accelerator(chosen, automatic if precision == "auto" else precision, threads or free_cores())


def free_cores(sample_s: float = 0.3) -> int:
    """Cores nobody computes on, at least one: the idle share of all cores over a moment.

    Two torch threads beside another busy process were ten times slower than one on two cores; OMP_WAIT_POLICY=PASSIVE (set by
    the command line before torch is loaded) keeps waiting threads from spinning. Without /proc all usable cores count as free.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    stat = Path("/proc/stat")
    if not stat.exists():
        return usable
    before = _ticks(stat)
    time.sleep(sample_s)
    idle, total = (after - earlier for after, earlier in zip(_ticks(stat), before, strict=True))
    return min(usable, max(1, round((os.cpu_count() or 1) * idle / max(1, total))))


def _ticks(stat: Path) -> tuple[int, int]:
    """Idle (with waiting for disks) and all ticks of all cores since the machine started."""
    ticks = [int(value) for value in stat.read_text().split("\n", 1)[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
