"""Time marks: round times, in order, at the scans that were made then, whatever is missing."""

from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.evaluation.figures.world import MOST_MARKS, time_marks


@pytest.fixture(scope="module")
def swath(orbit):
    return orbit("GPM_GMI", 1000)[0]


@pytest.mark.parametrize("scans", [40, 160, 1000])
def test_marks_are_round_minutes_and_not_too_many(swath, scans):
    marks = time_marks(swath.rows(slice(scans)))
    assert 1 <= len(marks) <= MOST_MARKS + 1
    assert [x for x, _ in marks] == sorted(x for x, _ in marks)
    for x, label in marks:
        moment = swath.time[int(x * scans)]
        minute = np.datetime64(f"{str(moment)[:10]}T{label[:5]}", "ms")
        assert np.timedelta64(0, "ms") <= moment - minute < np.timedelta64(1876, "ms")  # the first scan at or after it


def test_missing_times_move_no_mark_and_missing_positions_are_said(swath):
    time, latitude = swath.time.copy(), swath.latitude.copy()
    time[1::3] = np.datetime64("NaT")
    latitude[500:] = np.nan
    marks = time_marks(replace(swath, time=time, latitude=latitude))
    whole = time_marks(swath)
    assert [label[:5] for _, label in marks] == [label[:5] for _, label in whole]
    assert [x for x, _ in marks] == pytest.approx([x for x, _ in whole], abs=0.0021)
    assert ["no position" in label for _, label in marks] == [x >= 0.5 for x, _ in marks]


def test_no_times_no_marks(swath):
    assert time_marks(replace(swath, time=np.full(1000, np.datetime64("NaT", "ms")))) == []
