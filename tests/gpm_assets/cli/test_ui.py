"""`gpm-assets ui` on a home of its own: a real web server and daemon, asked the way the UI asks them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gpm_assets.cli.home import prepare
from gpm_assets.settings import Home

SETTINGS = """\
world = "simulated"
[[sources]]
kind = "simulated"
[simulation]
orbits = 1
fraction = 0.03
"""
PARTITION = "2018-07|GPM_GMI"
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "gpm_assets"}

LAUNCH = """
mutation($parameters: ExecutionParams!) {
  launchPipelineExecution(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
STATUS = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
MATERIALISED = """
query($key: AssetKeyInput!, $partitions: [String!]) {
  assetOrError(assetKey: $key) {
    ... on Asset {
      assetMaterializations(partitions: $partitions) {
        runId
        partition
        metadataEntries {
          label
          ... on IntMetadataEntry { intValue }
          ... on TextMetadataEntry { text }
          ... on MarkdownMetadataEntry { mdStr }
        }
      }
    }
  }
}"""
POOLS = """
query {
  instance {
    poolConfig { defaultPoolLimit poolGranularity }
    concurrencyLimit(concurrencyKey: "training") { limit }
  }
}"""
HEALTH = "query { instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"


def until(found: Callable[[], Any], what: str, seconds: float) -> Any:
    """The first true answer; fails where none comes in time."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        answer = found()
        if answer:
            return answer
        time.sleep(0.5)
    pytest.fail(f"{what}: not within {seconds:.0f} s")


@dataclass(frozen=True)
class Server:
    """The running command and what it said."""

    home: Home
    port: int
    process: subprocess.Popen[bytes]
    log: Path = field(repr=False)

    def get(self, path: str, data: bytes | None = None) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return bool(self.get("/server_info")["dagster_version"])
        except OSError:
            return False

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.get("/graphql", json.dumps({"query": query, "variables": variables}).encode())
        assert "errors" not in answer, answer
        return answer["data"]

    def alive(self) -> list[str]:
        """What runs of the command's session, itself included: process number and name."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it may end while we look
                name, fields = path.read_text().rsplit(")", 1)
                state, _, _, session = fields.split()[:4]
                found += [name] if int(session) == self.process.pid and state != "Z" else []
        return found


@contextmanager
def started(root: Path) -> Iterator[Server]:
    """The command on a new home and a free port; whatever happens, nothing of it runs afterwards."""
    home = Home(root)
    prepare(home, SETTINGS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.root / "ui.log"
    code = "from gpm_assets.cli import main\nmain()"
    command = [sys.executable, "-c", code, "ui", "--port", str(port), "--home", str(home.root)]
    environment = {name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", "GPM_ASSETS_HOME")}
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        yield Server(home, port, process, log)
    finally:
        _kill(process)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("ui")) as running:
        until(running.up, "the web server", 90)
        yield running


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the command's whole session, gently first."""
    for sign, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            return
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue


@pytest.mark.timeout(180)
def test_a_partition_launched_from_the_ui_is_run_and_recorded(server):
    health = until(lambda: _healthy(server), "the daemon", 60)
    assert "QUEUED_RUN_COORDINATOR" in health
    launched = server.ask(
        LAUNCH,
        parameters={
            "selector": {**REPOSITORY, "pipelineName": "land_sensor_month"},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": PARTITION}]},
        },
    )["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run = launched["run"]["runId"]
    status = until(lambda: _ended(server, run), "the run", 120)
    assert status == "SUCCESS", server.log.read_text()[-4000:]
    for asset in ("level1c_granules", "swaths"):
        found = server.ask(MATERIALISED, key={"path": [asset]}, partitions=[PARTITION])["assetOrError"]["assetMaterializations"]
        assert [one["runId"] for one in found] == [run]
        shown = {entry["label"]: entry for entry in found[0]["metadataEntries"]}
        assert shown["granule_count"]["intValue"] == 1
        assert shown["world"]["text"] == "simulated"
    assert shown["map"]["mdStr"].startswith("![")
    assert (server.home.folder("swaths", "GPM_GMI", "2018-07") / "manifest.json").exists()


def _healthy(server: Server) -> set[str]:
    """Daemons that are required, once all of them are well."""
    daemons = server.ask(HEALTH)["instance"]["daemonHealth"]["allDaemonStatuses"]
    required = [one for one in daemons if one["required"]]
    return {one["daemonType"] for one in required} if all(one["healthy"] for one in required) else set()


def _ended(server: Server, run: str) -> str | None:
    status = server.ask(STATUS, run=run)["runOrError"]["status"]
    return status if status in ("SUCCESS", "FAILURE", "CANCELED") else None


@pytest.mark.timeout(180)
def test_the_pool_training_has_one_slot(server):
    instance = server.ask(POOLS)["instance"]
    assert instance["poolConfig"] == {"defaultPoolLimit": 1, "poolGranularity": "op"}
    assert instance["concurrencyLimit"]["limit"] == 1


@pytest.mark.timeout(180)
def test_ctrl_c_ends_everything(server):
    os.killpg(server.process.pid, signal.SIGINT)  # a terminal sends it to all of them
    assert server.process.wait(60) == 0, server.log.read_text()[-4000:]
    until(lambda: not server.alive(), "the end of all processes", 30)


@pytest.mark.timeout(180)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_service_manager_that_stops_it_leaves_nothing_running(tmp_path):
    with started(tmp_path) as running:
        until(running.up, "the web server", 90)
        assert len(running.alive()) >= 3, "server and daemon beside the command"
        running.process.terminate()
        running.process.wait(60)
        until(lambda: not running.alive(), "the end of all processes", 30)
