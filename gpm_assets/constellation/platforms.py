"""Every platform: its catalogue number and the mean elements of its orbit.

Sources: two-line elements (checksums verified) of 2020-11-07 for GPM (before the boost), 2014-01-19 for TRMM, 2011-09-11 for
METOP-A, 2024-04-26 for GCOM-W1 and 2024-06-17 for the others, drag set to zero. No trustworthy elements were found for AQUA, F15,
F19 and MT1: theirs follow from altitude, inclination, nodal period and the local time in the first granules; revolutions there
count from the launch.
The local time of an ascending node is the one at the elements' epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gpm_assets.constellation.nouns import MeanElements


@dataclass(frozen=True)
class Platform:
    """A satellite: NORAD catalogue number, mean elements, and how the names of calibration tables spell it."""

    norad: int
    orbit: MeanElements
    spelled: str


PLATFORMS: dict[str, Platform] = {
    "GPM": Platform(
        39574,
        MeanElements(date(2020, 11, 7), 65.0076, 0.0010842, 281.7979, 15.55503858, 24.2122, 78.1951, 407.0, revolution=38033),
        "GPM",
    ),
    "GCOMW1": Platform(
        38337,
        MeanElements(date(2024, 4, 26), 98.2005, 0.0001734, 89.8752, 14.57143724, 58.4072, 83.0178, 702.0, 13.56, 63521),
        "GCOMW-1",
    ),
    "AQUA": Platform(
        27424,
        MeanElements(date(2002, 6, 1), 98.2, 0.0001, 90.0, 14.5711, 0.0, 0.0, 705.0, 13.58, 402),
        "AQUA",
    ),
    "F15": Platform(
        25991,
        MeanElements(date(2000, 2, 23), 98.9, 0.001, 90.0, 14.13, 0.0, 0.0, 848.0, 21.2, 1031),
        "DMSP-F15",
    ),
    "F16": Platform(
        28054,
        MeanElements(date(2024, 6, 17), 99.0199, 0.0008260, 55.9567, 14.14038707, 176.4030, 4.7973, 846.0, 17.98, 106640),
        "DMSP-F16",
    ),
    "F17": Platform(
        29522,
        MeanElements(date(2024, 6, 17), 98.7431, 0.0009725, 344.5590, 14.14489118, 180.5248, 15.5285, 844.0, 18.26, 90930),
        "DMSP-F17",
    ),
    "F18": Platform(
        35951,
        MeanElements(date(2024, 6, 17), 98.8134, 0.0011446, 158.8452, 14.14139653, 145.2407, 201.3197, 845.0, 15.91, 75648),
        "DMSP-F18",
    ),
    "F19": Platform(
        39630,
        MeanElements(date(2014, 12, 18), 98.9, 0.001, 90.0, 14.13, 0.0, 0.0, 848.0, 18.55, 3660),
        "DMSP-F19",
    ),
    "NPP": Platform(
        37849,
        MeanElements(date(2024, 6, 17), 98.7222, 0.0000609, 80.2824, 14.19583987, 107.8581, 279.8421, 827.0, 13.42, 65497),
        "NOAA-NPP",
    ),
    "NOAA20": Platform(
        43013,
        MeanElements(date(2024, 6, 17), 98.7065, 0.0000956, 138.6960, 14.19597428, 107.8155, 221.4288, 827.0, 13.41, 34100),
        "NOAA-20",
    ),
    "NOAA21": Platform(
        54234,
        MeanElements(date(2024, 6, 17), 98.7518, 0.0001752, 107.8423, 14.19527293, 107.7563, 252.2945, 827.0, 13.41, 8307),
        "NOAA-21",
    ),
    "NOAA18": Platform(
        28654,
        MeanElements(date(2024, 6, 17), 98.8743, 0.0015146, 64.1200, 14.13233021, 246.8749, 296.1532, 848.0, 22.68, 98327),
        "NOAA-18",
    ),
    "NOAA19": Platform(
        33591,
        MeanElements(date(2024, 6, 17), 99.0469, 0.0012750, 291.7508, 14.13028542, 225.6740, 68.2307, 849.0, 21.27, 79146),
        "NOAA-19",
    ),
    "METOPA": Platform(
        29499,
        MeanElements(date(2011, 9, 11), 98.6804, 0.0001758, 111.9178, 14.21501774, 312.6735, 248.2152, 820.0, 21.47, 25405),
        "METOP-A",
    ),
    "METOPB": Platform(
        38771,
        MeanElements(date(2024, 6, 17), 98.6271, 0.0001606, 74.4617, 14.21554232, 227.0854, 285.6738, 820.0, 21.37, 60965),
        "METOP-B",
    ),
    "METOPC": Platform(
        43689,
        MeanElements(date(2024, 6, 17), 98.7233, 0.0003163, 90.8753, 14.21475293, 229.1839, 269.2787, 820.0, 21.50, 29122),
        "METOP-C",
    ),
    "MT1": Platform(
        37838,
        MeanElements(date(2011, 10, 13), 20.0, 0.001, 90.0, 14.08, 60.0, 0.0, 867.0, revolution=14),
        "MEGHA-TROPIQUES",
    ),
    "TRMM": Platform(
        25063,
        MeanElements(date(2014, 1, 19), 34.9581, 0.0000983, 237.4452, 15.55796725, 45.8134, 186.7319, 402.0, revolution=92147),
        "TRMM",
    ),
}
