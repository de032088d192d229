"""The instrument table: one row a sensor. Adding a sensor is adding a row.

Sources: lives from gpm_api's product catalogue (NOAA19: until it was switched off); calibration tokens, tables and standards from
the headers of real V07 granules, tokens of earlier versions from the names of real files.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from gpm_assets.constellation.nouns import (
    GMI_SCAN_SPACING_KM,
    Channel,
    Instrument,
    MeanElements,
    Radiometer,
    SwathGroup,
)
from gpm_assets.constellation.platforms import PLATFORMS
from gpm_assets.constellation.radiometers import AMSR2, AMSRE, ATMS, GMI, MHS, SAPHIR, SSMI, SSMIS, TMI
from gpm_assets.errors import RequestError

__all__ = [
    "GMI_SCAN_SPACING_KM",
    "INSTRUMENTS",
    "REFERENCE",
    "Channel",
    "Instrument",
    "MeanElements",
    "SwathGroup",
    "instrument",
    "living",
    "row",
]


def row(
    radiometer: Radiometer,
    platform: str,
    life: tuple[date, date | None],
    algorithm: str,
    *,
    table_algorithm: str = "",
    early_algorithm: str = "",
    standard: str = "GPM GMI V05 Tb",
) -> Instrument:
    """The row of a radiometer on a platform of the platform table, alive from its first day to its last (None: today).

    `algorithm` is the intercalibration in the names of its files, `table_algorithm` that of the calibration table where it is an
    older one, `early_algorithm` the one in the names of V05 where it was another.
    """
    kind = {field.name: getattr(radiometer, field.name) for field in fields(Radiometer)}
    flies = PLATFORMS[platform]
    return Instrument(
        **kind,
        platform=platform,
        spacecraft=flies,
        first_day=life[0],
        last_day=life[1],
        algorithm=algorithm,
        early_algorithm=early_algorithm or algorithm,
        calibration_table=f"1C.{flies.spelled}.{radiometer.sensor}.{table_algorithm or algorithm}.tbl",
        calibration_standard=standard,
    )


_ROWS = (
    row(GMI, "GPM", (date(2014, 3, 4), None), "XCAL2016-C"),
    row(SSMIS, "F16", (date(2005, 11, 20), None), "XCAL2021-V", early_algorithm="XCAL2016-V"),
    row(SSMIS, "F17", (date(2008, 3, 19), None), "XCAL2021-V", early_algorithm="XCAL2016-V"),
    row(SSMIS, "F18", (date(2010, 3, 8), None), "XCAL2021-V", early_algorithm="XCAL2016-V"),
    row(SSMIS, "F19", (date(2014, 12, 18), date(2016, 2, 11)), "XCAL2021-V", early_algorithm="XCAL2016-V"),
    row(AMSR2, "GCOMW1", (date(2012, 7, 2), None), "XCAL2016-V"),
    row(AMSRE, "AQUA", (date(2002, 6, 1), date(2011, 10, 4)), "XCAL2017-V"),
    row(ATMS, "NPP", (date(2011, 11, 8), None), "XCAL2019-V"),
    row(ATMS, "NOAA20", (date(2017, 11, 29), None), "XCAL2019-V", table_algorithm="XCAL2018-V"),
    row(ATMS, "NOAA21", (date(2023, 5, 17), None), "XCAL2023-V", standard="GPM GMI V07 Tb"),
    row(MHS, "NOAA18", (date(2005, 5, 25), date(2018, 10, 20)), "XCAL2016-V"),
    row(MHS, "NOAA19", (date(2009, 2, 12), date(2025, 8, 13)), "XCAL2021-V", early_algorithm="XCAL2016-V"),
    row(MHS, "METOPA", (date(2006, 11, 23), date(2019, 12, 23)), "XCAL2021-V", table_algorithm="XCAL2016-V"),
    row(MHS, "METOPB", (date(2012, 9, 25), None), "XCAL2016-V"),
    row(MHS, "METOPC", (date(2018, 11, 16), None), "XCAL2019-V"),
    row(SAPHIR, "MT1", (date(2011, 10, 13), date(2022, 1, 1)), "XCAL2016-V"),
    row(TMI, "TRMM", (date(1997, 12, 7), date(2015, 4, 8)), "XCAL2021-V", early_algorithm="XCAL2017-C"),
    row(SSMI, "F15", (date(2000, 2, 23), date(2006, 8, 14)), "XCAL2018-V"),
)

INSTRUMENTS: dict[str, Instrument] = {row.name: row for row in _ROWS}
"""Every known sensor by its name."""

REFERENCE = "GPM_GMI"
"""The sensor whose domain everything is translated into."""


def instrument(name: str) -> Instrument:
    """The row of a sensor; raises RequestError that names the known ones."""
    try:
        return INSTRUMENTS[name]
    except KeyError:
        raise RequestError(f"unknown sensor {name!r}; known sensors are {', '.join(INSTRUMENTS)}") from None


def living(month: str) -> tuple[str, ...]:
    """Names of the sensors that deliver data in the month `YYYY-MM`."""
    return tuple(name for name, row in INSTRUMENTS.items() if row.alive(month))
