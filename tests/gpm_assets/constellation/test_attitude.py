import numpy as np
import pytest

from gpm_assets.constellation.attitude import beta_angle, orientation
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import southernmost_times

DAY = np.timedelta64(1, "D")


@pytest.mark.parametrize(
    ("sensor", "time", "beta"),
    [
        ("GPM_GMI", "2014-03-04T18:22:39", 45.476),
        ("TRMM_TMI", "1997-12-08T00:20:07", 12.248),
        ("MT1_SAPHIR", "2011-10-13T04:37:40", -20.461),
        ("F18_SSMIS", "2010-03-08T00:57:47", 62.814),
        ("GCOMW1_AMSR2", "2012-07-02T22:56:02", 16.386),
        ("METOPB_MHS", "2012-09-25T07:56:15", 35.327),
        ("NPP_ATMS", "2011-11-08T20:29:34", 26.744),
    ],
)
def test_beta_angles_are_those_in_the_headers_of_real_granules(sensor, time, beta):
    moment = np.array([time], "datetime64[ms]")
    assert beta_angle(INSTRUMENTS[sensor], moment)[0] == pytest.approx(beta, abs=0.3)


@pytest.mark.parametrize(("sensor", "time"), [("GPM_GMI", "2014-03-04T18:00"), ("TRMM_TMI", "1997-12-08T00:00")])
def test_first_granules_look_forwards(sensor, time):
    assert orientation(INSTRUMENTS[sensor], np.array([time], "datetime64[ms]")).tolist() == [0]


@pytest.mark.parametrize(
    ("sensor", "year", "shortest", "longest", "mean"),
    [("GPM_GMI", "2018", 33, 48, 41), ("GPM_GMI", "2025", 33, 48, 41), ("TRMM_TMI", "2005", 13, 35, 23.5)],
)
def test_turns_come_at_the_real_pace(sensor, year, shortest, longest, mean):
    time = np.arange(f"{year}-01-01", f"{int(year) + 1}-01-01", dtype="datetime64[h]").astype("datetime64[ms]")
    yaw = orientation(INSTRUMENTS[sensor], time)
    assert set(yaw.tolist()) == {0, 180}
    apart = np.diff(np.flatnonzero(np.diff(yaw))) / 24
    assert shortest < apart.min() <= apart.max() < longest
    assert apart.mean() == pytest.approx(mean, abs=1.5)


def test_turns_fall_between_granules():
    row = INSTRUMENTS["GPM_GMI"]
    cuts = southernmost_times(row, np.datetime64("2018-01-01", "ms"), np.datetime64("2018-12-31", "ms"))
    begin, end = (
        orientation(row, cuts[at] + np.timedelta64(shift, "ms")) for at, shift in ((slice(-1), 0), (slice(1, None), -1))
    )
    assert np.array_equal(begin, end)
    assert np.count_nonzero(np.diff(begin)) == 9


def test_others_never_turn():
    time = np.datetime64("2019-01-01", "ms") + 5 * DAY * np.arange(73)
    for row in INSTRUMENTS.values():
        if row.platform not in ("GPM", "TRMM"):
            assert not orientation(row, time).any()
