"""Land fraction: known places, the dateline, the poles, missing positions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpm_assets.geography.land import bare_ground, inland_water, land_fraction

PLACES = {
    "Paris": (48.85, 2.35, 1),
    "Alice Springs": (-23.7, 133.9, 1),
    "Vostok": (-78.5, 106.8, 1),
    "South Pole": (-90, 12, 1),
    "Chukotka on the dateline": (67, 180, 1),
    "Wrangel Island on the dateline": (71.2, 180, 1),
    "mid-Pacific": (0, -150, 0),
    "North Pole": (90, -77, 0),
    "Caspian Sea": (42, 51, 0),
    "Drake Passage": (-58, -65, 0),
    "Bass Strait": (-39.9, 145.5, 0),
}


@pytest.mark.parametrize("place", PLACES)
def test_known_places(place):
    latitude, longitude, expected = PLACES[place]
    assert land_fraction(latitude, longitude) == expected


def test_coast_is_between():
    across = land_fraction(-37.5, np.linspace(148, 152, 81))  # from Victoria into the Tasman Sea
    assert across[0] == 1
    assert across[-1] == 0
    assert ((across > 0) & (across < 1)).sum() >= 3
    assert np.all(np.diff(across) <= 0.03)  # a step of 0.05 degrees never jumps back by more than a headland


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_turn_of_longitude_changes_nothing(latitude, longitude):
    fraction = land_fraction(latitude, longitude)
    assert 0 <= fraction <= 1
    assert land_fraction(latitude, longitude + 360) == pytest.approx(fraction, abs=1e-5)
    assert land_fraction(latitude, longitude - 360) == pytest.approx(fraction, abs=1e-5)


def test_continuous_across_the_dateline():
    latitude = np.linspace(-90, 90, 721)
    west, east = land_fraction(latitude, 180 - 1e-6), land_fraction(latitude, -180 + 1e-6)
    np.testing.assert_allclose(west, east, atol=1e-4)


def test_shape_type_and_missing():
    latitude = np.array([[48.85, np.nan], [0.0, 0.0]])
    longitude = np.array([[2.35, 2.35], [np.nan, -150]])
    fraction = land_fraction(latitude, longitude)
    assert fraction.dtype == np.float32
    np.testing.assert_array_equal(fraction, np.float32([[1, np.nan], [np.nan, 0]]))


def test_share_of_land_on_earth():
    """29.2 % of Earth is land; lakes count as land and ice shelves as sea here, so one point of difference is allowed."""
    latitude = np.arange(-89.75, 90, 0.5)
    fraction = land_fraction(latitude[:, None], np.arange(-179.75, 180, 0.5))
    share = np.average(fraction.mean(axis=1), weights=np.cos(np.deg2rad(latitude)))
    assert share == pytest.approx(0.292, abs=0.01)


@pytest.mark.parametrize(
    ("latitude", "longitude", "share"),
    [(47.7, -87.5, 1), (-1, 33, 1), (53.5, 108, 1), (48.85, 2.35, 0), (0, -150, 0), (42, 51, 0)],
    ids=["Superior", "Victoria", "Baikal", "Paris", "mid-Pacific", "Caspian Sea, which the land raster has as sea"],
)
def test_lakes(latitude, longitude, share):
    assert inland_water(latitude, longitude) == pytest.approx(share, abs=0.15)


def test_forest_savanna_desert():
    amazon, iowa, gobi, sahara = bare_ground([-5, 42, 43, 24], [-65, -93, 105, 10])
    assert amazon < 0.1
    assert 0.1 < iowa < 0.45
    assert 0.45 < gobi < 0.85
    assert sahara > 0.95
    assert np.isfinite(bare_ground(0, -150))
