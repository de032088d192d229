"""`gpm-assets ui`: the Dagster UI on a home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from gpm_assets.settings import Home


def ui(*, port: int = 3000, host: str = "127.0.0.1", home: Path | None = None) -> None:
    """Serve the Dagster UI, with the daemon that runs schedules and queued runs. Stop with Ctrl-C.

    Parameters
    ----------
    port
        Port of the web server.
    host
        Address it listens on.
    home
        Home to show; by default GPM_ASSETS_HOME, or gpm-assets-home in the current folder.
    """
    from dagster import DagsterInstance

    from gpm_assets.cli.home import prepare

    place = Home(home)
    environment = os.environ | prepare(place)
    with DagsterInstance.from_config(str(place.dagster)):
        pass  # the databases are made once: two programs that both find none fail on each other's tables
    workspace = ["-w", str(place.dagster / "workspace.yaml")]
    commands = (
        ["dagster-webserver", "-h", host, "-p", str(port), *workspace],
        ["dagster-daemon", "run", *workspace],
    )
    print(f"Dagster UI on {place.root}: http://{host}:{port}  (Ctrl-C stops it)")
    print(f"Experiments and models: mlflow ui --backend-store-uri {place.registry_uri}")
    folder = Path(sys.executable).parent
    running = [
        subprocess.Popen([str(folder / command[0]), *command[1:]], env=environment, cwd=place.root) for command in commands
    ]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop ends the children too
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait(timeout=30) for process in running]
    if any(code not in (0, -15, 130, -2) for code in codes):
        sys.exit(1)
