"""What the channels of an instrument are to a network: numbers instead of names."""

from __future__ import annotations

import math

from gpm_assets.constellation.nouns import Instrument, SwathGroup
from models.channels import ChannelDescription

VERTICAL = {"V": 1.0, "QV": 1.0, "H": 0.0, "QH": 0.0, "": 0.5}
"""Share of vertical polarisation (at nadir for cross-track scanners)."""


def described(row: Instrument) -> dict[str, ChannelDescription]:
    """Descriptions of all channels of an instrument by name, at the middle of the scan and at the nominal era's mean altitude."""
    return {
        channel.name: ChannelDescription(
            channel.frequency_ghz,
            channel.sideband_ghz,
            VERTICAL[channel.polarisation],
            _incidence_deg(row, group) + channel.incidence_offset_deg,
            channel.along_km,
            channel.cross_km,
        )
        for group in row.groups
        for channel in group.channels
    }


def _incidence_deg(row: Instrument, group: SwathGroup) -> float:
    """Law of sines on a sphere of 6371 km; a cross-track scanner's middle is nadir."""
    if row.scan == "CROSSTRACK":
        return 0.0
    radius = (6371.0 + row.orbit.altitude_km) / 6371.0
    return math.degrees(math.asin(radius * math.sin(math.radians(group.off_nadir_deg))))
