"""What intercalibration leaves in TB: offsets that drift slowly, and an error that follows the scene; every month draws its own.

The error that follows the scene stands for what no intercalibration and no radiative transfer model takes out: scan-dependent and
non-linear calibration, spectral response, and differences of the forward models that link sensors. It is a function of the scene
and no noise: smooth, the same in every orbit of a month, other in the next; so what is learned of it in one month is of no use in
another. GMI is the reference that others are calibrated to: it has offsets of its own, and by definition no error of the scene.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import REFERENCE, Channel, Instrument
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.world import World, hours_since_2000, world

Float = NDArray[np.float64]
Values = NDArray[np.float32]

IMAGER_SCENE_ERROR_K = (1.4, 1.4)
SOUNDER_SCENE_ERROR_K = (2.0, 3.0)
"""Range that the global standard deviation of a channel's scene error is drawn from, conical and cross-track scanners."""

_MOST = 3.0
"""Scene errors saturate at this many standard deviations."""
_PLACES = 500
_MOMENTS_DAYS = (3.125, 10.375, 17.625, 24.875)
"""When the globe is sampled: four times of the day, a week apart."""


@dataclass(frozen=True)
class _Stability:
    """Standard deviations in K: of the offset of a sensor-month, and of its drift along the orbit."""

    offset_k: float
    drift_k: float


_STABILITY = {True: _Stability(0.05, 0.05), False: _Stability(0.25, 0.20)}
"""Of the reference and of partners, whose double differences to GMI stay within some 0.5 K of zero (Berg et al. 2016)."""


def offsets(nature: Nature, row: Instrument, channels: tuple[Channel, ...], time: NDArray[np.datetime64]) -> Values:
    """Calibration offsets (scan, channel) in K at scan times (scan,): one of the month, and a wave as long as an orbit.

    The wave stands for what follows the sun along the orbit (warm load, reflector).
    """
    stability = _STABILITY[row.name == REFERENCE]
    turns = hours_since_2000(time) / 24 * row.orbit.mean_motion_rev_per_day
    found = []
    for channel in channels:
        random = _random(nature, row, channel, _month(time), "offset")
        offset, phase = stability.offset_k * random.standard_normal(), random.uniform()
        found.append(offset + np.sqrt(2) * stability.drift_k * np.sin(2 * np.pi * (turns + phase)))
    return np.stack(found, axis=-1).astype(np.float32)


def scene_errors(
    nature: Nature, row: Instrument, channels: tuple[Channel, ...], time: NDArray[np.datetime64], seen: World
) -> Values:
    """Errors in K of TB that are a random function of the scene: (n, channel) at the n places of `seen`, or (1, channel).

    In every sensor-month and channel another linear combination of vapour, surface temperature, wind, cloud and ice, decorrelated
    over the globe of the month, bounded, of mean 0 and of the standard deviation of the table over that globe.
    """
    if row.name == REFERENCE:
        return np.zeros((1, len(channels)), np.float32)
    globe = _globe(nature, _month(time))
    mean, mixing = globe.mean(axis=0), np.linalg.inv(np.linalg.cholesky(np.cov(globe.T))).T
    low, high = SOUNDER_SCENE_ERROR_K if row.scan == "CROSSTRACK" else IMAGER_SCENE_ERROR_K
    errors = []
    for channel in channels:
        random = _random(nature, row, channel, _month(time), "scene")
        direction = random.standard_normal(globe.shape[1])
        direction = mixing @ (direction / np.linalg.norm(direction))
        usual = np.tanh((globe - mean) @ direction / _MOST)
        scale = random.uniform(low, high) / usual.std()
        found = np.tanh((_predictors(seen) - mean.astype(np.float32)) @ (direction / _MOST).astype(np.float32))
        errors.append(np.float32(scale) * (found - np.float32(usual.mean())))
    return np.stack(errors, axis=-1)


def _predictors(seen: World) -> Values:
    """What errors depend on (n, 5): vapour, surface temperature, wind, and cloud and ice as far as they matter to TB."""
    surface = seen.sea_surface + seen.land * (seen.land_surface - seen.sea_surface)
    cloud, ice = seen.cloud_liquid / (seen.cloud_liquid + np.float32(0.2)), seen.ice / (seen.ice + np.float32(0.3))
    return np.stack([seen.vapour, surface, seen.wind, cloud, ice], axis=-1)


@lru_cache(maxsize=8)
def _globe(nature: Nature, month: np.datetime64) -> Float:
    """Predictors at places spread evenly over the globe (Fibonacci's spiral) at four times of a month."""
    index = np.arange(float(_PLACES))
    latitude = np.rad2deg(np.arcsin((2 * index + 1) / _PLACES - 1))
    longitude = (index * 137.50776) % 360 - 180
    found = []
    for days in _MOMENTS_DAYS:
        moment = month.astype("datetime64[ms]") + np.timedelta64(round(days * 86_400_000), "ms")
        found.append(_predictors(world(nature.seed, latitude, longitude, np.full(_PLACES, moment), nature.morphology)))
    return np.concatenate(found).astype(np.float64)


def _month(time: NDArray[np.datetime64]) -> np.datetime64:
    first: np.datetime64 = time[~np.isnat(time)][0].astype("datetime64[M]")
    return first


def _random(nature: Nature, row: Instrument, channel: Channel, month: np.datetime64, what: str) -> np.random.Generator:
    identity = f"{what} {nature.world} {row.name} {channel.name} {month}"
    return np.random.default_rng([nature.seed, zlib.crc32(identity.encode())])
