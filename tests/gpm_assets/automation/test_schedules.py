"""The monthly schedule: one run for every sensor that lived in the month that closed."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from gpm_assets.automation.schedules import monthly_products
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.definitions import defs
from gpm_assets.partitions import sensor_month_partitions


def requests(*moment: int) -> dict[str, dg.RunRequest]:
    """Run requests of the tick at a moment (UTC), by the sensor they are tagged with."""
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(*moment, tzinfo=UTC), repository_def=defs.get_repository_def()
    )
    found = monthly_products.evaluate_tick(context).run_requests
    return {request.tags["sensor"]: request for request in found}


@pytest.mark.parametrize(
    ("moment", "month"),
    [((2021, 2, 5, 6), "2021-01"), ((2014, 4, 5, 6), "2014-03"), ((2010, 1, 5, 6), "2009-12"), ((2025, 3, 5, 6), "2025-02")],
)
def test_a_tick_asks_for_every_living_sensor_and_no_other(moment, month):
    asked = requests(*moment)
    # spelt out from first and last day: the month begins before a life ends and ends after it begins
    alive = {
        name
        for name, row in INSTRUMENTS.items()
        if str(row.first_day)[:7] <= month and (row.last_day is None or month <= str(row.last_day)[:7])
    }
    assert set(asked) == alive
    for sensor, request in asked.items():
        assert request.partition_key == request.run_key == f"{month}|{sensor}"
        assert request.tags["month"] == month
        assert sensor_month_partitions.has_partition_key(request.partition_key)


def test_gmi_is_not_asked_for_before_its_launch():
    assert "GPM_GMI" not in requests(2010, 1, 5, 6)
    assert {"GPM_GMI", "F16_SSMIS"} <= set(requests(2021, 2, 5, 6))


def test_the_schedule_runs_on_the_fifth_when_somebody_switches_it_on():
    schedule = defs.get_repository_def().get_schedule_def("monthly_products")
    assert schedule.cron_schedule == "0 6 5 * *"
    assert schedule.execution_timezone == "UTC"
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    assert schedule.job_name == "monthly"
