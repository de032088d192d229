import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpm_assets.collocation import calendar
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.geography import zones

MINUTES = st.integers(0, 40 * 366 * 1440 // 10)
"""Ten-minute steps from 1997-12 on, forty years."""


def times(steps) -> np.ndarray:
    return np.datetime64("1997-12-01", "m") + 10 * np.asarray(steps).astype("timedelta64[m]")


@given(st.lists(MINUTES, min_size=1, max_size=50))
def test_no_month_lies_in_two_splits(steps):
    time = times(steps)
    for month, split in zip(time.astype("datetime64[M]"), calendar.splits(time), strict=True):
        assert split in (calendar.month_split(str(month)), "guard")


def test_three_days_lie_between_splits():
    time = np.arange("1997-12-01", "2030-01-01", np.timedelta64(6, "h"), dtype="datetime64[h]")
    split = calendar.splits(time)
    time, split = time[split != "guard"], split[split != "guard"]
    changes = np.flatnonzero(split[1:] != split[:-1])
    assert len(changes) > 200
    assert np.diff(time)[changes].min() > np.timedelta64(72, "h")


@given(MINUTES)
def test_only_first_days_of_a_month_are_guarded(step):
    time = times([step])
    split = str(calendar.splits(time)[0])
    day = (time.astype("datetime64[D]") - time.astype("datetime64[M]").astype("datetime64[D]")).astype(int)[0]
    if day >= 3:
        assert split == calendar.month_split(str(time.astype("datetime64[M]")[0]))


def test_the_test_year_is_never_learnt_from():
    days = np.arange("2019-01-01", "2020-01-01", dtype="datetime64[D]")
    assert set(calendar.splits(days)) == {"test", "guard"}
    assert np.count_nonzero(calendar.splits(days) == "guard") == 3  # after December 2018
    around = np.arange("2017-01-01", "2022-01-01", dtype="datetime64[D]")
    assert not np.any((calendar.splits(around) == "test") & (around.astype("datetime64[Y]") != np.datetime64("2019")))


def test_every_season_validates_and_most_months_train():
    days = np.arange("2017-01-01", "2018-01-01", dtype="datetime64[D]")
    split = calendar.splits(days)
    months = {int(month) % 12 + 1 for month in days[split == "validation"].astype("datetime64[M]").astype(int)}
    assert months == {2, 5, 8, 11}
    assert np.mean(split == "train") > 0.55


def test_a_time_that_is_missing_belongs_to_nobody():
    assert calendar.splits(np.array(["NaT", "2018-03-15"], "datetime64[ms]")).tolist() == ["guard", "train"]


def test_the_table_says_what_the_rules_are():
    rules = calendar.table()
    assert {calendar.month_split(month) for month in rules["test_period"]} == {"test"}
    assert {calendar.month_split(f"2017-{month:02d}") for month in rules["validation_months"]} == {"validation"}


@pytest.mark.parametrize("sensor", INSTRUMENTS)
def test_every_sensor_beside_gmi_has_test_months_in_its_life(sensor):
    row, gmi = INSTRUMENTS[sensor], INSTRUMENTS["GPM_GMI"]
    months = [f"{year}-{month:02d}" for year in range(2014, 2027) for month in range(1, 13)]
    alive = [month for month in months if row.alive(month) and gmi.alive(month)]
    if not alive:
        return  # AMSR-E and F15's SSMI never met GMI
    tested = [month for month in alive if calendar.month_split(month, sensor) == "test"]
    learnt = {calendar.month_split(month, sensor) for month in alive} - {"test"}
    assert len(tested) in (6, 12)
    seasons = [zones.SEASONS[zones.season(int(month[-2:]))] for month in tested]
    assert {seasons.count(one) for one in set(seasons)} == {3}, "whole seasons"
    assert learnt == {"train", "validation"}
