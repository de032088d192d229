"""Sea ice and snow through the year, as a climatology: how far a place lies poleward of the mean edge on a day.

Two tables per cover: its edge by longitude where it reaches farthest and where it retreats to, and the month's place
between the two. Edges and monthly extents are set down by hand from general knowledge of the charts (NSIDC Sea Ice Index, Rutgers
University's Global Snow Lab), not read from their files: edges to a degree or two, extents to a few percent. Tests hold the areas
between the edges against the extents. There is no change from year to year; mountains outside the snow belt are bare.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

_STEP_DEG = 15.0
_MIDDLE_OF_MONTH = (np.arange(12) + 0.5) * (365.2425 / 12)

# Edges by longitude from 0 to 345 degrees east, in degrees of latitude; where no ice comes near, the coast behind it.
_ARCTIC_MARCH = np.array([
    75.5, 77.5, 75.5, 71.0, 69.0, 69.0, 69.0, 69.0, 60.0, 48.0, 46.0, 57.5, 60.0, 58.0, 61.0, 65.0,
    68.0, 60.0, 50.0, 50.0, 48.0, 60.5, 66.0, 71.5,
])  # fmt: skip
_ARCTIC_SEPTEMBER = np.array([
    80.0, 81.0, 81.5, 81.0, 80.5, 80.0, 79.5, 78.5, 77.5, 76.5, 75.5, 74.0, 73.0, 73.5, 73.0, 73.0,
    72.5, 73.0, 74.0, 77.0, 79.0, 77.0, 72.0, 76.0,
])  # fmt: skip
_ANTARCTIC_SEPTEMBER = np.array([
    55.5, 56.0, 57.5, 59.5, 59.5, 58.5, 60.0, 61.0, 61.5, 62.0, 62.0, 62.0, 62.5, 62.5, 63.0, 64.5,
    65.5, 66.5, 66.5, 66.0, 61.0, 58.0, 56.5, 55.5,
])  # fmt: skip
_ANTARCTIC_FEBRUARY = np.array([
    69.8, 69.5, 68.8, 67.5, 67.0, 68.5, 66.3, 65.8, 66.0, 66.0, 67.5, 71.5, 76.0, 76.0, 74.0, 72.5,
    72.0, 71.5, 71.0, 70.5, 65.0, 65.5, 71.5, 71.8,
])  # fmt: skip
_SNOW_JANUARY = np.array([
    60.5, 48.0, 44.0, 41.5, 40.5, 39.0, 38.5, 37.5, 38.5, 34.0, 46.0, 53.0, 56.5, 56.5, 56.5, 47.0,
    40.0, 38.0, 37.0, 38.0, 39.5, 56.5, 59.5, 60.5,
])  # fmt: skip
_SNOW_SUMMER = np.full(24, 79.0)
_SNOW_SHARE = np.array([1.0, 0.98, 0.89, 0.74, 0.56, 0.38, 0.20, 0.15, 0.27, 0.55, 0.80, 0.94])
"""Way of the snow line from there to January's, January to December: solved for, so that the extents below come out."""

ARCTIC_EXTENT = np.array([14.4, 15.3, 15.4, 14.7, 13.3, 11.7, 9.5, 7.2, 6.4, 8.9, 10.7, 12.8])
"""Sea with more than 15 % of ice in millions of km2, January to December (after the NSIDC Sea Ice Index, 1981-2010)."""
ANTARCTIC_EXTENT = np.array([5.1, 3.1, 4.3, 7.3, 10.8, 14.0, 16.3, 17.8, 18.5, 18.1, 16.0, 11.0])
"""The same for the southern hemisphere."""
SNOW_EXTENT = np.array([47.0, 46.0, 40.5, 30.5, 19.0, 9.6, 4.0, 3.0, 5.4, 18.4, 34.2, 43.7])
"""Northern land under snow in millions of km2, Greenland included, January to December (after Rutgers Global Snow Lab)."""

