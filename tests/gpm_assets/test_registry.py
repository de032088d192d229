import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from gpm_assets.errors import RequestError
from gpm_assets.registry import CHAMPION, Registry, translator_name
from models import checkpoint
from models.translators.base import OUTPUTS
from models.translators.linear import Linear, LinearConfig
from models.translators.nearest import NearestChannel, NearestConfig

PROJECT = Path(__file__).parents[2]
NAME = translator_name("F16_SSMIS")
INPUTS = ("37V", "37H", "91.665V", "91.665H", "19.35V")


def tags(method: str, seed: int = 0, world: str = "simulated") -> dict[str, str]:
    return {"method": method, "seed": str(seed), "world": world, "fingerprint": f"{method}{seed}"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Checkpoints of two small translators."""
    root = tmp_path_factory.mktemp("checkpoints")
    matrix = torch.from_numpy(np.random.default_rng(1).normal(0, 0.3, (4, 5)))
    linear = Linear(LinearConfig(INPUTS, OUTPUTS)).set(matrix, torch.full((5,), 230.0), torch.full((4,), 240.0))
    checkpoint.save(linear, root / "some name")
    checkpoint.save(NearestChannel(NearestConfig(INPUTS, OUTPUTS, INPUTS[:4])), root / "raw")
    return {"linear": root / "some name", "raw": root / "raw"}


@pytest.fixture(scope="module")
def registry(folders, tmp_path_factory):
    """A registry with three versions of F16's translator, the second of them champion, and one of another sensor."""
    root = tmp_path_factory.mktemp("registry")
    registry = Registry(f"sqlite:///{root / 'mlflow.db'}", root / "artifacts")
    for method, seed, name in (
        ("raw", 0, NAME),
        ("linear", 0, NAME),
        ("linear", 1, NAME),
        ("raw", 0, translator_name("F18_SSMIS")),
    ):
        with registry.run("translation", f"{method} {seed}", tags={"sensor": name}, parameters={"ridge_k2": 0.25}) as curve:
            for step in range(3):
                curve(step, {"loss": 1.0 / (step + 1)})
            registry.register(
                name, curve.run_id, folders[method], channels=5, tags=tags(method, seed), figures={"map": b"\x89PNG"}
            )
    registry.crown(registry.versions(NAME)[1])
    return registry


def test_versions_are_found_by_their_tags(registry):
    found = registry.versions(NAME)
    assert [(one.version, one.method, one.seed) for one in found] == [("1", "raw", 0), ("2", "linear", 0), ("3", "linear", 1)]
    assert [one.version for one in registry.versions(NAME, method="linear")] == ["2", "3"]
    assert [one.version for one in registry.versions(NAME, fingerprint="linear1", world="simulated")] == ["3"]
    assert registry.versions(NAME, method="cyclegan") == []
    assert registry.versions("translator-F99_SSMIS") == []
    assert found[1].uri == f"models:/{NAME}/2"


def test_runs_carry_their_curve_parameters_and_figures(registry):
    run_id = registry.versions(NAME, method="linear")[0].run_id
    run = registry.client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"ridge_k2": "0.25"}
    history = registry.client.get_metric_history(run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(0, 1.0), (1, 0.5), (2, 1 / 3)]
    assert [file.path for file in registry.client.list_artifacts(run_id, "figures")] == ["figures/map.png"]


def test_a_curve_has_series(registry):
    with registry.run("translation", "curve", tags={}, parameters={}) as curve:
        curve(10, {"loss": 2.0, "once": 1.0})
        curve(20, {"loss": 1.0})
    assert curve.series == {"loss": ([10, 20], [2.0, 1.0])}


def test_a_run_that_fails_is_marked(registry):
    with pytest.raises(RuntimeError), registry.run("translation", "broken", tags={}, parameters={}) as curve:
        raise RuntimeError("diverged")
    assert registry.client.get_run(curve.run_id).info.status == "FAILED"


