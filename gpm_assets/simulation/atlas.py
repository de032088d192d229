"""Where the climate departs from its zonal mean: warm and cold currents, continental winters, wet and dry regions.

Each table has rows of bumps on the globe, numbers rounded from well-known atlases (sea surface temperature of OISST, rain of
GPCP, air temperature of ERA5), drawn by hand: they put weather where it belongs and are no data set.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Rows = NDArray[np.float64]

SEA_K: Rows = np.array([
    # latitude, longitude, half-height, half-width in degrees, departure in K
    (63.0, 2.0, 9.0, 22.0, 5.5), (71.0, 25.0, 6.0, 20.0, 4.5), (42.0, -48.0, 7.0, 20.0, 2.0),  # North Atlantic Current
    (53.0, -57.0, 8.0, 9.0, -4.0), (48.0, 152.0, 8.0, 14.0, -4.0),  # Labrador Current, Oyashio
    (0.0, -105.0, 6.0, 28.0, -2.5), (-18.0, -80.0, 12.0, 10.0, -4.0), (-21.0, 6.0, 12.0, 10.0, -3.5),  # upwelling
    (29.0, -119.0, 9.0, 9.0, -3.5), (23.0, -19.0, 9.0, 7.0, -2.5),
    (3.0, 130.0, 15.0, 50.0, 0.8), (-60.0, 0.0, 10.0, 1e6, -3.5),  # warm pool, Southern Ocean
])  # fmt: skip
"""Sea surface temperature."""

WINTER_K: Rows = np.array([
    (62.0, 115.0, 17.0, 45.0, -10.0), (56.0, -95.0, 15.0, 28.0, -6.0),
    (55.0, 3.0, 13.0, 22.0, 9.0), (57.0, -140.0, 10.0, 16.0, 6.0),
])  # fmt: skip
"""Air over land in winter; in summer a third of it with the other sign."""

RAIN: Rows = np.array([
    # logarithm of the factor on the share of time with rain
    (4.0, 140.0, 13.0, 35.0, 0.35), (-11.0, -178.0, 7.0, 22.0, 0.7), (-22.0, -155.0, 8.0, 20.0, 0.6),  # warm pool, SPCZ
    (-27.0, -40.0, 8.0, 13.0, 0.6), (38.0, -60.0, 7.0, 20.0, 0.35), (35.0, 150.0, 7.0, 22.0, 0.4),  # SACZ, western currents
    (-5.0, -108.0, 5.5, 38.0, -1.6), (-20.0, -88.0, 12.0, 20.0, -1.6), (-18.0, -2.0, 13.0, 15.0, -1.6),  # stratocumulus
    (26.0, -130.0, 9.0, 20.0, -1.0), (25.0, -30.0, 9.0, 18.0, -0.9), (-26.0, 95.0, 8.0, 18.0, -0.8),
    (20.0, 62.0, 9.0, 10.0, -0.8),
    (-4.0, -62.0, 9.0, 11.0, 0.25), (0.0, 24.0, 8.0, 12.0, 0.1), (10.0, 42.0, 7.0, 7.0, -0.6), (30.0, 82.0, 5.0, 12.0, 0.3),
])  # fmt: skip
"""Occurrence of deep rain."""

STRATOCUMULUS: Rows = np.array([
    (-20.0, -85.0, 12.0, 18.0, 1.0), (-17.0, 2.0, 12.0, 14.0, 1.0), (27.0, -128.0, 10.0, 16.0, 1.0),
    (24.0, -27.0, 9.0, 14.0, 0.8),    (-28.0, 100.0, 9.0, 14.0, 0.8),
])  # fmt: skip
"""Decks of low cloud over cool water: 1 in their middle."""

RAIN_BELT_LONGITUDE = np.array([0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0, 210.0, 240.0, 270.0, 300.0, 330.0])
RAIN_BELT_MEAN = np.array([3.0, 1.0, 2.0, 5.0, 4.0, 4.0, 6.0, 7.5, 8.5, 8.0, 1.5, 4.5])
RAIN_BELT_SWING = np.array([7.0, 9.5, 10.0, 11.0, 10.0, 7.5, 3.5, 2.0, 2.5, 3.5, 7.5, 4.0])
"""Latitude of the rain belt in degrees: mean of the year, and how far it moves from it by late July."""


def departure(rows: Rows, latitude: Float, longitude: Float) -> Float:
    """Sum (n,) of a table's bumps at places (n,)."""
    total = np.zeros(latitude.shape)
    for north, east, half_height, half_width, value in rows:
        aside = (longitude - east + 180) % 360 - 180
        total += value * np.exp(-(((latitude - north) / half_height) ** 2) - (aside / half_width) ** 2)
    return total


def rain_belt(longitude: Float, season: Float) -> Float:
    """Latitude (n,) of the rain belt; `season` is 1 in late July and -1 in late January."""
    mean = np.interp(longitude, RAIN_BELT_LONGITUDE, RAIN_BELT_MEAN, period=360)
    return mean + season * np.interp(longitude, RAIN_BELT_LONGITUDE, RAIN_BELT_SWING, period=360)
