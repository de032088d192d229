"""Every platform: catalogue number, orbit eras, local times of its node.

Sources of elements: two-line elements (checksums verified), drag set to zero. GPM has one set before the boost of November
2023 and one after; of the others one stands for all years, their heights were kept or changed by less than 10 km. No
trustworthy elements were found for AQUA, F15, F19, MT1 and for TRMM before its boost of August 2001: theirs are circular,
from the inclination, the period of real granules or of sister satellites, and a crossing of the equator in the header of the
first granule (of AQUA, F15, F19 its local time alone). Revolutions are those of the elements; of NOAA18, NOAA19 and the
circular orbits they are counted from the launch.

Sources of local times: headers of first granules, and elements. MetOp (A until 2016), JPSS and GCOM-W1 are held. F16, F17,
F18, NOAA18 and NOAA19 drift: the sun turns an orbit's plane by di/dt = 0.048 deg/year sin i sin 2(L - 12 h), the secular part
of its torque, and the node's rate follows the inclination. Integrated backwards from the elements of 2024 this meets the
local times of the first granules to 0.02, 0.17, 0.03, 0.8 and 1.0 hours; the rest is spread linearly over the years. A real
F16 scene of 2021-01-10 has 16.32 h, the table 16.34 h.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from gpm_assets.constellation.nouns import MeanElements, Platform
from gpm_assets.constellation.sun import mean_sun


def _elements(
    since: str,
    epoch: tuple[int, float],
    angles_deg: tuple[float, float, float, float],
    eccentricity: float,
    motion: tuple[float, int],
    altitude_km: float,
) -> MeanElements:
    """As two-line elements give them.

    `epoch` is year and day of the year, `angles_deg` inclination, node, perigee and mean anomaly, `motion` revolutions a day and
    the number of the revolution.
    """
    year, day = epoch
    moment = np.datetime64(f"{year}-01-01", "ms") + np.timedelta64(round((day - 1) * 86_400_000), "ms")
    return MeanElements(date.fromisoformat(since), moment, *angles_deg, eccentricity, *motion, altitude_km)


def _circular(
    since: str, equator: tuple[str, float], inclination_deg: float, motion: tuple[float, int], altitude_km: float
) -> MeanElements:
    """A circular orbit that crosses the equator northwards at a UTC time and mean local time (hours), in that revolution."""
    epoch = np.datetime64(equator[0], "ms")
    node = np.rad2deg(mean_sun(np.atleast_1d(epoch))[0]) + (equator[1] - 12.0) * 15.0
    angles = (inclination_deg, float(node % 360.0), 0.0, 0.0)
    return MeanElements(date.fromisoformat(since), epoch, *angles, 1e-4, *motion, altitude_km)


def _hours(*table: tuple[str, float]) -> tuple[tuple[np.datetime64, float], ...]:
    return tuple((np.datetime64(when, "ms"), hours) for when, hours in table)


def _drifting(first: tuple[str, float], year: int, hours: tuple[float, ...]) -> tuple[tuple[np.datetime64, float], ...]:
    """Local times at the first granule and on every second 1 January from a year on."""
    return _hours(first, *((f"{year + 2 * number}-01-01", value) for number, value in enumerate(hours)))


PLATFORMS: dict[str, Platform] = {
    "GPM": Platform(
        39574,
        "GPM",
        (
            _elements(
                "2014-02-27", (2020, 312.76104295), (65.0076, 24.2122, 281.7979, 78.1951), 0.0010842, (15.55503858, 38033), 407.0
            ),
            _elements(
                "2023-11-08",
                (2026, 183.29418786),
                (64.9712, 257.5214, 257.7133, 102.2747),
                0.0011264,
                (15.44885986, 70014),
                438.0,
            ),
        ),
        _hours(("2014-03-04T18:22:39", 16.0287)),
        yaws=True,
    ),
    "TRMM": Platform(
        25063,
        "TRMM",
        (
            _circular("1997-11-27", ("1997-12-08T00:20:07.775", 17.6558), 34.96, (15.7366, 160), 352.0),
            _elements(
                "2001-08-24", (2014, 19.20201339), (34.9581, 45.8134, 237.4452, 186.7319), 0.0000983, (15.55796725, 92147), 404.0
            ),
        ),
        nominal=1,
        yaws=True,
    ),
    "GCOMW1": Platform(
        38337,
        "GCOMW-1",
        (
            _elements(
                "2012-05-17", (2024, 117.59466874), (98.2005, 58.4072, 89.8752, 83.0178), 0.0001734, (14.57143724, 63521), 706.0
            ),
        ),
        _hours(("2012-07-02", 13.52)),
    ),
    "AQUA": Platform(
        27424,
        "AQUA",
        (_circular("2002-05-04", ("2002-06-01", 13.58), 98.2, (14.5711, 402), 706.0),),
    ),
    "F15": Platform(
        25991,
        "DMSP-F15",
        (_circular("1999-12-12", ("2000-02-23", 21.2), 98.9, (14.13, 1031), 853.0),),
    ),
    "F16": Platform(
        28054,
        "DMSP-F16",
        (
            _elements(
                "2003-10-18", (2024, 169.92781536), (99.0199, 176.403, 55.9567, 4.7973), 0.0008260, (14.14038707, 106640), 850.0
            ),
        ),
        _drifting(("2005-11-20", 20.22), 2008, (19.61, 18.66, 17.54, 16.54, 15.89, 15.69, 15.97, 16.69, 17.72, 18.83, 19.73)),
    ),
    "F17": Platform(
        29522,
        "DMSP-F17",
        (
            _elements(
                "2006-11-04", (2024, 169.96455616), (98.7431, 180.5248, 344.559, 15.5285), 0.0009725, (14.14489118, 90930), 848.0
            ),
        ),
        _drifting(("2008-03-19", 17.49), 2010, (17.59, 17.83, 18.16, 18.47, 18.68, 18.74, 18.61, 18.33, 17.99, 17.65)),
    ),
    "F18": Platform(
        35951,
        "DMSP-F18",
        (
            _elements(
                "2009-10-18",
                (2024, 169.90066725),
                (98.8134, 145.2407, 158.8452, 201.3197),
                0.0011446,
                (14.14139653, 75648),
                849.0,
            ),
        ),
        _drifting(("2010-03-08", 19.99), 2012, (20.03, 19.65, 18.89, 17.89, 16.92, 16.22, 15.91, 16.06, 16.63)),
    ),
    "F19": Platform(
        39630,
        "DMSP-F19",
        (_circular("2014-04-03", ("2014-12-18", 18.55), 98.9, (14.13, 3660), 853.0),),
    ),
    "NPP": Platform(
        37849,
        "NOAA-NPP",
        (
            _elements(
                "2011-10-28", (2024, 169.88817085), (98.7222, 107.8581, 80.2824, 279.8421), 0.0000609, (14.19583987, 65497), 831.0
            ),
        ),
        _hours(("2011-11-08", 13.42)),
    ),
    "NOAA20": Platform(
        43013,
        "NOAA-20",
        (
            _elements(
                "2017-11-18", (2024, 169.90584172), (98.7065, 107.8155, 138.696, 221.4288), 0.0000956, (14.19597428, 34100), 831.0
            ),
        ),
        _hours(("2017-11-29", 13.42)),
    ),
    "NOAA21": Platform(
        54234,
        "NOAA-21",
        (
            _elements(
                "2022-11-10", (2024, 169.87056381), (98.7518, 107.7563, 107.8423, 252.2945), 0.0001752, (14.19527293, 8307), 831.0
            ),
        ),
        _hours(("2023-05-17", 13.4)),
    ),
    "NOAA18": Platform(
        28654,
        "NOAA-18",
        (
            _elements(
                "2005-05-20", (2024, 169.91608596), (98.8743, 246.8749, 64.12, 296.1532), 0.0015146, (14.13233021, 98426), 853.0
            ),
        ),
        _drifting(("2005-05-25", 14.0), 2008, (14.00, 14.38, 15.17, 16.45, 18.14, 19.89, 21.27)),
    ),
    "NOAA19": Platform(
        33591,
        "NOAA-19",
        (
            _elements(
                "2009-02-06", (2024, 169.86755025), (99.0469, 225.674, 291.7508, 68.2307), 0.0012750, (14.13028542, 79233), 853.0
            ),
        ),
        _drifting(("2009-02-12", 13.99), 2012, (13.96, 14.29, 15.01, 16.20, 17.84, 19.59, 21.01, 22.05)),
    ),
    "METOPA": Platform(
        29499,
        "METOP-A",
        (
            _elements(
                "2006-10-19",
                (2011, 254.96536486),
                (98.6804, 312.6735, 111.9178, 248.2152),
                0.0001758,
                (14.21501774, 25405),
                825.0,
            ),
        ),
        _hours(("2006-11-23", 21.49), ("2017-01-01", 21.47), ("2020-07-01", 20.72)),
    ),
    "METOPB": Platform(
        38771,
        "METOP-B",
        (
            _elements(
                "2012-09-17", (2024, 169.87696835), (98.6271, 227.0854, 74.4617, 285.6738), 0.0001606, (14.21554232, 60965), 824.0
            ),
        ),
        _hours(("2012-09-25", 21.49)),
    ),
    "METOPC": Platform(
        43689,
        "METOP-C",
        (
            _elements(
                "2018-11-07", (2024, 169.91556426), (98.7233, 229.1839, 90.8753, 269.2787), 0.0003163, (14.21475293, 29122), 825.0
            ),
        ),
        _hours(("2018-11-16", 21.48)),
    ),
    "MT1": Platform(
        37838,
        "MEGHA-TROPIQUES",
        (_circular("2011-10-12", ("2011-10-13T04:37:40.374", 2.5809), 20.0, (14.08, 14), 868.0),),
    ),
}
