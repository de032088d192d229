"""Partitions: sensor, month, and the two crossed; keys that the UI, the schedule and the archive share."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import dagster as dg

from gpm_assets.constellation.instruments import INSTRUMENTS

# Mappings of multi-dimensional partitions are beta in Dagster 1.13; month x sensor rests on them, and the version is pinned.
warnings.filterwarnings("ignore", message=".*PartitionMapping.*", category=dg.BetaWarning)

FIRST_MONTH = "1997-12"
"""TMI's first granules; assets that need GMI skip with a reason before 2014-03."""

sensor_partitions = dg.StaticPartitionsDefinition(list(INSTRUMENTS))
month_partitions = dg.MonthlyPartitionsDefinition(start_date=FIRST_MONTH, fmt="%Y-%m", timezone="UTC")
sensor_month_partitions = dg.MultiPartitionsDefinition({"month": month_partitions, "sensor": sensor_partitions})

by_sensor = dg.MultiToSingleDimensionPartitionMapping("sensor")
by_month = dg.MultiToSingleDimensionPartitionMapping("month")


def sensor_month(key: str) -> tuple[str, str]:
    """Sensor and month of a partition key of `sensor_month_partitions` (`2018-07|F16_SSMIS`)."""
    month, sensor = key.split("|")
    return sensor, month


def sensor_month_key(sensor: str, month: str) -> dg.MultiPartitionKey:
    """The partition key of a sensor's month."""
    return dg.MultiPartitionKey({"month": month, "sensor": sensor})


def closed_month(now: datetime | None = None) -> str:
    """The last month that has ended, `YYYY-MM` in UTC."""
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    year, month = (moment.year, moment.month - 1) if moment.month > 1 else (moment.year - 1, 12)
    return f"{year:04d}-{month:02d}"
