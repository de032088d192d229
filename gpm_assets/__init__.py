"""The platform: granules land, are put on one sampling, translated into the GMI domain, and retrieved into rain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpm_assets.archive.open import open
    from gpm_assets.evaluator import Evaluator

__all__ = ["Evaluator", "open"]


def __getattr__(name: str) -> Any:
    """Import the archive (xarray, zarr) and the evaluation (dagster, torch) only when somebody asks for them."""
    if name == "open":
        from gpm_assets.archive.open import open

        return open
    if name == "Evaluator":
        from gpm_assets.evaluator import Evaluator

        return Evaluator
    raise AttributeError(f"module 'gpm_assets' has no attribute {name!r}")
