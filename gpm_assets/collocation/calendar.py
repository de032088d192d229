"""The one calendar of everything learned: which time trains, validates or tests.

Validation is the middle month of every season, test the whole of the sensor's test year; the first three days of a month whose
predecessor belongs to another split are nobody's, so that weather does not reach from one split into the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VALIDATION_MONTHS = (2, 5, 8, 11)
TEST_YEAR = 2019
"""As LATMOS has it."""
TEST_YEARS: dict[str, int] = {}
"""Sensors that did not deliver the whole of 2019: their last whole year."""
GUARD_DAYS = 3


def month_split(month: str, sensor: str = "") -> str:
    """Split of the month `YYYY-MM`: `train`, `validation` or `test`."""
    year, number = (int(part) for part in month.split("-"))
    if year == TEST_YEARS.get(sensor, TEST_YEAR):
        return "test"
    return "validation" if number in VALIDATION_MONTHS else "train"


def splits(time: NDArray[np.datetime64], sensor: str = "") -> NDArray[np.str_]:
    """Split of every time (n,): `train`, `validation`, `test`, or `guard` for nobody."""
    month = time.astype("datetime64[M]")
    day = (time.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)
    found = np.full(time.shape, "guard", "U10")
    for one in np.unique(month[~np.isnat(month)]):
        split = month_split(str(one), sensor)
        changed = month_split(str(one - 1), sensor) != split
        found[(month == one) & ~(changed & (day < GUARD_DAYS))] = split
    return found


def table(sensor: str = "") -> dict[str, object]:
    """The rules as data, to be written beside everything that was learned with them."""
    return {
        "test_year": TEST_YEARS.get(sensor, TEST_YEAR),
        "validation_months": list(VALIDATION_MONTHS),
        "guard_days": GUARD_DAYS,
    }
