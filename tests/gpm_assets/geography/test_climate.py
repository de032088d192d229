"""Climates of Koeppen and Geiger: known places, shares of land, sea, missing positions."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from gpm_assets.geography.climate import CLIMATE_CLASSES, CLIMATE_GROUPS, climate_class, climate_group
from gpm_assets.geography.generate_climate import NUMBERS, climate_classes
from gpm_assets.geography.land import land_fraction

PLACES = {
    "Singapore": (1.35, 103.8, "Af"),
    "Manaus": (-3.1, -60.2, "Af"),
    "Mumbai": (19.1, 72.95, "Am"),
    "Fortaleza": (-3.9, -38.6, "As"),
    "Darwin": (-12.6, 131.0, "Aw"),
    "Brasilia": (-15.8, -47.9, "Aw"),
    "Cairo": (30.05, 31.25, "BWh"),
    "Alice Springs": (-23.7, 133.9, "BWh"),
    "Madrid": (40.4, -3.7, "BSk"),
    "Rome": (41.9, 12.6, "Csa"),
    "Kathmandu": (27.7, 85.3, "Cwa"),
    "Houston": (29.8, -95.4, "Cfa"),
    "Paris": (48.85, 2.35, "Cfb"),
    "Chicago": (41.8, -87.9, "Dfa"),
    "Moscow": (55.75, 37.6, "Dfb"),
    "Harbin": (45.7, 126.6, "Dwa"),
    "Irkutsk": (52.3, 104.3, "Dwb"),
    "Yakutsk": (62.0, 129.7, "Dfd"),
    "Point Barrow": (71.1, -156.6, "ET"),
    "Vostok": (-78.5, 106.8, "EF"),
    "Summit of Greenland": (72.6, -38.5, "EF"),
    "mid-Pacific": (0.0, -150.0, "sea"),
    "Caspian Sea": (42.0, 51.0, "sea"),
}


def globe():
    latitude, longitude = np.arange(-89.875, 90, 0.25)[:, None], np.arange(-179.875, 180, 0.25)
    return latitude, longitude, np.broadcast_to(np.cos(np.deg2rad(latitude)), (720, 1440))


@pytest.mark.parametrize("place", PLACES)
def test_known_places(place):
    latitude, longitude, name = PLACES[place]
    assert CLIMATE_CLASSES[climate_class(latitude, longitude)] == name
    assert climate_class(latitude, longitude + 360) == climate_class(latitude, longitude - 720) == CLIMATE_CLASSES.index(name)


def test_groups_are_the_first_letters():
    latitude, longitude, _ = globe()
    initial = dict(zip("ABCDE", CLIMATE_GROUPS[1:], strict=True))
    classes, groups = climate_class(latitude, longitude), climate_group(latitude, longitude)
    for code, name in enumerate(CLIMATE_CLASSES):
        found = {CLIMATE_GROUPS[group] for group in np.unique(groups[classes == code])}
        assert found == {"sea" if name == "sea" else initial[name[0]]}


def test_shares_of_land():
    """Of land 19.4, 28.4, 14.6, 22.1 and 15.5 % are A to E on another map of the same authors (Kottek et al. 2006, 1951-2000)."""
    latitude, longitude, area = globe()
    sizes = np.bincount(climate_group(latitude, longitude).ravel(), area.ravel())
    np.testing.assert_allclose(sizes[1:] / sizes[1:].sum(), [0.194, 0.284, 0.146, 0.221, 0.155], atol=0.012)


def test_sea_is_where_the_land_raster_has_it():
    """The map's coasts reach a cell further out; Antarctica is left out for its ice shelves, sea there and ice here."""
    latitude, longitude, area = globe()
    sea, land = climate_group(latitude, longitude) == 0, land_fraction(latitude, longitude)
    near_land = binary_dilation(np.pad(land > 0, ((0, 0), (1, 1)), mode="wrap"), np.ones((3, 3)))[:, 1:-1]
    wrong = (sea & (land > 0.9) | ~sea & ~near_land) & (latitude > -60)
    assert area[wrong].sum() < 5e-4 * area.sum()


def test_missing_positions_are_unknown():
    codes = climate_class([[48.85, np.nan]], [[np.nan, 2.35]])
    assert codes.dtype == np.int8
    np.testing.assert_array_equal(codes, [[-1, -1]])
    np.testing.assert_array_equal(climate_group([np.nan, 0.0], -150.0), [-1, 0])


def test_poles_and_dateline_lie_in_cells():
    assert CLIMATE_CLASSES[climate_class(-90.0, 12.0)] == "EF"
    assert CLIMATE_CLASSES[climate_class(90.0, -180.0)] == "sea"
    assert climate_class(67.0, 180.0) == climate_class(67.0, -180.0)


def test_cells_take_most_of_their_land_unless_they_are_mostly_sea():
    image = np.full((1440, 2880), NUMBERS.index("sea") + 1, np.uint8)  # two by two to a cell, north at the top
    image[0:2, 0:2] = [[NUMBERS.index("ET") + 1, NUMBERS.index("ET") + 1], [NUMBERS.index("EF") + 1, image[0, 0]]]
    image[0, 2] = NUMBERS.index("Af") + 1
    image[0:2, 4] = NUMBERS.index("Cfb") + 1
    codes = climate_classes(image)
    assert codes.shape == (720, 1440)
    assert [CLIMATE_CLASSES[code] for code in codes[-1, :4]] == ["ET", "sea", "Cfb", "sea"]
    assert not codes[:-1].any()
