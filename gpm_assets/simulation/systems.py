"""Weather systems: where they are, and how much of the time it rains there steadily, in convective cells and from shallow cloud.

In the tropics systems are clusters; poleward of them they are bands along fronts, where the field of air masses is zero, with
storms along them. The share of time with rain is a climate of its own: rain belt, storm tracks, deserts, hours of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, ndtri

from gpm_assets.simulation import atlas
from gpm_assets.simulation.morphology import CLUSTERS, Morphology
from gpm_assets.simulation.noise import Place, field

Values = NDArray[np.floating[Any]]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Large:
    """What the climate of rain depends on, arrays (n,): place, hours since 2000, ground, latitude of the rain belt.

    `summer` is 1 in a hemisphere's July or January and -1 half a year later, 0 at the equator.
    """

    latitude: Float
    longitude: Float
    hours: Float
    land: Values
    dryness: Values
    belt: Float
    summer: Float


@dataclass(frozen=True)
class Systems:
    """`index` (n,) of mean 0 and variance 1, and thresholds (n,) that Gaussian indices exceed where it rains."""

    index: Values
    steady: Values
    convective: Values
    shallow: Values


def systems(seed: int, place: Place, large: Large, front: Values, humidity: Values, morphology: Morphology) -> Systems:
    """Systems at places (n,); `front` is zero along fronts, `humidity` (mean 0, variance 1) makes whole regions wetter."""
    clusters = field(seed, CLUSTERS, "clusters", place)
    storms = field(seed, CLUSTERS, "storms", place.tilted())
    tropical = np.exp(-((large.latitude / 29.0) ** 4))
    frontal = np.sqrt(morphology.front_share) * _ridge(front) + np.sqrt(1 - morphology.front_share) * storms
    index = (tropical * clusters + (1 - tropical) * frontal) / np.hypot(tropical, 1 - tropical)
    steady, convective, shallow = _shares_of_time(large, tropical)
    wetter = np.exp(0.45 * humidity - 0.10)
    return Systems(
        index,
        _threshold(steady * wetter * morphology.steady_area),
        _threshold(convective * wetter * morphology.convective_area),
        _threshold(shallow * morphology.shallow_area),
    )


def _ridge(front: Values) -> Values:
    """A standard normal field that is highest where `front`, standard normal too, is zero."""
    return -ndtri(np.clip(erf(np.abs(front) / np.sqrt(2)), 1e-3, 1 - 1e-6))


def _threshold(share: Values) -> Values:
    return -ndtri(np.clip(share, 1e-5, 0.40))


def _shares_of_time(large: Large, tropical: Float) -> tuple[Float, Float, Float]:
    """Share of time with steady, convective and shallow rain (GPM, CloudSat and GPCP coarsely)."""
    latitude, land, summer = np.abs(large.latitude), large.land, large.summer
    region = np.exp(atlas.departure(atlas.RAIN, large.latitude, large.longitude))
    aridity = 1 - 0.93 * land * np.minimum(1.15 * large.dryness, 1) ** 1.3
    off = large.latitude - large.belt
    belt = 0.8 * np.exp(-((off / (5.5 + 2.5 * land)) ** 2)) + 0.2 * np.exp(-((off / 15.0) ** 2))
    southern = large.latitude < 0
    swing = np.where(southern, 0.20, 0.35)
    middle = np.where(southern, 50.0, 47.0) + np.where(southern, 2.5, 4.0) * summer
    tracks = (1 - swing * summer) * np.exp(-(((latitude - middle) / 15.0) ** 2)) * (1 - 0.25 * land * (1 + summer))
    polar = np.clip((latitude - 60.0) / 15.0, 0, 1)
    clock = large.hours + large.longitude / 15
    afternoon = land * _daily(clock, 16.5) * 0.60 + (1 - land) * _daily(clock, 4.5) * 0.13
    night = land * _daily(clock, 22.0) * 0.15 + (1 - land) * _daily(clock, 5.5) * 0.10
    heat = land * np.maximum(summer, 0) * np.exp(-(((latitude - 38.0) / 16.0) ** 2))
    steady = (0.012 + 0.102 * belt + 0.102 * tracks + 0.02 * polar + 0.008 * heat) * (1 + night)
    convective = (0.003 + 0.031 * belt + 0.0060 * tracks * (1 - polar) + 0.006 * heat) * (1 + afternoon)
    calm = (1 - land) * (0.25 + 0.75 * tropical) * (1 - polar)
    decks = atlas.departure(atlas.STRATOCUMULUS, large.latitude, large.longitude)
    shallow = 0.004 + 0.030 * calm * (1 + 0.4 * belt) + 0.030 * decks * (1 - land) + 0.02 * (1 - tropical) * (1 - land)
    return region * aridity * steady, region * aridity * convective, shallow * (1 + 0.2 * _daily(clock, 4.5))


def _daily(clock_hours: Float, peak_hour: float) -> Float:
    return np.cos(2 * np.pi * (clock_hours - peak_hour) / 24)
