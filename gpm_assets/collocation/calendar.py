"""The one calendar of everything learned: which time trains, validates or tests.

Validation is the last month of every season, test the whole of the sensor's test period; the first three days of a month whose
predecessor belongs to another split are nobody's, so that weather does not reach from one split into the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VALIDATION_MONTHS = (2, 5, 8, 11)
TEST_PERIOD = ("2019-01", "2019-12")
"""First and last month, every season in it, as LATMOS has it."""
TEST_PERIODS: dict[str, tuple[str, str]] = {
    "TRMM_TMI": ("2014-09", "2015-02"),  # thirteen months beside GMI: autumn and winter
    "F19_SSMIS": ("2015-06", "2015-11"),  # fourteen months in all: summer and autumn
    "NOAA18_MHS": ("2017-09", "2018-08"),
    "NOAA21_ATMS": ("2024-12", "2025-11"),
}
"""Sensors that did not live in 2019: their last whole seasons, or a year where they still fly. GMI keeps 2019: whoever judges
these sensors trains DRAIN without their months (`[training] months`), and the check of the training set insists on it."""
GUARD_DAYS = 3


def month_split(month: str, sensor: str = "") -> str:
    """Split of the month `YYYY-MM`: `train`, `validation` or `test`."""
    first, last = TEST_PERIODS.get(sensor, TEST_PERIOD)
    if first <= month <= last:
        return "test"
    return "validation" if int(month[-2:]) in VALIDATION_MONTHS else "train"


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
        "test_period": list(TEST_PERIODS.get(sensor, TEST_PERIOD)),
        "validation_months": list(VALIDATION_MONTHS),
        "guard_days": GUARD_DAYS,
    }
