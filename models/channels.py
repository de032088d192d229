"""What a channel is to a network: not a name but a frequency, a polarisation, an angle and a footprint."""

from __future__ import annotations

from typing import NamedTuple


class ChannelDescription(NamedTuple):
    """A channel as physics sees it.

    `frequency_ghz` its centre, `offset_ghz` of its sidebands from there (0: none), `polarisation` the share of vertical (1: V,
    0: H, between: mixed or turning with the scan), `incidence_deg` at the ground, footprint `along_km` and `across_km`.
    """

    frequency_ghz: float
    offset_ghz: float
    polarisation: float
    incidence_deg: float
    along_km: float
    across_km: float
