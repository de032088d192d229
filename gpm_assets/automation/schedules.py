"""The monthly schedule: on the fifth of a month, every living sensor's month that has just closed, from granules to rain."""

from collections.abc import Iterator

import dagster as dg

from gpm_assets.automation.jobs import monthly
from gpm_assets.constellation.instruments import living
from gpm_assets.partitions import closed_month, sensor_month_key


@dg.schedule(
    name="monthly_products",
    job=monthly,
    cron_schedule="0 6 5 * *",
    execution_timezone="UTC",
    description=__doc__,
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def monthly_products(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """One run a living sensor."""
    month = closed_month(context.scheduled_execution_time)
    for sensor in living(month):
        key = sensor_month_key(sensor, month)
        yield dg.RunRequest(run_key=str(key), partition_key=key, tags={"sensor": sensor, "month": month})
