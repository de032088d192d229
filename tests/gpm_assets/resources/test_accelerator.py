import os
from pathlib import Path

import pytest
import torch

from gpm_assets.resources.accelerator import AcceleratorResource, free_cores, make_accelerator
from gpm_assets.settings import AcceleratorSettings


def test_auto_follows_the_machine():
    made = make_accelerator("auto", "auto", 3)
    expected = ("cuda", "bfloat16") if torch.cuda.is_available() else ("cpu", "float32")
    assert (made.device, made.precision, made.threads) == (*expected, 3)
    assert make_accelerator("cpu", "auto", 1).precision == "float32"
    assert make_accelerator("cuda", "auto", 1).precision == "bfloat16"
    assert make_accelerator("cuda", "float32", 1).precision == "float32"


def test_the_resource_overrides_the_settings():
    settings = AcceleratorSettings(device="cpu", precision="bfloat16", threads=2)
    kept = AcceleratorResource().open(settings)
    assert (kept.device, kept.precision, kept.threads) == ("cpu", "bfloat16", 2)
    changed = AcceleratorResource(precision="float32", threads=1).open(settings)
    assert (changed.device, changed.precision, changed.threads) == ("cpu", "float32", 1)


def test_free_cores_are_some_of_ours():
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert 1 <= free_cores(0.05) <= usable
    assert make_accelerator("cpu", "float32", 0).threads >= 1


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="the load of the cores is read from /proc/stat")
def test_an_idle_core_is_free_and_a_busy_one_is_not(monkeypatch):
    """Ticks of a four-core machine: half of them idle over the moment, then none."""
    from gpm_assets.resources import accelerator

    monkeypatch.setattr(accelerator.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(accelerator.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    for idle, cores in ((60, 2), (0, 1), (120, 4)):
        samples = iter([(1000, 5000), (1000 + idle, 5120)])
        monkeypatch.setattr(accelerator, "_ticks", lambda _, samples=samples: next(samples))
        assert free_cores(0.0) == cores
