from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from gpm_assets.collocation.tiles import SIZE, meeting_pixels, tiles
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors

PLACES = {
    "pole": lambda latitude, longitude: -latitude,
    "dateline": lambda latitude, longitude: 180 - np.abs(longitude) + np.abs(latitude) / 10,
}


def km(swath) -> np.ndarray:
    return EARTH_RADIUS_KM * unit_vectors(swath.latitude, swath.longitude)


def reached(one, other, window_s: float, reach_km: float) -> np.ndarray:
    """Pixels of one swath that have one of another near in space and time, found pixel by pixel."""
    found = np.zeros(one.shape, bool)
    here, there = km(one), km(other).reshape(-1, 3)
    known = np.flatnonzero(np.isfinite(there[:, 0]))
    tree = cKDTree(there[known])
    for pixel in zip(*np.nonzero(np.isfinite(here[..., 0])), strict=True):
        near_ones = known[tree.query_ball_point(here[pixel], reach_km)]
        lag = np.abs((other.time[near_ones // other.shape[1]] - one.time[pixel[0]]) / np.timedelta64(1, "s"))
        found[pixel] = np.any(lag <= window_s)
    return found


@pytest.fixture(scope="module", params=PLACES)
def swaths(request, orbit, crossing):
    """A conical and a cross-track sensor about a place, with holes."""
    made = []
    for sensor, count in (("F16_SSMIS", 60), ("NOAA20_ATMS", 50)):
        start = crossing(sensor, PLACES[request.param]) - np.timedelta64(50, "s")
        swath = orbit(sensor, count, start)[-1]
        latitude = swath.latitude.copy()
        latitude[20:30, 10:40] = np.nan
        latitude[47] = np.nan
        made.append(replace(swath, latitude=latitude, time=np.datetime64("2020-01-01", "ms") + (swath.time - swath.time[0])))
    return made


@pytest.mark.parametrize("window_s", [30.0, 900.0])
@pytest.mark.parametrize("turned", [False, True])
def test_no_pixel_that_has_a_counterpart_is_left_out(swaths, window_s, turned):
    one, other = swaths[::-1] if turned else swaths
    since = one.time[0]
    mine, theirs = meeting_pixels(one, other, since, window_s, 10.0)
    assert not np.any(reached(one, other, window_s, 10.0) & ~mine)
    assert not np.any(reached(other, one, window_s, 10.0) & ~theirs)


@pytest.mark.parametrize("width", [SIZE, 0])
def test_every_pixel_lies_in_the_sphere_and_the_time_of_its_tile(swaths, width):
    for swath in swaths:
        wide = width or swath.shape[1]
        found = tiles(swath, swath.time[0], width=wide)
        columns = -(-swath.shape[1] // wide)
        scan, pixel = np.nonzero(np.isfinite(swath.latitude))
        number = {int(tile): place for place, tile in enumerate(found.number)}
        tile = np.array([number[int(n)] for n in scan // SIZE * columns + pixel // wide])
        assert np.all(np.linalg.norm(km(swath)[scan, pixel] - found.centre[tile], axis=-1) <= found.radius_km[tile])
        seconds = (swath.time[scan] - swath.time[0]) / np.timedelta64(1, "s")
        assert np.all(np.abs(seconds - found.time_s[tile]) <= found.half_s[tile] + 1e-6)


def test_far_in_space_or_time_nothing_is_left(swaths):
    one, other = swaths
    since = one.time[0]
    south = replace(other, latitude=-other.latitude)
    later = replace(other, time=other.time + np.timedelta64(2, "h"))
    nowhere = replace(other, latitude=np.full_like(other.latitude, np.nan))
    nowhen = replace(other, time=np.full_like(other.time, np.datetime64("NaT")))
    for gone in (later, nowhere, nowhen, *([south] if np.nanmin(np.abs(other.latitude)) > 40 else [])):
        assert not any(mask.any() for mask in meeting_pixels(one, gone, since, 900, 10))


def test_tiles_leave_most_of_an_orbit_out(orbit):
    gmi, partner = orbit("GPM_GMI", 1500)[0], orbit("F16_SSMIS", 1500)[-1]
    chosen = meeting_pixels(gmi, partner, gmi.time[0], 900, 7.5)
    assert all(mask.mean() < 0.4 for mask in chosen)
