"""What the Dagster UI will show: loadable, described, grouped, and wired as the data go."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import dagster as dg
import pytest

from gpm_assets.assets import retrievals
from gpm_assets.assets.translators import asset_name
from gpm_assets.automation.jobs import JOBS
from gpm_assets.definitions import defs
from models.retrievals import RETRIEVALS
from models.translators import METHODS

PROJECT = Path(__file__).parents[2]
GRAPH = defs.resolve_asset_graph()
KEYS = sorted(key.to_user_string() for key in GRAPH.get_all_asset_keys())
TRAINED = {*map(retrievals.asset_name, RETRIEVALS), *map(asset_name, METHODS)}


def tool(name: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A program of this environment, in the project's folder."""
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "DG_CLI_CONFIG": str(home / "dg.toml"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)


def test_the_workspace_validates(tmp_path):
    done = tool("dagster", "definitions", "validate", "-w", "workspace.yaml", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Validation successful for code location gpm_assets" in done.stderr + done.stdout


def test_dg_finds_the_same_location(tmp_path):
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    workspace = (PROJECT / "workspace.yaml").read_text()
    assert f"location_name: {project['code_location_name']}\n" in workspace
    assert f"module_name: {project['code_location_target_module']}\n" in workspace
    done = tool("dg", "list", "defs", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    assert sorted(asset["asset_key"] for asset in listed["assets"]) == KEYS


@pytest.mark.parametrize("name", KEYS)
def test_every_asset_says_what_it_is(name):
    asset = GRAPH.get(dg.AssetKey(name))
    assert asset.group_name not in (None, "default")
    assert len(asset.description or "") > 40
    assert asset.kinds


def test_networks_are_trained_one_at_a_time():
    pools = {name: GRAPH.get(dg.AssetKey(name)).pools for name in KEYS}
    assert {name for name, pool in pools.items() if pool == {"training"}} == TRAINED
    assert all(not pool for name, pool in pools.items() if name not in TRAINED)


@pytest.mark.parametrize("job", [job.name for job in JOBS])
def test_a_job_has_the_partitions_of_all_its_assets(job):
    resolved = defs.resolve_job_def(job)
    partitions = {GRAPH.get(key).partitions_def for key in resolved.asset_layer.executable_asset_keys}
    assert partitions == {resolved.partitions_def}
    assert resolved.description


def test_every_asset_is_made_by_some_job():
    made = {key.to_user_string() for job in JOBS for key in defs.resolve_job_def(job.name).asset_layer.executable_asset_keys}
    assert made == set(KEYS)


def above(name: str) -> set[str]:
    """Everything that an asset is made from."""
    parents = {key.to_user_string() for key in GRAPH.get(dg.AssetKey(name)).parent_keys}
    return parents | {ancestor for parent in parents for ancestor in above(parent)}


@pytest.mark.parametrize("name", [*sorted(TRAINED), "drain_training_set", "translation_training_set"])
def test_truth_and_scores_reach_nothing_that_learns(name):
    assert not above(name) & {"simulated_truth", "retrieval_scores", "translation_scores"}


def test_the_lineage_follows_the_data():
    assert above("swaths") == {"level1c_granules"}
    assert {"radar_granules", "gmi_radar_matches", "drain_training_set"} <= above("drain_retrieval")
    assert {"translation_training_set", "drain_retrieval", "gmi_overlaps"} <= above("cyclegan_translator")
    assert {"translator_champion", "drain_retrieval", "swaths"} <= above("precipitation")
    assert {"retrieval_scores", "translation_scores", "simulated_truth"} <= above("leaderboard")
