"""Which channel of a sensor comes closest to each of GMI's: what a raw copy takes, and where a translation starts."""

from __future__ import annotations

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE, Channel, Instrument

_CROSSTRACK_POLARISATION = {"QV": "V", "QH": "H"}
_MAX_FREQUENCY_RATIO = 1.2
"""36.64 from 31.4 GHz (1.17) is still a copy; 166 from 183 GHz sees another atmosphere, and so it is told by the sideband."""

_LINE_GHZ, _LINE_HALF_WIDTH_GHZ = 183.31, 12.0
"""The water vapour line and how far its channels reach: SAPHIR's outermost sideband is 11 GHz away, GMI's window 17 GHz."""


def nearest_channels(instrument: Instrument) -> dict[str, str]:
    """GMI channel to the sensor's channel nearest in frequency with the same polarisation; those without one are absent.

    A quasi-vertical channel counts as vertical. Channels in a line (with a sideband) match only channels of the same line, by
    the nearest sideband. 183 GHz is copied in either polarisation: water vapour has none. MHS's 190.31 GHz is one sideband at
    7 GHz of the line.
    """
    found = {}
    for wanted in INSTRUMENTS[REFERENCE].channels:
        alike = [channel for channel in instrument.channels if _alike(channel, wanted)]
        if alike:
            found[wanted.name] = min(alike, key=lambda channel: _distance(channel, wanted)).name
    return found


def _alike(channel: Channel, wanted: Channel) -> bool:
    offset, wanted_offset = _offset_ghz(channel), _offset_ghz(wanted)
    if bool(offset) != bool(wanted_offset):
        return False
    if wanted_offset:
        return 0.5 <= offset / wanted_offset <= 2.0
    polarisation = _CROSSTRACK_POLARISATION.get(channel.polarisation, channel.polarisation)
    ratio = channel.frequency_ghz / wanted.frequency_ghz
    return polarisation == wanted.polarisation and 1 / _MAX_FREQUENCY_RATIO <= ratio <= _MAX_FREQUENCY_RATIO


def _distance(channel: Channel, wanted: Channel) -> float:
    if offset := _offset_ghz(wanted):
        return abs(_offset_ghz(channel) - offset)
    return abs(channel.frequency_ghz - wanted.frequency_ghz)


def _offset_ghz(channel: Channel) -> float:
    """Distance from the middle of the water vapour line, 0 for channels outside the line."""
    alone = round(abs(channel.frequency_ghz - _LINE_GHZ), 6)
    return channel.sideband_ghz or (alone if alone < _LINE_HALF_WIDTH_GHZ else 0.0)
