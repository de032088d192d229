"""The home folder as a Dagster resource: settings and archive of one world."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from pydantic import Field

from gpm_assets.settings import Home


class HomeResource(dg.ConfigurableResource[Home]):
    """The home that a run works in."""

    root: str = Field(default="", description="folder of the home; empty: GPM_ASSETS_HOME")

    def open(self) -> Home:
        """The home as the plain object that the core works with."""
        return Home(Path(self.root) if self.root else None)