_MARGINAL_SEAS = {
    "Gulfs of Bothnia and Finland": (59.3, 66.5, 16.5, 30.5),
    "White Sea": (63.5, 67.5, 32.0, 45.0),
    "Sea of Azov and north Caspian": (44.8, 47.8, 34.5, 54.0),
    "Bohai Sea": (38.8, 41.2, 117.0, 122.5),
    "Gulf of Riga": (57.0, 59.3, 22.0, 25.0),
}
"""South, north, west, east (degrees) of seas that freeze in winter although the open sea beside them does not."""
_MARGINAL_SHARE = 0.72
"""They carry ice while the Arctic has more than that share of its way to March: from late December to April."""

_ICE_CAPS = {"Greenland": (60.5, 76.0, -51.0, -26.0), "north Greenland": (76.0, 83.0, -68.0, -20.0)}
_ICE_CAP_DEG = 40.0


def beyond_ice_edge(latitude: Float, longitude: Float, day_of_year: Float) -> Float:
    """Degrees of latitude (n,) by which places (n,) lie poleward of the mean edge of sea ice on a day (1 January is 0).

    Negative over open water; the caller decides what is sea.
    """
    north = latitude > 0
    arctic = _share(ARCTIC_EXTENT, day_of_year)
    southern = _share(ANTARCTIC_EXTENT, day_of_year)
    arctic_edge = _between(_ARCTIC_SEPTEMBER, _ARCTIC_MARCH, arctic, longitude)
    edge = np.where(north, arctic_edge, _between(_ANTARCTIC_FEBRUARY, _ANTARCTIC_SEPTEMBER, southern, longitude))
    beyond = np.abs(latitude) - edge
    for bounds in _MARGINAL_SEAS.values():
        frozen = _inside(latitude, longitude, bounds) & (arctic > _MARGINAL_SHARE)
        beyond = np.where(frozen, np.maximum(beyond, 8 * (arctic - _MARGINAL_SHARE)), beyond)
    return beyond


def beyond_summer_ice_edge(latitude: Float, longitude: Float) -> Float:
    """Degrees (n,) poleward of where sea ice survives the summer: only there ice grows old."""
    return np.abs(latitude) - np.where(latitude > 0, _at(_ARCTIC_SEPTEMBER, longitude), _at(_ANTARCTIC_FEBRUARY, longitude))


def beyond_snow_line(latitude: Float, longitude: Float, day_of_year: Float) -> Float:
    """Degrees of latitude (n,) by which places (n,) lie poleward of the mean snow line on a day (1 January is 0).

    The southern continents have snow on Antarctica alone (mountains are no part of this climatology); the ice caps of Greenland
    and Antarctica never lose theirs.
    """
    line = _between(_SNOW_SUMMER, _SNOW_JANUARY, _by_day(_SNOW_SHARE, day_of_year), longitude)
    beyond = np.where(latitude > 0, latitude - line, -60.5 - latitude)
    for bounds in _ICE_CAPS.values():
        beyond = np.where(_inside(latitude, longitude, bounds), _ICE_CAP_DEG, beyond)
    return np.where(latitude < -60.5, _ICE_CAP_DEG, beyond)


def _share(extent: Float, day_of_year: Float) -> Float:
    """How far a cover has come from its least (0) to its greatest extent (1)."""
    return _by_day((extent - extent.min()) / (extent.max() - extent.min()), day_of_year)


def _by_day(monthly: Float, day_of_year: Float) -> Float:
    return np.interp(day_of_year, _MIDDLE_OF_MONTH, monthly, period=365.2425)


def _between(least: Float, greatest: Float, share: Float, longitude: Float) -> Float:
    return _at(least, longitude) + share * (_at(greatest, longitude) - _at(least, longitude))


def _at(edge: Float, longitude: Float) -> Float:
    return np.interp(longitude % 360, np.arange(25) * _STEP_DEG, np.append(edge, edge[0]))


def _inside(latitude: Float, longitude: Float, bounds: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    south, north, west, east = bounds
    longitude = (longitude + 180) % 360 - 180
    return (latitude > south) & (latitude < north) & (longitude > west) & (longitude < east)


def day_of_year(hours_since_2000: ArrayLike) -> Float:
    """Days since 1 January of a mean year, from hours since 2000-01-01."""
    return np.asarray(hours_since_2000, np.float64) / 24 % 365.2425
