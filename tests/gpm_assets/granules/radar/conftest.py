"""Radar swaths of any size with every class, missing values and a missing scan."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest

from gpm_assets.granules.radar import RadarSwath

MakeRadar = Callable[..., RadarSwath]


@pytest.fixture(scope="session")
def make_radar() -> MakeRadar:
    def make(seed: int = 1, scans: int = 5, rays: int = 7, **about: str) -> RadarSwath:
        rng = np.random.default_rng(seed)
        shape = (scans, rays)
        rain_type = rng.integers(-1, 4, shape).astype(np.int8)
        quality = rng.choice(np.array([0, 1, 2, -99], np.int8), shape, p=[0.7, 0.1, 0.1, 0.1])
        rain = np.where(rain_type > 0, rng.gamma(0.7, 3.0, shape), np.where(rain_type < 0, np.nan, 0.0)).astype(np.float32)
        level = rng.uniform(-300, 5000, shape).astype(np.float32)
        level[rng.random(shape) < 0.2] = np.nan
        top = np.where(rain_type > 0, rng.uniform(800, 16000, shape), np.nan).astype(np.float32)
        latitude, longitude = (rng.uniform(-limit, limit, shape).astype(np.float32).astype(float) for limit in (90, 180))
        lost = rng.integers(scans)
        latitude[lost], longitude[lost] = np.nan, np.nan
        rain[(quality < 0) | (quality > 1) | np.isnan(latitude)] = np.nan
        start = np.datetime64("2018-12-31T23:59:58", "ms") + rng.integers(10_000)
        return RadarSwath(
            latitude=latitude,
            longitude=longitude,
            time=start + np.arange(scans) * np.timedelta64(700, "ms"),
            rain_mm_h=rain,
            rain_type=rain_type,
            surface=rng.integers(-1, 4, shape).astype(np.int8),
            freezing_level_m=level,
            storm_top_m=top,
            quality=quality,
            **about,
        )

    return make


@pytest.fixture(scope="session")
def same() -> Callable[[RadarSwath, RadarSwath], bool]:
    """Whether all arrays of two swaths are equal in value and type."""

    def compare(a: RadarSwath, b: RadarSwath) -> bool:
        pairs = [(getattr(a, field.name), getattr(b, field.name)) for field in fields(RadarSwath)]
        arrays = [(x, y) for x, y in pairs if isinstance(x, np.ndarray)]
        return all(x.dtype == y.dtype and np.array_equal(x, y, equal_nan=x.dtype.kind in "fM") for x, y in arrays)

    return compare