def test_a_run_that_is_interrupted_is_killed_and_taken_up_again(registry):
    def begin(unfinished=None):
        return registry.run("translation", "long", tags={"device": "cpu"}, parameters={"steps": 30}, unfinished=unfinished)

    def interrupted():
        with begin() as curve:
            begun.append(curve.run_id)
            curve(10, {"loss": 3.0, "other": 1.0})
            curve(20, {"loss": 2.0})
            raise KeyboardInterrupt

    begun = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (run_id,) = begun
    assert registry.client.get_run(run_id).info.status == "KILLED"
    with begin(run_id) as again:
        assert registry.client.get_run(run_id).info.status == "RUNNING"
        again(20, {"loss": 2.0, "validation": 4.0})
        again(30, {"loss": 1.0})
    assert again.run_id == run_id
    assert again.series == {"loss": ([10, 20, 30], [3.0, 2.0, 1.0])}
    assert registry.client.get_run(run_id).info.status == "FINISHED"
    history = registry.client.get_metric_history(run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(10, 3.0), (20, 2.0), (30, 1.0)]
    assert registry.client.get_run(run_id).data.metrics["validation"] == 4.0


def test_a_run_that_mlflow_no_longer_has_is_begun_anew(registry):
    with registry.run("translation", "gone", tags={}, parameters={}) as gone:
        pass
    registry.client.delete_run(gone.run_id)
    for lost in (gone.run_id, "0" * 32):
        with registry.run("translation", "anew", tags={}, parameters={}, unfinished=lost) as curve:
            curve(1, {"loss": 1.0})
        assert curve.run_id != lost
        assert registry.client.get_run(curve.run_id).info.status == "FINISHED"


def test_a_champion_serves_its_own_world(registry):
    assert registry.champion(NAME).version == "2"
    assert registry.required_champion(NAME, world="simulated").method == "linear"
    with pytest.raises(RequestError, match=r"was trained in the simulated world, asked for real; .* under"):
        registry.required_champion(NAME, world="real")
    other = translator_name("F18_SSMIS")
    assert registry.champion(other) is None
    with pytest.raises(RequestError, match=f"models:/{other}@champion is not in the registry .*: train and promote one first"):
        registry.required_champion(other, world="simulated")


def test_the_alias_moves(registry):
    first, second, third = registry.versions(NAME)
    registry.crown(third)
    assert registry.champion(NAME).version == third.version
    registry.crown(second)
    assert registry.champion(NAME).version == second.version
    assert first.version != second.version


def test_a_version_loads_as_what_was_saved(registry, folders):
    tb = torch.rand(2, 5, 6, 7) * 100 + 180
    loaded = registry.load(registry.champion(NAME))
    assert torch.equal(loaded.translate(tb), checkpoint.load(folders["linear"]).translate(tb))
    assert not loaded.training


@pytest.mark.parametrize("elsewhere", [None, "sqlite:///elsewhere.db"])
def test_a_process_keeps_its_own_mlflow(registry, elsewhere, monkeypatch):
    """Its registry still follows its tracking URI, and children inherit what they would have without us."""
    import mlflow

    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    if elsewhere:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", elsewhere)
    before = dict(os.environ), mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    registry.checkpoint(registry.champion(NAME))
    assert (dict(os.environ), mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == before
    assert registry.uri not in before


SERVING = """
import sys
import mlflow, numpy as np
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
np.save(sys.argv[4], model.predict(np.load(sys.argv[3])))
ours = {name.split(".")[0] for name in sys.modules} & {"gpm_assets", "dagster"}
assert not ours, ours
"""


def test_mlflow_alone_gives_the_same_numbers(registry, folders, tmp_path):
    """The champion by its alias, in a process that knows neither Dagster nor this platform."""
    tb = (np.random.default_rng(2).random((2, 5, 9, 8)) * 100 + 180).astype(np.float32)
    tb[0, 1, 3, 4] = np.nan
    np.save(tmp_path / "tb.npy", tb)
    arguments = [registry.uri, f"models:/{NAME}@{CHAMPION}", str(tmp_path / "tb.npy"), str(tmp_path / "out.npy")]
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [sys.executable, "-c", SERVING, *arguments], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = checkpoint.load(folders["linear"]).translate(torch.from_numpy(tb)).numpy()
    assert np.array_equal(np.load(tmp_path / "out.npy"), expected, equal_nan=True)
    assert np.isnan(expected[0, :, 3, 4]).all()
