"""What real radiometers measured: the numbers that the simulated world is held against, with their sources.

Channels are GMI's, in the order of its table, unless a row says otherwise. All numbers in K.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statistics:
    """Means and standard deviations (13,) of GMI's channels over a surface."""

    source: str
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


GMI: dict[str, Statistics] = {
    "sea": Statistics(
        "2B-CMB V08 scalers over ocean",
        (172.6, 101.1, 194.7, 132.5, 219.3, 218.1, 163.6, 257.9, 229.9, 271.3, 266.5, 258.2, 266.9),
        (21.0, 32.3, 19.6, 31.6, 22.3, 14.7, 27.5, 15.0, 27.1, 14.0, 18.7, 9.0, 10.5),
    ),
    "land": Statistics(
        "2B-CMB V08 scalers over land",
        (262.2, 243.0, 263.9, 247.7, 265.4, 261.2, 248.1, 262.6, 255.2, 263.8, 261.6, 256.0, 262.2),
        (31.1, 46.1, 27.6, 41.1, 24.6, 28.1, 37.9, 28.8, 32.2, 24.6, 26.5, 9.8, 15.6),
    ),
}
"""By surface: the sea with its ice, the land with its coasts and lakes."""

CONUS_MINIMUM = (156.6, 79.6, 172.3, 94.1, 182.4, 172.9, 120.3, 96.0, 94.1, 90.4, 88.2, 100.9, 96.2)
CONUS_MAXIMUM = (327.7, 307.0, 347.8, 349.9, 312.2, 313.3, 304.8, 313.1, 305.1, 308.8, 305.5, 286.9, 302.2)
"""Extremes of GMI over the United States in the SatRain data set; above 320 K at 10 and 18 GHz they are interference."""


@dataclass(frozen=True)
class Place:
    """Where and when a radiometer looked at one kind of surface, and what it measured: mean, minimum and maximum by channel.

    `south`, `north`, `west`, `east` in degrees; `month` and the hour of the day in UTC; `incidence_deg` of the channels.
    """

    name: str
    sensor: str
    land: bool
    south: float
    north: float
    west: float
    east: float
    month: int
    hour: float
    incidence_deg: float
    mean: tuple[float, ...]
    lowest: tuple[float, ...] = ()
    highest: tuple[float, ...] = ()


TMI_CLEAR_SEA = Place(
    "TMI, clear sea at 32S (granule 000160, 1997-12-07, V07)",
    "TRMM_TMI",
    False,
    -34.0,
    -30.0,
    170.0,
    186.0,
    12,
    12.0,
    53.15,
    (168.3, 90.1, 196.0, 132.1, 219.6, 213.4, 152.0, 258.7, 227.6),
)

SSMIS_SEA = Place(
    "SSMIS F16, sea south of Australia (orbit 088911, 2021-01-10 07:28)",
    "F16_SSMIS",
    False,
    -44.9,
    -36.9,
    129.3,
    142.5,
    1,
    7.5,
    53.1,
    (190.4, 118.8, 216.1, 208.9, 142.5, 259.4, 243.7, 257.3, 269.5, 253.0, 209.8),
    (185.6, 110.2, 205.6, 205.2, 132.6, 198.5, 233.2, 236.6, 216.4, 234.2, 190.4),
    (219.0, 167.4, 234.9, 229.3, 179.1, 272.1, 254.7, 271.3, 284.4, 263.5, 244.9),
)
SSMIS_LAND = Place(
    "SSMIS F16, south-east Australia (orbit 088911, 2021-01-10 07:28)",
    "F16_SSMIS",
    True,
    -38.3,
    -28.3,
    135.2,
    148.1,
    1,
    7.5,
    53.1,
    (302.6, 283.0, 301.0, 300.7, 287.3, 292.3, 258.0, 271.3, 279.6, 299.0, 292.0),
    (269.9, 243.8, 274.5, 279.1, 258.9, 282.4, 235.5, 253.1, 264.4, 288.8, 268.7),
    (312.1, 294.0, 308.9, 310.0, 296.1, 298.6, 272.3, 280.0, 288.8, 307.6, 299.7),
)
