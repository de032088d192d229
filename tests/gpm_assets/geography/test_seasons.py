"""Sea ice and snow: areas against published extents, places one knows, the year's course."""

import numpy as np
import pytest

from gpm_assets.geography.land import land_fraction
from gpm_assets.geography.seasons import (
    ANTARCTIC_EXTENT,
    ARCTIC_EXTENT,
    SNOW_EXTENT,
    beyond_ice_edge,
    beyond_snow_line,
    beyond_summer_ice_edge,
    day_of_year,
)

ICE_SHELVES = 1.4
"""Millions of km2 of floating glaciers, which the land raster has as sea and the published extent of sea ice leaves out."""


@pytest.fixture(scope="module")
def globe():
    latitude, longitude = (part.ravel() for part in np.meshgrid(np.arange(-89.5, 90), np.arange(-179.5, 180), indexing="ij"))
    area = 111.2**2 * np.cos(np.deg2rad(latitude)) / 1e6
    return latitude, longitude, area, land_fraction(latitude, longitude)


def middle(month: int) -> float:
    return (month - 0.5) * 365.2425 / 12


@pytest.mark.parametrize("month", range(1, 13))
def test_areas_are_the_published_extents(globe, month):
    latitude, longitude, area, land = globe
    day = np.full(latitude.shape, middle(month))
    ice, snow = beyond_ice_edge(latitude, longitude, day) > 0, beyond_snow_line(latitude, longitude, day) > 0
    north = latitude > 0
    assert np.sum((area * (1 - land))[ice & north]) == pytest.approx(ARCTIC_EXTENT[month - 1], rel=0.12)
    antarctic = np.sum((area * (1 - land))[ice & ~north]) - ICE_SHELVES
    assert antarctic == pytest.approx(ANTARCTIC_EXTENT[month - 1], rel=0.15)
    assert np.sum((area * land)[snow & north]) == pytest.approx(SNOW_EXTENT[month - 1], rel=0.05, abs=0.3)


PLACES = {  # latitude, longitude, ice in March, ice in September
    "North Pole": (90, 0, True, True),
    "Barents Sea": (72, 30, False, False),
    "Hudson Bay": (58, -86, True, False),
    "Gulf of Bothnia": (64.5, 22.5, True, False),
    "North Sea": (56, 3, False, False),
    "Okhotsk": (55, 148, True, False),
    "Weddell Sea": (-72, -45, True, True),
    "Ross Sea": (-74, -178, False, True),
    "off Dronning Maud Land": (-60, 0, False, True),
    "Cape Horn": (-57, -67, False, False),
    "tropics": (0, -150, False, False),
}


@pytest.mark.parametrize("place", PLACES)
def test_ice_at_places_one_knows(place):
    latitude, longitude, march, september = PLACES[place]
    where = np.array([float(latitude)]), np.array([float(longitude)])
    assert (beyond_ice_edge(*where, np.array([middle(3)]))[0] > 0) == march
    assert (beyond_ice_edge(*where, np.array([middle(9)]))[0] > 0) == september
    if not (march and september):
        assert beyond_summer_ice_edge(*where)[0] < 0.5


def test_snow_comes_and_goes_and_ice_caps_stay():
    latitude, longitude = np.array([60.0, 48.0, 51.0, 70.0, -75.0, -30.0]), np.array([100.0, -97.0, -1.0, -40.0, 60.0, 25.0])
    winter, summer = (beyond_snow_line(latitude, longitude, np.full(6, middle(month))) > 0 for month in (1, 7))
    np.testing.assert_array_equal(winter, [True, True, False, True, True, False])
    np.testing.assert_array_equal(summer, [False, False, False, True, True, False])


def test_smooth_through_the_year_and_across_the_dateline():
    days = np.linspace(0, 365.2425, 2000)
    for edge in (beyond_ice_edge, beyond_snow_line):
        through = edge(np.full(2000, 68.0), np.full(2000, -170.0), days)
        assert np.abs(np.diff(through)).max() < 0.2
        assert through[0] == pytest.approx(through[-1], abs=0.01)
    west, east = (beyond_ice_edge(np.array([70.0]), np.array([lon]), np.array([60.0])) for lon in (179.99, -179.99))
    assert west == pytest.approx(east, abs=0.01)


def test_days():
    assert day_of_year(0.0) == 0
    assert day_of_year(24 * 366) == pytest.approx(0.76, abs=0.01)
