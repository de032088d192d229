"""Fixtures of the whole suite: where real data lie, and swaths of orbits that the instruments could have flown."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from gpm_assets.constellation.descriptions import described
from gpm_assets.constellation.geometry import channel_incidence, scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import propagate
from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.swath import Swath
from models.retrievals.base import CHANNELS
from models.retrievals.drain import Drain, DrainConfig

if "PYTEST_XDIST_WORKER" in os.environ:  # two threads beside a busy worker are slower than one
    torch.set_num_threads(1)

PROJECT = Path(__file__).parents[1]
NOON = np.datetime64("2020-01-15T12:00", "ms")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real granules and scenes: `GPM_ASSETS_REAL_DATA`, or `../shared/data` beside the project."""
    folder = PROJECT / (os.environ.get("GPM_ASSETS_REAL_DATA") or "../shared/data")
    if not folder.is_dir():
        pytest.skip(f"real data are not at {folder}: set GPM_ASSETS_REAL_DATA to the folder with granules/ and scenes/")
    return folder.resolve()


def smooth(vectors: np.ndarray) -> np.ndarray:
    """A field (...) in K that varies by 60 K with a wavelength of 800 km or more along every axis."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    return 230 + 20 * np.sin(50 * x) + 20 * np.cos(50 * y + 1) + 20 * np.sin(50 * z + 2)


def make_orbit(
    sensor: str,
    scans: int = 40,
    start: np.datetime64 = NOON,
    field: Callable[[np.ndarray], np.ndarray] = smooth,
    granule: str = "granule",
) -> tuple[Swath, ...]:
    """Swath groups of a sensor as its geometry has it: TB (K) from a function of unit vectors, channel k shifted by k K."""
    row = INSTRUMENTS[sensor]
    time = start + np.rint(np.arange(scans) * row.scan_period_s * 1e3).astype("timedelta64[ms]")
    swaths = []
    for group in row.groups:
        where = scan(row, group, time[:: group.scan_step])
        tb = field(unit_vectors(where.latitude, where.longitude))[..., None] + np.arange(len(group.channels))
        swaths.append(
            Swath(
                sensor=sensor,
                channels=tuple(channel.name for channel in group.channels),
                tb=tb.astype(np.float32),
                latitude=where.latitude,
                longitude=where.longitude,
                time=where.track.time,
                incidence=channel_incidence(where, group),
                quality=np.zeros(where.latitude.shape, np.int8),
                granule=granule,
                group=group.name,
                aft=where.aft,
            )
        )
    return tuple(swaths)


def crossing_time(
    sensor: str, near: Callable[[np.ndarray, np.ndarray], np.ndarray], start: np.datetime64 = NOON
) -> np.datetime64:
    """Time within two orbits at which the sub-satellite point minimises a function of latitude and longitude in degrees."""
    time = start + np.arange(0, 12_000_000, 10_000).astype("timedelta64[ms]")
    track = propagate(INSTRUMENTS[sensor], time)
    return time[np.argmin(near(track.latitude, track.longitude))]


@pytest.fixture(scope="session")
def orbit():
    """Maker of swath groups, see `make_orbit`."""
    return make_orbit


@pytest.fixture(scope="session")
def crossing():
    """Finder of start times, see `crossing_time`."""
    return crossing_time


@pytest.fixture(scope="session")
def drain() -> Drain:
    """A small DRAIN with weights at random: rain that depends on every channel and on neighbours."""
    gmi = described(INSTRUMENTS["GPM_GMI"])
    with torch.random.fork_rng():
        torch.manual_seed(2)
        made = Drain(DrainConfig(CHANNELS, tuple(gmi[name] for name in CHANNELS), (4, 8)))
        made.normalisation.mean.fill_(230.0)
        made.normalisation.deviation.fill_(20.0)
        torch.nn.init.normal_(made.head.line.weight, std=0.3)
    return made.eval()
