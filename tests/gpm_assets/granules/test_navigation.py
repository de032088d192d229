from datetime import datetime

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import propagate
from gpm_assets.granules.navigation import ScanStatus, ascending_node

START = np.datetime64("2020-01-15T12:00", "ms")


def track(latitude, longitude):
    scans = len(latitude)
    where = (np.array(latitude, float), np.array(longitude, float))
    return ScanStatus(*where, np.full(scans, 407.0), np.zeros(scans, np.int16)), START + np.arange(scans) * np.timedelta64(2, "s")


def test_the_node_lies_between_two_scans_and_across_the_date_line():
    node = ascending_node(*track([-0.3, -0.1, 0.3], [179.0, 179.8, -179.4]))
    assert node.longitude == pytest.approx(180.0 - 0.0, abs=1e-9) or node.longitude == pytest.approx(-180.0, abs=1e-9)
    assert node.time == datetime(2020, 1, 15, 12, 0, 2, 500_000)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ([0.3, -0.1, -0.3], [0, 0, 0]),
        ([-3.0, -2.0, -1.0], [0, 0, 0]),
        ([-0.3, np.nan, 0.3], [0, 0, 0]),
        ([-0.1, 0.1], [np.nan, 0]),
    ],
)
def test_there_is_no_node_southwards_or_in_a_gap(latitude, longitude):
    assert ascending_node(*track(latitude, longitude)) is None


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS", "TRMM_TMI"])
def test_node_of_an_orbit_is_that_of_a_finer_track(sensor):
    row = INSTRUMENTS[sensor]
    time = START + np.arange(0, 6_200_000, round(row.scan_period_s * 1000)).astype("timedelta64[ms]")
    where = propagate(row, time)
    status = ScanStatus(where.latitude, where.longitude, where.altitude, np.zeros(len(time), np.int16))
    node = ascending_node(status, time)
    at = np.datetime64(node.time, "ms") + np.arange(-1000, 1001).astype("timedelta64[ms]")
    fine = propagate(row, at)
    nearest = np.abs(fine.latitude).argmin()
    assert abs(nearest - 1000) <= 2
    assert fine.latitude[-1] > fine.latitude[0]
    assert abs((fine.longitude[nearest] - node.longitude + 180) % 360 - 180) < 1e-3


def test_every_nth_scan():
    status, _ = track([0, 1, 2, 3, 4], [5, 6, 7, 8, 9])
    half = status.every(2)
    assert half.latitude.tolist() == [0, 2, 4]
    assert half.lengths == {3}
    assert status.lengths == {5}
