"""What a method gains: against its anchor, on the way to true GMI (G), and on the way to what the sensor allows at all (A).

G = (E_raw - E) / (E_raw - E_GMI), for sensors that have DRAIN's four channels: only they have raw.
A = (E_0 - E) / (E_0 - E_ceiling), E_0 the better pixel-wise baseline as validation chose it, the ceiling DRAIN trained on all
channels of the sensor. Both for CSI and CRPS, from the same pixels of the same overpasses and the same resamples: 0 at the start,
1 at the goal, below 0 what makes things worse, above 1 what is better than the goal. There is no share of a gap that may not be
there: where the interval of the denominator contains zero, or has too few blocks to exist, the share is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.evaluation.bootstrap import Measures, Values, estimate

RAW = "raw"
"""DRAIN on the partner's own brightness temperatures: where a translation starts."""
GMI = "gmi"
"""DRAIN on GMI's brightness temperatures at the same pixels: where it can end."""
CEILING = "ceiling"
"""DRAIN trained on all channels of the partner: what can be known at all. Never a champion."""
DRAIN = "drain"
"""DRAIN among the retrievals of GMI's own TB."""
ANCHORS: Mapping[str, str] = {REFERENCE: DRAIN}
"""What the methods of a sensor are paired with, where it is not raw: retrievals of GMI's own TB with DRAIN."""
PIXELWISE = (
    *("linear", "restored_linear", "ridge_by_surface", "gaussian_transport"),
    *("quantile_mapping", "quantile_mapping_strata", "pixel_mlp", "gradient_boosting"),
)
"""Methods that see one pixel at a time: the best of them is the baseline of A."""

SKILLS = ("csi", "crps")
YARDSTICKS = tuple(f"{name}_{skill}" for name in ("gap_closed", "ceiling_reached") for skill in SKILLS)
"""Names of G and A in tables."""
DIFFERENCES = tuple(f"{skill}_vs_anchor" for skill in SKILLS)
"""Paired differences, the method's minus the anchor's: better are positive CSI and negative CRPS."""

Together = Callable[..., Mapping[str, Measures]]
"""Resampled measures by method, given their names: all of them from the same pixels. A method without any is left out."""


def anchor_of(sensor: str) -> str:
    """The method that others of a sensor are paired with."""
    return ANCHORS.get(sensor, RAW)


def yardsticks(method: str, together: Together, baseline: str | None = None, anchor: str = RAW) -> Measures:
    """Differences to the anchor, G and A of a method by name, as far as they exist; `baseline` is the method that gives E_0."""
    found: Measures = {}
    measured = together(method, anchor)
    if {method, anchor} <= set(measured):
        found |= {f"{skill}_vs_anchor": measured[method][skill] - measured[anchor][skill] for skill in SKILLS}
    scales = {"gap_closed": (RAW, GMI)} | ({"ceiling_reached": (baseline, CEILING)} if baseline else {})
    for name, (start, goal) in scales.items():
        measured = together(method, start, goal)
        if {method, start, goal} <= set(measured):
            shares = {f"{name}_{skill}": share(*(measured[one][skill] for one in (method, start, goal))) for skill in SKILLS}
            found |= {one: value for one, value in shares.items() if value is not None}
    return found


def share(error: Values, start: Values, goal: Values) -> Values | None:
    """(start - error) / (start - goal) of resampled measures, errors or skill alike: 0 at the start, 1 at the goal.

    None where the interval of the denominator contains zero or does not exist: there is no gap to close.
    """
    gap = start - goal
    if not estimate(gap).excludes_zero:
        return None
    return np.divide(start - error, np.where(gap == 0, np.nan, gap)) + 0.0  # no negative zero
