"""When a planned granule is scanned, what its random numbers follow from, and its pieces in near real time."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import instrument
from gpm_assets.constellation.radar import RADAR_SCAN_PERIOD_S
from gpm_assets.simulation.plan import PlannedGranule, is_radar

Times = NDArray[np.datetime64]

NEAR_REAL_TIME_S = 300.0
"""Length of a near-real-time granule of GMI and its radar."""


def scan_period_s(product: str) -> float:
    """Time between the scans of a sensor or of the radar's products."""
    return RADAR_SCAN_PERIOD_S if is_radar(product) else instrument(product).scan_period_s


def scan_times(planned: PlannedGranule) -> Times:
    """UTC times (scan,) of a planned granule, to the millisecond."""
    period = scan_period_s(planned.product)
    scans = int((planned.stop - planned.start).astype("timedelta64[ms]").astype(float) / 1e3 / period + 1e-6)
    return planned.start + np.rint(np.arange(scans) * period * 1e3).astype("timedelta64[ms]")


def identity(planned: PlannedGranule) -> str:
    """What noise and defects follow from: the same in every version and level of a granule."""
    return f"{planned.product} {planned.number} {planned.start}"


def near_real_time_pieces(planned: PlannedGranule) -> tuple[PlannedGranule, ...]:
    """The granule in pieces of about five minutes, whole scans, each to be simulated with `near_real_time`.

    Noise and defects are a piece's own; the scene and everything else is the granule's.
    """
    period_ms = scan_period_s(planned.product) * 1e3
    scans = len(scan_times(planned))
    each = int(np.ceil(NEAR_REAL_TIME_S * 1e3 / period_ms))
    edges = [*range(0, scans, each), scans]
    moments = [planned.start + np.timedelta64(round(edge * period_ms), "ms") for edge in edges]
    return tuple(replace(planned, start=start, stop=stop) for start, stop in itertools.pairwise(moments))
