"""The MLflow registry as a Dagster resource."""

from __future__ import annotations

import dagster as dg
from pydantic import Field

from gpm_assets.registry import Registry
from gpm_assets.settings import Home


class RegistryResource(dg.ConfigurableResource[Registry]):
    """Runs, versions and aliases."""

    uri: str = Field(default="", description="MLflow tracking URI; empty: the home's registry setting, or mlflow.db in the home")

    def open(self, home: Home) -> Registry:
        """The registry that belongs to a home, or the one at `uri`."""
        return Registry(self.uri or home.registry_uri, home.root / "mlflow-artifacts")
