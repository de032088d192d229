"""The raster of the ground from an image: lakes, deserts and what lies under snow."""

import numpy as np
import pytest

from gpm_assets.geography.generate_ground import ground_percent
from gpm_assets.geography.land import inland_water, land_fraction


@pytest.fixture(scope="module")
def found():
    """A green Earth with a lake in Kansas (38.5 N, 98.5 W), desert south of 25 N in Africa, snow on Siberia."""
    image = np.empty((2700, 5400, 3), np.uint8)
    image[:] = (20, 32, 8)
    rows, columns = (90 - np.arange(2700) / 15), (np.arange(5400) / 15 - 180)
    north, east = rows[:, None], columns[None, :]
    image[(north > 38) & (north < 39) & (east > -99) & (east < -98)] = (0, 2, 6)
    image[(north < 25) & (north > 0) & (east > 0) & (east < 30)] = (180, 150, 115)
    image[(north > 60) & (east > 60)] = (250, 250, 250)
    return ground_percent(image)


def test_layout(found):
    assert found["water"].shape == (720, 1440)
    assert found["bare"].shape == (360, 720)
    assert found["water"].dtype == found["bare"].dtype == np.uint8


def test_a_lake_is_water_and_the_sea_is_not(found):
    water = found["water"]
    assert water[int((38.5 + 90) * 4), int((180 - 98.5) * 4)] == 100
    assert (water > 0).sum() <= 36
    assert water[90 * 4, 30 * 4] == 0


def test_deserts_are_bare_and_snow_takes_the_nearest_ground(found):
    bare = found["bare"]
    assert bare[(10 + 90) * 2, (180 + 15) * 2] == 100
    assert bare[(-5 + 90) * 2, (180 - 60) * 2] == 0
    assert bare[(65 + 90) * 2, (180 + 100) * 2] == 0


def test_bundled_lakes_lie_on_land():
    latitude, longitude = (part.ravel() for part in np.meshgrid(np.arange(-89.9, 90, 0.5), np.arange(-179.9, 180, 0.5)))
    lakes = inland_water(latitude, longitude) > 0.01
    assert lakes.sum() > 50
    assert land_fraction(latitude, longitude)[lakes].min() > 0.6
