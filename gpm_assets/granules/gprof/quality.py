"""The quality policy of 2A-GPROF: which codes keep their rain."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gpm_assets.granules.quality import UNKNOWN, Rule

PIXEL_STATUS: Mapping[int, Rule] = MappingProxyType(
    {
        0: Rule("valid", "keep"),
        1: Rule("invalid position", "mask"),
        2: Rule("TB out of range", "mask"),
        3: Rule("surface class without database entries", "mask"),
        4: Rule("no water vapour, temperature or surface class", "mask"),
        5: Rule("no Bayesian solution", "mask"),
        -99: Rule("status missing", "mask"),
    }
)
"""Codes of `pixelStatus`: whether there is a retrieval, and why not."""

QUALITY: Mapping[int, Rule] = MappingProxyType(
    {
        0: Rule("good", "keep"),
        1: Rule("use with caution", "keep"),
        2: Rule("extreme caution: snow on the ground", "mask"),
        3: Rule("extreme caution: channels missing", "mask"),
        -99: Rule("quality missing", "mask"),
    }
)
"""Codes of `qualityFlag`. What the algorithm itself warns of in the strongest words is no rival to be beaten: it is refused and
counted. Meanings of both tables: gpm_api, after the file specification of PPS, for up to V07; V08 is taken to keep them."""


def screen(status: NDArray[np.int64], quality: NDArray[np.int64]) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Which pixels keep their rain, and how many do not for which reason: by status first, then by quality of the others."""
    kept = np.ones(status.shape, dtype=bool)
    counts: dict[str, int] = {}
    for codes, rules in ((status, PIXEL_STATUS), (quality, QUALITY)):
        for code in np.unique(codes[kept]).tolist():
            rule = rules.get(code, UNKNOWN)
            if rule.fate != "keep":
                here = kept & (codes == code)
                counts[rule.meaning] = counts.get(rule.meaning, 0) + int(here.sum())
                kept &= ~here
    return kept, counts
