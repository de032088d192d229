"""Channels of a swath group as the file itself names them, and their match with the instrument table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gpm_assets.constellation.instruments import Channel
from gpm_assets.errors import GranuleError

_CHANNEL = re.compile(
    r"(?P<number>[0-9]{1,3})\)\s*(?P<frequency>[0-9]{1,4}(?:\.[0-9]{1,6})?)\s*(?:GHz\s*)?"
    r"(?:(?:\+/-|\+-)\s*(?P<sideband>[0-9]{1,3}(?:\.[0-9]{1,6})?)\s*GHz|GHz)?"
    r"\s*(?:(?P<polarisation>QV|QH|V|H)-Pol)?(?:\s*(?P<scan>A|B)-Scan)?"
)
_TOLERANCE_GHZ = 5e-4  # half of the last digit that any file gives


@dataclass(frozen=True)
class FileChannel:
    """One channel as `Tc`'s LongName gives it: GHz, `sideband_ghz` 0 where there is none, polarisation "" where not told.

    `scan` is A or B for the two horns of AMSR2 at 89 GHz, "" otherwise.
    """

    frequency_ghz: float
    sideband_ghz: float = 0.0
    polarisation: str = ""
    scan: str = ""

    @property
    def name(self) -> str:
        """Short name, that of `Channel.name` with the scan after it: `37V`, `183.31±3V`, `89V-A`."""
        offset = f"±{self.sideband_ghz:g}" if self.sideband_ghz else ""
        return f"{self.frequency_ghz:g}{offset}{self.polarisation}" + (f"-{self.scan}" if self.scan else "")


def parse_channels(long_name: str) -> tuple[FileChannel, ...]:
    """Channels in the order of `Tc`'s last axis; raises GranuleError unless they are numbered 1, 2, 3 ... without repetition."""
    found = list(_CHANNEL.finditer(" ".join(long_name.split())))
    numbers = [int(match["number"]) for match in found]
    if not found or numbers != list(range(1, len(found) + 1)):
        raise GranuleError(f"LongName of Tc numbers its channels {numbers}, expected 1, 2, 3 ...: {long_name[:200]!r}")
    channels = tuple(
        FileChannel(float(match["frequency"]), float(match["sideband"] or 0), match["polarisation"] or "", match["scan"] or "")
        for match in found
    )
    if len({channel.name for channel in channels}) != len(channels):
        raise GranuleError(f"LongName of Tc repeats a channel: {[channel.name for channel in channels]}")
    return channels


def long_name(channels: Sequence[Channel]) -> str:
    """LongName of `Tc` in the style of real files."""
    indent = "\n" + 32 * " "
    items = [f"{number}) {_spelled(channel)}" for number, channel in enumerate(channels, 1)]
    if len(items) > 1:
        items[-2] += " and"
    return "\nIntercalibrated Tb for channels " + "".join(indent + item for item in items) + "\n"


def match(found: Sequence[FileChannel], expected: Sequence[Channel], place: str) -> tuple[str, ...]:
    """Names of the table's channels in the file's order; raises GranuleError naming both sides unless the sets agree."""
    names = tuple(next((row.name for row in expected if _same(channel, row)), "") for channel in found)
    if set(names) != {channel.name for channel in expected} or len(names) != len(expected):
        raise GranuleError(
            f"{place}: the file has channels {', '.join(channel.name for channel in found)}, "
            f"the instrument table has {', '.join(channel.name for channel in expected)}"
        )
    return names


def _same(found: FileChannel, row: Channel) -> bool:
    return (
        abs(found.frequency_ghz - row.frequency_ghz) < _TOLERANCE_GHZ
        and abs(found.sideband_ghz - row.sideband_ghz) < _TOLERANCE_GHZ
        and found.polarisation == row.polarisation
        and found.scan == row.scan
    )


def _spelled(channel: Channel) -> str:
    frequency = f"{channel.frequency_ghz!r}"
    offset = f" +/- {channel.sideband_ghz:g}" if channel.sideband_ghz else ""
    polarisation = f" {channel.polarisation}-Pol" if channel.polarisation else ""
    return f"{frequency}{offset} GHz{polarisation}" + (f" {channel.scan}-Scan" if channel.scan else "")
