"""Input that cannot be what a retrieval learned from is refused before it becomes rain that nobody questions."""

from __future__ import annotations

import torch
from torch import Tensor

from models.errors import ChannelError

LOWEST_K, HIGHEST_K = 50.0, 350.0
"""Brightness temperatures of the Earth seen from space lie between; deep convection at 183 GHz and hot desert do."""
OUTSIDE = 0.1
"""Largest share outside of the known TB of a channel, or of all: single values outside are taken for missing."""
EXCHANGED_K, EXCHANGED_SHARE = -15.0, 0.75
"""Median of V - H, and share of pixels where it is negative, from which on V and H are taken for exchanged.

At 50 degrees V is warmer nearly everywhere. Medians at 36.64 and 89 GHz: simulated GMI patches 56 and 25 K, a real scene of F16
over land 25 and 13 K, four translators of F16 52 to 54 and 18 to 20 K. The lowest of single windows of 32 x 32: -1 and 1 K
(simulated GMI), 11 and 4 K (real), -8 and -10 K (pseudo-TB), and -12 K at 10.65 GHz over simulated forest. So exchanged orbits
and sea are refused, and nothing else by chance; a piece of land alone that is exchanged stays within the limit.
"""
FEWEST = 100
"""Pixels below which one channel or pair says nothing by itself."""


def checked(tb: Tensor, channels: tuple[str, ...]) -> Tensor:
    """`tb` (batch, channel, scan, pixel) in K with NaN for what lies outside 50 to 350 K.

    Raises ChannelError where that is more than a tenth, as with degrees Celsius or fill values, and where V and H of a
    frequency are exchanged: only conical scanners, which look at 45 degrees and more, have both.
    """
    for name, values in zip(channels, tb.unbind(1), strict=True):
        _refuse_implausible(name, values, FEWEST)
    _refuse_implausible("all channels", tb, 1)
    kept = tb.masked_fill((tb < LOWEST_K) | (tb > HIGHEST_K), torch.nan)
    for position, name in enumerate(channels):
        partner = name.replace("V", "H")
        if partner != name and partner in channels:
            _refuse_exchanged(name, partner, kept[:, position] - kept[:, channels.index(partner)])
    return kept


def _refuse_implausible(what: str, tb: Tensor, fewest: int) -> None:
    known = tb[torch.isfinite(tb)]
    outside = (known < LOWEST_K) | (known > HIGHEST_K)
    if len(known) < fewest or outside.sum() <= OUTSIDE * len(known):
        return
    median = float(known.median())
    hint = "in degrees Celsius? add 273.15" if -200 < median < LOWEST_K else "mask fill values, and look at the unit"
    raise ChannelError(
        f"{100 * float(outside.float().mean()):.0f} % of the brightness temperatures of {what} lie outside {LOWEST_K:g} to "
        f"{HIGHEST_K:g} K (at most {100 * OUTSIDE:g} % may), their median is {median:.1f}: {hint}"
    )


def _refuse_exchanged(vertical: str, horizontal: str, difference: Tensor) -> None:
    known = difference[torch.isfinite(difference)]
    if len(known) < FEWEST:
        return
    median, negative = float(known.median()), float((known < 0).float().mean())
    if median < EXCHANGED_K and negative > EXCHANGED_SHARE:
        raise ChannelError(
            f"{vertical} is colder than {horizontal} in {100 * negative:.0f} % of {len(known)} pixels, the median of V - H is "
            f"{median:.1f} K (at least {EXCHANGED_K:g} K expected): are V and H exchanged?"
        )
