"""A minute of GMI and the radar scans below it, over the date line."""

from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.radar import RADAR_GROUP, RADAR_SCAN_PERIOD_S
from gpm_assets.granules.radar import RadarSwath

DATELINE = {"near": lambda latitude, longitude: 180 - np.abs(longitude) + np.abs(latitude) / 10}
NORTHERNMOST = {"near": lambda latitude, longitude: -latitude}
AHEAD = np.timedelta64(67_000, "ms")
"""GMI looks 480 km ahead of the radar."""


def dry_radar(start: np.datetime64) -> RadarSwath:
    """A minute of radar scans below the GMI swath that starts at `start`, dry."""
    time = start + AHEAD + np.rint(np.arange(20, 130) * RADAR_SCAN_PERIOD_S * 1e3).astype("timedelta64[ms]")
    where = scan(INSTRUMENTS["GPM_GMI"], RADAR_GROUP, time, cross_track=True)
    shape = where.latitude.shape
    return RadarSwath(
        latitude=where.latitude,
        longitude=where.longitude,
        time=time,
        rain_mm_h=np.zeros(shape, np.float32),
        rain_type=np.zeros(shape, np.int8),
        surface=np.zeros(shape, np.int8),
        freezing_level_m=np.full(shape, 4000, np.float32),
        storm_top_m=np.full(shape, 6000, np.float32),
        quality=np.zeros(shape, np.int8),
    )


@pytest.fixture(scope="module")
def start(crossing):
    return crossing("GPM_GMI", **DATELINE)


@pytest.fixture(scope="module")
def gmi(orbit, start):
    return orbit("GPM_GMI", 60, start)[0]


@pytest.fixture(scope="module")
def radar(start) -> RadarSwath:
    return dry_radar(start)


@pytest.fixture(scope="module")
def far_north(orbit, crossing):
    """The same where the orbit turns back, at 65 degrees north."""
    start = crossing("GPM_GMI", **NORTHERNMOST)
    return orbit("GPM_GMI", 60, start)[0], dry_radar(start)


@pytest.fixture(scope="module")
def showers(radar) -> RadarSwath:
    """The same radar with rain of every kind at random, a tenth of it missing."""
    rng = np.random.default_rng(5)
    shape = radar.rain_mm_h.shape
    rain = rng.gamma(0.5, 4.0, shape).astype(np.float32)
    storm_top = np.where(rng.random(shape) < 0.2, np.nan, rng.uniform(1000, 16000, shape))
    return replace(
        radar,
        rain_mm_h=np.where(rng.random(shape) < 0.1, np.float32(np.nan), rain),
        rain_type=rng.integers(0, 4, shape).astype(np.int8),
        surface=rng.integers(0, 4, shape).astype(np.int8),
        freezing_level_m=rng.uniform(0, 5000, shape).astype(np.float32),
        storm_top_m=storm_top.astype(np.float32),
    )
