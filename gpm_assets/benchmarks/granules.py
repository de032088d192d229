"""Full-size granules to measure with: made in seconds, as large, as noisy and as compressible as real ones."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.geometry import Scan, scan
from gpm_assets.constellation.instruments import Instrument, SwathGroup
from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.granules.names import file_name
from gpm_assets.granules.write import ScanStatus, name_1c, write_1c
from gpm_assets.swath import Swath

_STEP_K = 0.01  # PPS rounds Tc to it
_IN_FLIGHT = timedelta(days=30, hours=12)
_LOST_SCANS = 3
_NUMBER = 1
_MISSING, _SUN_GLINT = -1, 1


def write_granule(
    folder: Path, instrument: Instrument, *, scans: int | None = None, start: np.datetime64 | None = None, seed: int = 0
) -> Path:
    """Write a 1C granule of one orbit, or of `scans` scans, under its PPS name into the folder; the path is returned.

    It starts at `start` (UTC), or a month after the sensor's first day.
    Positions and incidence are those of the orbit; TB in K are smooth fields with white noise of the channels' NEDT, rounded
    to 0.01 K as real ones are. A few scans are missing and some pixels carry the sun glint warning.
    """
    rng = np.random.default_rng(seed)
    count = scans or math.ceil(86400 / instrument.orbit.mean_motion_rev_per_day / instrument.scan_period_s)
    begin = np.datetime64(datetime.combine(instrument.first_day, time()) + _IN_FLIGHT, "ms") if start is None else start
    times = begin + np.rint(np.arange(count) * instrument.scan_period_s * 1000).astype("timedelta64[ms]")
    scanned = [(group, scan(instrument, group, times[:: group.scan_step])) for group in instrument.groups]
    swaths = [_swath(instrument, group, where, rng) for group, where in scanned]
    name = name_1c(swaths, instrument, number=_NUMBER)
    path = folder / file_name(name)
    write_1c(path, swaths, instrument, number=_NUMBER, status=[_status(where) for _, where in scanned])
    return path


def _swath(instrument: Instrument, group: SwathGroup, where: Scan, rng: np.random.Generator) -> Swath:
    scans, pixels = where.latitude.shape
    quality = np.zeros((scans, pixels), dtype=np.int8)
    quality[scans // 4 : scans // 2, : pixels // 5] = _SUN_GLINT
    quality[scans // 3 : scans // 3 + _LOST_SCANS] = _MISSING
    lost = quality == _MISSING
    tb = _brightness(group, where, rng)
    tb[lost] = np.nan
    return Swath(
        sensor=instrument.name,
        channels=tuple(channel.name for channel in group.channels),
        tb=tb,
        latitude=np.where(lost, np.nan, where.latitude),
        longitude=np.where(lost, np.nan, where.longitude),
        time=where.track.time,
        incidence=np.broadcast_to(where.incidence.astype(np.float32)[:, :, None], tb.shape),
        quality=quality,
        group=group.name,
    )


def _brightness(group: SwathGroup, where: Scan, rng: np.random.Generator) -> NDArray[np.float32]:
    """TB (scan, pixel, channel) in K that varies by 60 K over some hundred km, more gently in the higher channels."""
    x, y, z = np.moveaxis(unit_vectors(where.latitude, where.longitude), -1, 0)
    smooth = np.sin(50 * x) + np.cos(50 * y + 1) + np.sin(50 * z + 2) + 0.3 * np.sin(900 * x + 700 * y) * np.cos(800 * z)
    tb = np.empty((*smooth.shape, len(group.channels)), dtype=np.float32)
    for i, channel in enumerate(group.channels):
        noise = channel.nedt_k * rng.standard_normal(smooth.shape, dtype=np.float32)
        tb[:, :, i] = np.rint((210 + 4 * i + 20 * smooth / (1 + 0.2 * i) + noise) / _STEP_K) * _STEP_K
    return tb


def _status(where: Scan) -> ScanStatus:
    track = where.track
    orientation = np.zeros(len(track.latitude), dtype=np.int16)
    return ScanStatus(track.latitude, track.longitude, track.altitude, orientation)
