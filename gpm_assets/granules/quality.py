"""The quality policy: which pixels of a 1C file are kept, masked or dropped, and how many for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gpm_assets.granules.hdf import in_blocks

Fate = Literal["keep", "mask", "drop"]
"""Of a pixel: keep TB and position, mask the TB (the position stays), or drop both."""


@dataclass(frozen=True)
class Rule:
    """What a quality code means, and what becomes of its pixels."""

    meaning: str
    fate: Fate


RULES: dict[int, Rule] = {
    0: Rule("good", "keep"),
    1: Rule("warning: possible sun glint", "keep"),
    2: Rule("warning: possible radio interference", "keep"),
    3: Rule("warning: degraded geolocation", "keep"),
    4: Rule("warning: corrected for warm load intrusion", "keep"),
    -1: Rule("missing or unreadable", "mask"),
    -2: Rule("unphysical TB", "mask"),
    -3: Rule("error in geolocation", "drop"),
    -4: Rule("missing in one channel", "keep"),
    -5: Rule("missing in several channels", "keep"),
    -6: Rule("position out of range", "drop"),
    -7: Rule("status mode not normal", "mask"),
    -10: Rule("no co-registered pixel", "mask"),
    -99: Rule("quality missing", "mask"),
}
"""Codes of `Quality` (PPS 1C file specification, L1C ATBD 1.6). -4 and -5 keep the channels that are not missing: a dead
channel, as 37V of F17 or 150H of F18, must not cost the others. -10 is the pixel without a partner in S2 of 1C-R files."""

UNKNOWN = Rule("unknown quality code", "mask")
"""Of every code that is not in the table."""

TB_MIN_K, TB_MAX_K = 40.0, 350.0
"""Physical range of a brightness temperature, limits included; a TB outside it is masked alone, its other channels stay.
PPS itself calls such a Tb invalid (quality -2)."""

LATITUDE_MAX_DEG, LONGITUDE_MAX_DEG = 90.0, 180.0
"""Range of a position; a pixel whose position is outside it or missing is dropped."""


def screen(
    tb: NDArray[np.float32],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    quality: NDArray[np.int8],
    channels: Sequence[str],
) -> dict[str, int]:
    """Apply the policy in place: what does not survive becomes NaN. Returns how many pixels for which reason.

    Shapes: `tb` (scan, pixel, channel) in K, `latitude`, `longitude` (scan, pixel) in degrees, all NaN where the file has
    its missing value; `quality` (scan, pixel) holds the file's codes. In place, because a copy would double the memory of TB.
    Counted are pixels by quality code and, among those that their code keeps, by position missing or out of range; then,
    where the position is good, by a TB out of range, and channel by channel by a TB missing though the code does not say so.
    """
    counts: Counter[str] = Counter()
    lost = np.zeros(quality.shape, dtype=bool)
    for code, rule in RULES.items():
        counts[rule.meaning] += _apply(rule, quality == code, lost, latitude, longitude)
    if counts.total() < quality.size:
        counts[UNKNOWN.meaning] += _apply(UNKNOWN, ~np.isin(quality, list(RULES)), lost, latitude, longitude)
    del counts[RULES[0].meaning]
    for rows in in_blocks(tb):
        counts.update(_screen_positions(latitude[rows], longitude[rows], lost[rows]))
        counts.update(_screen_tb(tb[rows], lost[rows], quality[rows], channels))
    return {reason: number for reason, number in counts.items() if number}


def _apply(
    rule: Rule,
    here: NDArray[np.bool_],
    lost: NDArray[np.bool_],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
) -> int:
    """Let the rule decide about the pixels that are `here`; returns their number."""
    number = int(np.count_nonzero(here))
    if number and rule.fate != "keep":
        lost |= here
        if rule.fate == "drop":
            latitude[here] = longitude[here] = np.nan
    return number


def _screen_positions(latitude: NDArray[np.float64], longitude: NDArray[np.float64], lost: NDArray[np.bool_]) -> dict[str, int]:
    """Drop pixels without a position on Earth and add them to `lost`."""
    placed = np.abs(latitude) <= LATITUDE_MAX_DEG
    placed &= np.abs(longitude) <= LONGITUDE_MAX_DEG
    displaced = ~placed
    new = displaced & ~lost
    outside = (np.abs(latitude[new]) > LATITUDE_MAX_DEG) | (np.abs(longitude[new]) > LONGITUDE_MAX_DEG)
    latitude[displaced] = longitude[displaced] = np.nan
    lost |= displaced
    return {"position out of range": int(outside.sum()), "position missing": int((~outside).sum())}


def _screen_tb(
    tb: NDArray[np.float32], lost: NDArray[np.bool_], quality: NDArray[np.int8], channels: Sequence[str]
) -> dict[str, int]:
    """Mask the TB of lost pixels and those out of range; only what is odd is looked at again, for it is rare."""
    tb[lost] = np.nan
    usual = tb >= TB_MIN_K
    usual &= tb <= TB_MAX_K
    usual[lost] = True
    if usual.all():
        return {}
    odd = ~usual
    absent = odd & ~np.isfinite(tb)
    unphysical = (odd & ~absent).any(axis=2)
    tb[odd] = np.nan
    silent = np.count_nonzero(absent & (quality >= 0)[:, :, None], axis=(0, 1))
    return {
        f"TB outside {TB_MIN_K:g} to {TB_MAX_K:g} K": int(np.count_nonzero(unphysical)),
        **{f"TB missing in a good pixel: {name}": int(number) for name, number in zip(channels, silent, strict=True)},
    }
