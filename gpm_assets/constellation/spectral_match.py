"""Which channel of a sensor comes closest to each of GMI's: what a raw copy takes, and where a translation starts."""

from __future__ import annotations

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE, Channel, Instrument

_CROSSTRACK_POLARISATION = {"QV": "V", "QH": "H"}
_MAX_FREQUENCY_RATIO = 1.2
"""36.64 from 31.4 GHz (1.17) is still a copy; 166 from 183 GHz sees another atmosphere, and so it is told by the sideband."""


def nearest_channels(instrument: Instrument) -> dict[str, str]:
    """GMI channel to the sensor's channel nearest in frequency with the same polarisation; those without one are absent.

    A quasi-vertical channel counts as vertical. Channels in a line (with a sideband) match only channels of the same line, by
    the nearest sideband. 183 GHz is copied in either polarisation: water vapour has none.
    """
    found = {}
    for wanted in INSTRUMENTS[REFERENCE].channels:
        alike = [channel for channel in instrument.channels if _alike(channel, wanted)]
        if alike:
            found[wanted.name] = min(alike, key=lambda channel: _distance(channel, wanted)).name
    return found


def _alike(channel: Channel, wanted: Channel) -> bool:
    if bool(channel.sideband_ghz) != bool(wanted.sideband_ghz):
        return False
    if wanted.sideband_ghz:
        return 0.5 <= channel.sideband_ghz / wanted.sideband_ghz <= 2.0
    polarisation = _CROSSTRACK_POLARISATION.get(channel.polarisation, channel.polarisation)
    ratio = channel.frequency_ghz / wanted.frequency_ghz
    return polarisation == wanted.polarisation and 1 / _MAX_FREQUENCY_RATIO <= ratio <= _MAX_FREQUENCY_RATIO


def _distance(channel: Channel, wanted: Channel) -> float:
    return abs(channel.frequency_ghz - wanted.frequency_ghz) + abs(channel.sideband_ghz - wanted.sideband_ghz)
