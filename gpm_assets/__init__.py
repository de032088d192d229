"""The platform: granules land, are put on one sampling, translated into the GMI domain, and retrieved into rain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpm_assets.archive.open import open

__all__ = ["open"]


def __getattr__(name: str) -> Any:
    """Import the archive (xarray, zarr) only when somebody opens a product."""
    if name == "open":
        from gpm_assets.archive.open import open

        return open
    raise AttributeError(f"module 'gpm_assets' has no attribute {name!r}")
