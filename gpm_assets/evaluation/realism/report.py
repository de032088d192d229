"""All tables and checks of one simulated world, from one sample of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gpm_assets.evaluation.realism import places, rain, signatures, tb
from gpm_assets.evaluation.realism.check import Check, Row
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.realism import Extent, Sample, pixel_spacing_km, sample


@dataclass(frozen=True, eq=False)
class Report:
    """The sample, tables by name, and checks."""

    nature: Nature
    sample: Sample
    tables: dict[str, list[Row]]
    checks: list[Check]

    @property
    def missed(self) -> list[Check]:
        """What is not as it is in reality."""
        return [check for check in self.checks if not check.holds]


def report(nature: Nature, extent: Extent, progress: Callable[[int, int], None] | None = None) -> Report:
    """Sample a world and hold it against reality."""
    return judged(nature, sample(nature, extent, progress))


def judged(nature: Nature, found: Sample) -> Report:
    """Tables and checks of a sample."""
    channels = tb.channel_table(found)
    zonal = rain.zonal_table(found.places)
    scenes = places.scene_table(nature, found.extent.year)
    checks = [
        *tb.channel_checks(channels),
        *tb.extreme_checks(channels),
        *rain.rain_checks(found, zonal, pixel_spacing_km()),
        *signatures.signature_checks(nature, found),
        *places.scene_checks(scenes),
    ]
    tables = {
        "channels": channels,
        "extremes": tb.extreme_table(channels),
        "zonal": zonal,
        "signatures": signatures.signature_table(found),
        "scenes": scenes,
        "checks": [check.row for check in checks],
    }
    return Report(nature, found, tables, checks)
