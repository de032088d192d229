"""Fits that are interrupted, fail or lose their parent, and are taken up again, with a real registry and real Dagster steps."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from gpm_assets import provenance
from gpm_assets.assets import drain_training_set, retrievals, training_runs
from gpm_assets.collocation.training_sets import GMI_CHANNELS
from gpm_assets.constellation.descriptions import described
from gpm_assets.constellation.instruments import instrument
from gpm_assets.provenance import Recipe
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from models import checkpoint
from models.accelerator import Accelerator
from models.packs import INDEX, PackInfo, write_pack
from models.retrievals.base import DESCRIPTIONS
from models.retrievals.drain import SIZES

ONE = Accelerator(threads=1)
PROJECT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a training set of noise that rains where it is cold, and a DRAIN that takes a moment."""
    monkeypatch.setattr(training_runs, "die_with_parent", None)  # this process is the user's own: to call it would fail
    home, r = Home(tmp_path / "home"), np.random.default_rng(0)
    field = ndimage.gaussian_filter(r.normal(size=(40, 16, 16)), (0, 2, 2))
    tb = 240 + 60 * field[:, None] + r.normal(size=(40, len(GMI_CHANNELS), 16, 16))
    index = np.zeros(40, INDEX)
    index["granule"], index["time"], index["weight"] = "toy", np.datetime64("2018-03-01"), 1.0
    index["split"] = np.where(np.arange(40) % 4 == 0, "validation", "train")
    folder = drain_training_set.folder(home)
    rain = np.maximum(-20 * field, 0)
    info = PackInfo("GPM_GMI", "simulated", GMI_CHANNELS, notes={DESCRIPTIONS: described(instrument("GPM_GMI"))})
    write_pack(folder / drain_training_set.PATCHES, info, tb, index, rain)
    provenance.record(folder, Recipe(drain_training_set.DRAIN_SET, "", "simulated", {}, {}, ""), "toy", {})
    fitting = SIZES["demo"].fitting
    schedule = replace(fitting.schedule, steps=30, batch=4, report_every=5, validate_every=10)
    monkeypatch.setitem(
        SIZES, "demo", replace(SIZES["demo"], widths=(4, 4), fitting=replace(fitting, schedule=schedule, pixels=256))
    )
    return home


def unreachable(*arguments, **named):
    raise RuntimeError("no route to the registry")


def test_an_interrupted_fit_goes_on_under_the_same_mlflow_run(home, monkeypatch):
    registry, wanted = RegistryResource().open(home), retrievals.recipe(home, "drain", 0)
    keep, told = training_runs.folder(home, wanted), []

    def interrupting(done, total):
        told.append(done)
        if told == [5, 10]:
            raise KeyboardInterrupt

    def fit():
        return retrievals.make(home, registry, ONE, "drain", 0, interrupting)

    with pytest.raises(KeyboardInterrupt):
        fit()
    run_id = json.loads((keep / "run.json").read_text())["run_id"]
    assert registry.client.get_run(run_id).info.status == "KILLED"
    with monkeypatch.context() as patch:
        patch.setattr(registry, "register", unreachable)
        with pytest.raises(RuntimeError, match="no route to the registry"):
            fit()
    assert registry.client.get_run(run_id).info.status == "FAILED"
    assert told == [5, 10, 10, 15, 20, 25, 30]
    made = fit()
    assert len(told) == 7  # all that was left to do was to register
    assert not keep.exists()
    (version,) = registry.versions("drain")
    run = registry.client.get_run(run_id)
    assert (version.run_id, run.info.status) == (run_id, "FINISHED")
    assert {"gpm_assets", "torch", "device", "precision", "training_set", "fingerprint"} <= set(run.data.tags)
    assert run.data.params["code"] == wanted.code
    steps = [point.step for point in registry.client.get_metric_history(run_id, "pinball_mm_h")]
    assert steps == [5, 10, 15, 20, 25, 30]
    assert [point.step for point in registry.client.get_metric_history(run_id, "validation_loss")] == [10, 20, 30]
    whole = Home(home.root.with_name("whole"))
    drain_training_set.folder(whole).parent.mkdir(parents=True)
    drain_training_set.folder(whole).symlink_to(drain_training_set.folder(home))
    unbroken = retrievals.make(whole, RegistryResource().open(whole), ONE, "drain", 0)
    one, other = (checkpoint.load(each.folder / "checkpoint").state_dict() for each in (made, unbroken))
    assert all((one[name] == other[name]).all() for name in one)


def test_what_is_kept_for_another_recipe_is_given_up(home):
    registry, wanted = RegistryResource().open(home), retrievals.recipe(home, "drain", 0)

    def opened(recipe):
        return training_runs.training_run(home, registry, ONE, recipe, tags={"method": "drain"}, steps=1)

    def begin():
        with opened(wanted) as training:
            (training.run.keep / "state").write_text("unfinished")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin()
    kept = json.loads((training_runs.folder(home, wanted) / "run.json").read_text())
    with opened(replace(wanted, code="changed")) as second:
        assert second.curve.run_id != kept["run_id"]
        assert not (second.run.keep / "state").exists()


STEPS = """
import os, sys, time
from pathlib import Path
import dagster as dg
from gpm_assets.assets import training_runs
from gpm_assets.provenance import Recipe
from gpm_assets.registry import Registry
from gpm_assets.settings import Home
from models.accelerator import CPU

root = Path(os.environ["GPM_ASSETS_HOME"])

@dg.op
def fit():
    registry, recipe = Registry(f"sqlite:///{root / 'mlflow.db'}"), Recipe("fit", "", "simulated", {"set": "x"}, {"seed": 0}, "")
    with training_runs.training_run(Home(root), registry, CPU, recipe, tags={"method": "m"}, steps=1):
        (root / "trains").write_text(str(os.getpid()))
        while True:
            time.sleep(0.05)

@dg.job(executor_def=dg.multiprocess_executor)
def train():
    fit()
"""
WORKER = """
import dagster as dg, sys
import steps
if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        dg.execute_job(dg.reconstructable(steps.train), instance=instance)
"""


def test_a_step_ends_with_the_worker_that_started_it(tmp_path):
    (tmp_path / "steps.py").write_text(STEPS)
    (tmp_path / "worker.py").write_text(WORKER)
    (tmp_path / "dagster").mkdir()
    paths = {"GPM_ASSETS_HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path / "dagster")}
    environment = os.environ | paths | {"PYTHONPATH": f"{PROJECT}:{tmp_path}", "DAGSTER_DISABLE_TELEMETRY": "1"}
    with subprocess.Popen([sys.executable, "worker.py"], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as worker:
        try:
            wait(lambda: (tmp_path / "trains").exists() or worker.poll() is not None)
            step = int((tmp_path / "trains").read_text())
            assert step != worker.pid
        finally:
            worker.send_signal(signal.SIGKILL)
    try:
        wait(lambda: not running(step))
    finally:
        if running(step):
            os.kill(step, signal.SIGKILL)
    registry = RegistryResource(uri=f"sqlite:///{tmp_path / 'mlflow.db'}").open(Home(tmp_path))
    (run,) = registry.client.search_runs([registry.client.get_experiment_by_name("fit").experiment_id])
    assert run.info.status == "KILLED"


def wait(until):
    for _ in range(1200):  # turns, not seconds: on a machine that stands still for a while all would be waiting
        if until():
            return
        time.sleep(0.05)
    pytest.fail("waited in vain")


def running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
