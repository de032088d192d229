"""A home ready for Dagster: its folders, `dagster.yaml` and workspace."""

from __future__ import annotations

import os
from pathlib import Path

from gpm_assets.settings import HOME_VARIABLE, Home

DAGSTER_YAML = """\
# Written by gpm-assets where it was missing; edit freely.
telemetry: {enabled: false}
nux: {enabled: false}  # the first-visit dialog covers every page
concurrency:
  runs:
    max_concurrent_runs: 4
    tag_concurrency_limits: [{key: dagster/backfill, limit: 2}]
  pools: {default_limit: 1, granularity: op}  # pool `training`: one network at a time, on a CPU too
run_monitoring:
  enabled: true
  poll_interval_seconds: 30
  free_slots_after_run_end_seconds: 60  # a killed worker would hold its slot for ever
run_retries: {enabled: true, max_retries: 1, retry_on_asset_or_op_failure: false}
"""

WORKSPACE_YAML = """\
load_from:
  - python_module:
      module_name: gpm_assets.definitions
      location_name: gpm_assets
"""


def prepare(home: Home, settings: str | None = None) -> dict[str, str]:
    """Make the home's folders and files where they are missing, and return the environment its processes need."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    _write_once(home.dagster / "dagster.yaml", DAGSTER_YAML)
    _write_once(home.dagster / "workspace.yaml", WORKSPACE_YAML)
    if settings is not None:
        _write_once(home.root / "settings.toml", settings)
    return {HOME_VARIABLE: str(home.root), "DAGSTER_HOME": str(home.dagster), "DAGSTER_DISABLE_TELEMETRY": "1"}


def enter(home: Home, settings: str | None = None) -> None:
    """Prepare a home and work in it from now on."""
    os.environ.update(prepare(home, settings))


def _write_once(path: Path, text: str) -> None:
    if not path.exists():
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(text)
        temporary.replace(path)
