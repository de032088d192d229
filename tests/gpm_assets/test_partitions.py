"""Keys that the UI, the schedule and the archive share, and what a partition depends on."""

from datetime import UTC, datetime, timedelta, timezone

import dagster as dg
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.definitions import defs
from gpm_assets.partitions import (
    closed_month,
    month_partitions,
    sensor_month,
    sensor_month_key,
    sensor_month_partitions,
    sensor_partitions,
)

NOW = datetime(2021, 2, 5, 6, tzinfo=UTC)


def test_a_key_names_month_and_sensor():
    key = sensor_month_key("F16_SSMIS", "2018-07")
    assert str(key) == "2018-07|F16_SSMIS"
    assert sensor_month(str(key)) == ("F16_SSMIS", "2018-07")
    assert sensor_month_partitions.has_partition_key(key)


def test_every_sensor_has_every_month_since_tmi():
    months = month_partitions.get_partition_keys(current_time=NOW)
    assert (months[0], months[-1]) == ("1997-12", "2021-01")
    assert sensor_partitions.get_partition_keys() == list(INSTRUMENTS)
    assert len(sensor_month_partitions.get_partition_keys(current_time=NOW)) == len(months) * len(INSTRUMENTS)


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2021, 2, 5, 6, tzinfo=UTC), "2021-01"),
        (datetime(2021, 1, 1, tzinfo=UTC), "2020-12"),
        (datetime(2021, 3, 31, 23, 59, tzinfo=UTC), "2021-02"),
        (datetime(2021, 3, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2021-01"),
    ],
)
def test_the_closed_month_is_the_last_one_that_ended_in_utc(now, month):
    assert closed_month(now) == month


def parents(asset: str, partition: str, upstream: str) -> set[str]:
    """Partitions of an upstream asset that one partition of an asset is made from."""
    graph = defs.resolve_asset_graph()
    child, parent = (graph.get(dg.AssetKey(name)) for name in (asset, upstream))
    mapping = graph.get_partition_mapping(child.key, parent.key)
    result = mapping.get_upstream_mapped_partitions_result_for_partitions(
        child.partitions_def.subset_with_partition_keys([partition]),
        child.partitions_def,
        parent.partitions_def,
        current_time=NOW,
    )
    return set(result.partitions_subset.get_partition_keys())


def test_a_sensors_month_depends_on_its_own_month_sensor_or_both():
    key = "2019-07|F16_SSMIS"
    assert parents("swaths", key, "level1c_granules") == {key}
    assert parents("precipitation", key, "translator_champion") == {"F16_SSMIS"}
    assert parents("retrieval_scores", key, "gmi_radar_matches") == {"2019-07"}
    assert parents("retrieval_scores", key, "cyclegan_translator") == {"F16_SSMIS"}


def test_a_sensors_training_set_depends_on_all_its_months_and_a_months_matches_on_its_swaths():
    months = {f"{month}|F16_SSMIS" for month in month_partitions.get_partition_keys(current_time=NOW)}
    assert parents("translation_training_set", "F16_SSMIS", "gmi_overlaps") == months
    assert "2018-07|GPM_GMI" in parents("gmi_radar_matches", "2018-07", "swaths")
    assert parents("gmi_radar_matches", "2018-07", "radar_granules") == {"2018-07"}
