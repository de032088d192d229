"""Granules made up for the tests: small, but of the right instruments, channels and pixel counts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS, Instrument
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.granules.write import ScanStatus, write_1c
from gpm_assets.swath import Swath

MakeSwaths = Callable[..., tuple[Swath, ...]]


@pytest.fixture(scope="session")
def make_swaths() -> MakeSwaths:
    def make(instrument: Instrument, start: str = "2020-01-15T23:59:58.500", scans: int = 6, seed: int = 1) -> tuple[Swath, ...]:
        rng = np.random.default_rng(seed)
        period = np.timedelta64(round(instrument.scan_period_s * 1000), "ms")
        time = np.datetime64(start, "ms") + np.arange(scans) * period
        swaths = []
        for group in instrument.groups:
            taken = time[:: group.scan_step]
            shape = (len(taken), group.pixels)
            incidence = rng.uniform(50, 55, (*shape, 1)).astype(np.float32)
            swaths.append(
                Swath(
                    sensor=instrument.name,
                    channels=tuple(channel.name for channel in group.channels),
                    tb=rng.uniform(80, 310, (*shape, len(group.channels))).astype(np.float32),
                    latitude=rng.uniform(-70, 70, shape).astype(np.float32).astype(np.float64),
                    longitude=rng.uniform(-180, 180, shape).astype(np.float32).astype(np.float64),
                    time=taken,
                    incidence=np.repeat(incidence, len(group.channels), axis=2),
                    quality=np.zeros(shape, dtype=np.int8),
                    group=group.name,
                )
            )
        return tuple(swaths)

    return make


@pytest.fixture(scope="session")
def status() -> Callable[..., ScanStatus]:
    def make(scans: int = 6, orientation: int = 0) -> ScanStatus:
        along = np.linspace(-65, -60, scans)
        return ScanStatus(along, 2 * along, np.full(scans, 407.0), np.full(scans, orientation, dtype=np.int16))

    return make


@pytest.fixture
def granule_file(tmp_path: Path, make_swaths: MakeSwaths, status: Callable[..., ScanStatus]) -> Path:
    """A valid F16 SSMIS granule of six scans in January 2020."""
    row = INSTRUMENTS["F16_SSMIS"]
    path = tmp_path / "granule.HDF5"
    write_1c(path, make_swaths(row), row, number=83785, status=status())
    return path


@pytest.fixture
def written(tmp_path: Path, make_swaths: MakeSwaths, status: Callable[..., ScanStatus]) -> Callable[..., Path]:
    """Writes a small granule of any sensor (number 79 unless told); `change` edits its swaths first."""

    def write(sensor: str, change: Callable[..., None] = lambda *swaths: None, **kind: object) -> Path:
        row, path = INSTRUMENTS[sensor], tmp_path / "granule.HDF5"
        swaths = make_swaths(row)
        change(*swaths)
        write_1c(path, swaths, row, **{"number": 79, "status": status(), **kind})
        return path

    return write


@pytest.fixture
def real(real_data: Path) -> Callable[[str], Path]:
    """Finds the one real file whose name begins so."""

    def find(prefix: str) -> Path:
        (found,) = real_data.glob(f"*/{prefix}*")
        return found

    return find


@pytest.fixture
def radar_swath() -> RadarSwath:
    """Five scans of 49 rays, with rain, missing rain, a missing scan and every class."""
    rng = np.random.default_rng(3)
    shape = (5, 49)
    rain_type = rng.integers(-1, 4, shape).astype(np.int8)
    rain = np.where(rain_type > 0, rng.gamma(0.7, 3.0, shape), 0.0).astype(np.float32)
    rain[rain_type < 0] = np.nan
    latitude = rng.uniform(-65, 65, shape).astype(np.float32).astype(np.float64)
    longitude = rng.uniform(-180, 180, shape).astype(np.float32).astype(np.float64)
    quality = rng.integers(0, 2, shape).astype(np.int8)
    quality[1] = -99
    rain[1], latitude[1], longitude[1] = np.nan, np.nan, np.nan
    level = rng.uniform(-300, 5000, shape).astype(np.float32)
    level[2, :7] = np.nan
    top = np.where(rain_type > 0, rng.uniform(800, 16000, shape), np.nan).astype(np.float32)
    return RadarSwath(
        latitude=latitude,
        longitude=longitude,
        time=np.datetime64("2020-01-31T23:59:59", "ms") + np.arange(5) * np.timedelta64(700, "ms"),
        rain_mm_h=rain,
        rain_type=rain_type,
        surface=rng.integers(-1, 4, shape).astype(np.int8),
        freezing_level_m=level,
        storm_top_m=top,
        quality=quality,
    )
