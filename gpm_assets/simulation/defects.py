"""What goes wrong in a granule, coded in `Quality` as in real files: missing scans, dead channels, interference, glint."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.geometry import Scan
from gpm_assets.constellation.instruments import SwathGroup
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.granules.sun import glint_angle
from gpm_assets.simulation.ground import dry_land
from gpm_assets.simulation.nature import Nature
from gpm_assets.swath import Swath

Mask = NDArray[np.bool_]

MISSING, UNPHYSICAL, ONE_CHANNEL, SEVERAL_CHANNELS, NOT_NORMAL = -1, -2, -4, -5, -7
GLINT, INTERFERENCE = 1, 2
"""Codes of `Quality` (granules.quality.RULES)."""

GLINT_DEG = 20
"""Possible glint: 0 <= sunGlintAngle < 20 degrees (PPS)."""

_GAP_PROBABILITY = 0.3
"""Share of granules with a gap of one to four scans."""
_POSITIONS_KNOWN_PROBABILITY = 0.3
"""Share of the gaps in which positions are there and TB alone is missing, as in real files of GMI."""
_NOT_NORMAL_PROBABILITY = 0.05
"""Share of granules with some scans in a mode that is not normal, as NOAA18's first."""
_UNPHYSICAL_SHARE = 3e-6
"""Of pixels, whose TB PPS would have found outside 40 to 350 K."""
_INTERFERED_SHARE = 1e-4
"""Of land pixels at which a transmitter stands."""
_INTERFERED_BELOW_GHZ = 20.0
_INTERFERENCE_K = 20.0
"""Mean of the exponential distribution of what a transmitter adds in its pixel; it is flagged where it adds 2 K."""
_FLAGGED_K = 2.0
_HIGHEST_K = 325.0


@dataclass(frozen=True)
class DeadChannel:
    """A channel that delivers nothing from a day on."""

    sensor: str
    channel: str
    since: date


DEAD_CHANNELS = (
    DeadChannel("F17_SSMIS", "37V", date(2016, 4, 5)),
    DeadChannel("F18_SSMIS", "150H", date(2012, 2, 14)),
)
"""General knowledge about the DMSP radiometers; day by day the true record is less simple (F17 37V came back for some weeks)."""


@dataclass(frozen=True, eq=False)
class Lost:
    """Scans (scan,) of an instrument without TB: `missing` ones, those of them `without_position`, and `not_normal` ones."""

    missing: Mask
    without_position: Mask
    not_normal: Mask

    def every(self, step: int) -> Lost:
        """Those of every n-th scan."""
        return Lost(self.missing[::step], self.without_position[::step], self.not_normal[::step])


def lost_scans(nature: Nature, granule: str, scans: int) -> Lost:
    """Scans that are lost now and then; the same for the same nature and granule."""
    draw = _random(nature, "gap", granule)
    missing, other = np.zeros(scans, bool), np.zeros(scans, bool)
    if draw.uniform() < _GAP_PROBABILITY:
        missing[_run(draw, scans, 5)] = True
    without_position = missing & (draw.uniform() >= _POSITIONS_KNOWN_PROBABILITY)
    if draw.uniform() < _NOT_NORMAL_PROBABILITY:
        other[_run(draw, scans, 20)] = True
    return Lost(missing, without_position, other & ~missing)


def with_defects(swath: Swath, scan: Scan, group: SwathGroup, lost: Lost, nature: Nature) -> Swath:
    """The swath of a group as its file has it: TB missing or disturbed where something went wrong, and `quality` says so.

    `lost` are the scans of the group. An error outranks a warning, and what takes all channels outranks what takes one.
    """
    tb, quality = swath.tb.copy(), np.zeros(swath.shape, np.int8)
    quality[_glint(swath, scan)] = GLINT
    quality[_interfere(tb, swath, group, nature)] = INTERFERENCE
    dead = _dead(swath)
    tb[..., dead] = np.nan
    if dead.any():
        quality[:] = ONE_CHANNEL if dead.sum() == 1 else SEVERAL_CHANNELS
    unphysical = _random(nature, "unphysical", f"{swath.granule} {group.name}").random(swath.shape) < _UNPHYSICAL_SHARE
    for pixels, code in ((unphysical, UNPHYSICAL), (lost.not_normal, NOT_NORMAL), (lost.missing, MISSING)):
        tb[pixels], quality[pixels] = np.nan, code
    nowhere = lost.without_position[:, None]
    return replace(
        swath,
        tb=tb,
        quality=quality,
        latitude=np.where(nowhere, np.nan, swath.latitude),
        longitude=np.where(nowhere, np.nan, swath.longitude),
        incidence=np.where(nowhere[..., None], np.float32(np.nan), swath.incidence),
    )


def _glint(swath: Swath, scan: Scan) -> Mask:
    angle = glint_angle(
        swath.time, swath.latitude, swath.longitude, (scan.track.latitude, scan.track.longitude, scan.track.altitude)
    )
    return (angle >= 0) & (angle < GLINT_DEG)


def _interfere(tb: NDArray[np.float32], swath: Swath, group: SwathGroup, nature: Nature) -> Mask:
    """Add what transmitters on land radiate to the low channels of `tb`, in place; returns the pixels to flag.

    A transmitter is seen through the antenna pattern of each channel.
    """
    low = [i for i, channel in enumerate(group.channels) if channel.frequency_ghz < _INTERFERED_BELOW_GHZ]
    flagged = np.zeros(swath.shape, bool)
    if not low:
        return flagged
    draw = _random(nature, "interference", f"{swath.granule} {group.name}")
    places = draw.choice(flagged.size, draw.poisson(_INTERFERED_SHARE * flagged.size), replace=False)
    for place in places[dry_land(swath.latitude.flat[places], swath.longitude.flat[places]) > 0.99]:
        scan, pixel = np.unravel_index(place, swath.shape)
        near = np.s_[max(scan - 8, 0) : scan + 9, max(pixel - 15, 0) : pixel + 16]
        there = unit_vectors(swath.latitude[scan, pixel], swath.longitude[scan, pixel])
        away_km = EARTH_RADIUS_KM * np.linalg.norm(unit_vectors(swath.latitude[near], swath.longitude[near]) - there, axis=-1)
        strength_k = draw.exponential(_INTERFERENCE_K)
        for index in low:
            width_km = np.sqrt(group.channels[index].along_km * group.channels[index].cross_km)
            added = (strength_k * 0.5 ** ((2 * away_km / width_km) ** 2)).astype(np.float32)
            tb[(*near, index)] = np.minimum(tb[(*near, index)] + added, np.maximum(tb[(*near, index)], _HIGHEST_K))
            flagged[near] |= added > _FLAGGED_K
    return flagged


def _dead(swath: Swath) -> Mask:
    """Which channels (channel,) are dead on the day of the swath."""
    day = swath.time[0].astype("datetime64[D]")
    dead = [row.channel for row in DEAD_CHANNELS if row.sensor == swath.sensor and np.datetime64(row.since) <= day]
    return np.isin(swath.channels, dead)


def _run(draw: np.random.Generator, scans: int, longest: int) -> slice:
    """Some scans in a row, fewer than `longest`, away from the ends."""
    start = int(draw.integers(scans // 10, max(scans * 9 // 10, 1 + scans // 10)))
    return slice(start, start + int(draw.integers(1, longest)))


def _random(nature: Nature, what: str, granule: str) -> np.random.Generator:
    return np.random.default_rng([nature.seed, zlib.crc32(f"{what} {granule}".encode())])
