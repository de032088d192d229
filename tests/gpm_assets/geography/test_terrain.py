"""Terrain: known mountains and plains, the sea, missing positions, and how an image of relief becomes classes."""

import numpy as np
import pytest

from gpm_assets.geography.generate_terrain import COLOUR_M, COLOURS, relief_m, terrain_classes
from gpm_assets.geography.land import land_fraction
from gpm_assets.geography.terrain import TERRAINS, terrain

MOUNTAINS = {
    "Himalaya": (28.0, 86.9), "Andes": (-13.5, -72.0), "Aconcagua": (-32.7, -70.0), "Alps": (46.5, 9.5),
    "Rockies": (39.0, -106.5),
    "New Zealand Alps": (-43.6, 170.5), "Ethiopian highlands": (12.0, 38.5), "Caucasus": (43.0, 43.0), "Zagros": (32.5, 50.0),
    "New Guinea": (-5.0, 142.0), "Western Ghats": (13.0, 75.5), "Coast Mountains": (52.0, -125.0), "Japan Alps": (36.0, 137.8),
}  # fmt: skip
PLAINS = {
    "Amazon": (-4.0, -63.0), "West Siberia": (61.0, 75.0), "Tanezrouft": (24.0, 0.0), "Netherlands": (52.3, 5.5),
    "Ganges": (26.0, 83.0), "Pampas": (-35.0, -62.0), "Congo basin": (0.0, 21.0), "Iowa": (42.0, -93.0),
    "Lake Chad": (13.0, 15.0),
    "Manitoba": (50.0, -98.0), "Finland": (62.0, 26.0), "Lake Superior": (47.7, -87.5), "Kalahari": (-24.0, 22.0),
    "ice sheet": (-78.5, 106.8), "mid-Pacific": (0.0, -150.0), "off Chile": (-30.0, -73.0), "Caspian Sea": (42.0, 51.0),
}  # fmt: skip


@pytest.mark.parametrize("place", MOUNTAINS)
def test_mountains(place):
    assert TERRAINS[terrain(*MOUNTAINS[place])] == "mountainous"


@pytest.mark.parametrize("place", PLAINS)
def test_plains_and_sea_are_flat(place):
    assert TERRAINS[terrain(*PLAINS[place])] == "flat"


@pytest.mark.parametrize(
    "place", [(36.0, -82.5), (57.0, -4.5), (60.0, 59.3), (48.0, 8.1)], ids=["Appalachians", "Highlands", "Ural", "Jura"]
)
def test_old_mountains_are_no_plains(place):
    assert TERRAINS[terrain(*place)] != "flat"


def test_plateaus_are_flatter_than_their_rims():
    rim, plateau = terrain([28.0, 36.0], [86.9, 79.0]), terrain(33.5, 88.0)
    assert rim.min() > plateau


def test_a_quarter_of_the_land_is_mountainous():
    """24 % of the land outside Antarctica is mountains by relief and height (Kapos et al. 2000)."""
    latitude, longitude = np.arange(-59.75, 90, 0.5)[:, None], np.arange(-179.75, 180, 0.5)
    area = np.cos(np.deg2rad(latitude)) * (land_fraction(latitude, longitude) > 0.5)
    shares = np.bincount(terrain(latitude, longitude).ravel(), area.ravel()) / area.sum()
    assert shares[2] == pytest.approx(0.24, abs=0.04)
    assert shares.min() > 0.2


def test_missing_positions_are_unknown():
    codes = terrain([46.5, np.nan, 46.5], [9.5 + 360, 9.5, np.nan])
    assert codes.dtype == np.int8
    np.testing.assert_array_equal(codes, [2, -1, -1])


def painted(height_m):
    """Colours (720, 1440, 3) of the map for heights (720, 1440) in m, north at the top of the image."""
    return np.stack([np.interp(height_m, COLOUR_M, shade) for shade in COLOURS.T], axis=-1).round().astype(np.uint8)[::-1]


def at(raster, latitude, longitude):
    return raster[int((latitude + 90) * 4), int((longitude + 180) * 4)]


def test_relief_is_the_spread_of_heights_whatever_the_light():
    height = np.full((720, 1440), 400.0)
    height[540:560:2, 720:800] = 1400.0  # ridges a quarter of a degree wide between valleys, 45 to 50 N, 0 to 20 E
    image = painted(height)
    bright = relief_m(image)
    assert at(bright, 47.5, 10) == pytest.approx(1000 * np.sqrt(0.24), abs=30)  # two of five, or three, are ridges
    assert at(bright, 55, 40) == 0
    dark = relief_m((0.6 * image).astype(np.uint8))
    assert at(dark, 47.5, 10) == pytest.approx(at(bright, 47.5, 10), rel=0.05)
    assert TERRAINS[at(terrain_classes(image), 47.5, 10)] == "mountainous"


def test_lakes_shores_and_sunlit_slopes_are_no_heights():
    height = np.full((720, 1440), 400.0)
    image = painted(height)
    lake = image.copy()[::-1]
    lake[560:564, 880:884] = (170, 220, 245)
    lake[559, 880:884] = (216, 209, 191)  # a mixture of water and land, greyish
    lake[560, 900] = (204, 204, 204)
    assert relief_m(lake[::-1]).max() < 1


def test_a_grey_plateau_is_believed():
    height = np.full((720, 1440), 4800.0)
    height[:, :720] = 400.0
    relief = relief_m(painted(height))
    assert at(relief, 30, 85) == 0
    assert at(relief, 10, 0.3) > 1000
