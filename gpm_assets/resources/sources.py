"""Sources of granules made from settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gpm_assets.granules.sources import Source
from gpm_assets.settings import Settings, SourceSettings

if TYPE_CHECKING:
    from gpm_assets.simulation.nature import Nature


def nature(settings: Settings) -> Nature:
    """The simulated nature that a home's granules and truth are seen in."""
    from gpm_assets.simulation.nature import Nature

    return Nature(settings.simulation.seed, settings.simulation.world)


def _simulated(settings: Settings, chosen: SourceSettings) -> Source:
    from gpm_assets.granules.sources.simulated import SimulatedSource
    from gpm_assets.simulation.plan import PlanConfig

    config = PlanConfig(**settings.simulation.model_dump(exclude={"world"}))
    return SimulatedSource(config, nature(settings), world=settings.world)


def _directory(settings: Settings, chosen: SourceSettings) -> Source:
    from gpm_assets.granules.sources.directory import DirectorySource

    assert chosen.path is not None  # settings refuse a directory source without a path
    return DirectorySource(chosen.path)


_KINDS: dict[str, Callable[[Settings, SourceSettings], Source]] = {"simulated": _simulated, "directory": _directory}


def make_source(settings: Settings, chosen: SourceSettings) -> Source:
    """The source that one entry of the settings describes."""
    return _KINDS[chosen.kind](settings, chosen)
