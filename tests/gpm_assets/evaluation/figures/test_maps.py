"""Maps: right place, no smear across the dateline or over gaps, whole at the poles."""

import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures import before_after, png, rain_map, swath_map
from gpm_assets.evaluation.figures.maps import Window, nearest_footprint, window


def swath(latitude, longitude, heading_deg=20.0, scans=80, pixels=60, width_km=885.0):
    """Latitude and longitude (scan, pixel) of a great-circle swath centred on a place, scans 13.5 km apart."""
    along = (np.arange(scans) - scans / 2) * 13.5 / 6371
    across = np.linspace(-0.5, 0.5, pixels) * width_km / 6371
    phi, lam, heading = np.deg2rad([latitude, longitude, heading_deg])
    up = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    north = np.array([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)])
    ahead = np.cos(heading) * north + np.sin(heading) * np.cross(north, up)
    track = np.cos(along)[:, None] * up + np.sin(along)[:, None] * ahead
    place = np.cos(across)[:, None] * track[:, None] + np.sin(across)[:, None] * np.cross(up, ahead)
    return np.rad2deg(np.arcsin(place[..., 2])), np.rad2deg(np.arctan2(place[..., 1], place[..., 0]))


def picture(figure):
    """The masked array of the only map."""
    return figure.axes[0].images[0].get_array()


def distance_deg(latitude, longitude, other_latitude, other_longitude):
    a, b, c, d = map(np.deg2rad, (latitude, longitude, other_latitude, other_longitude))
    return np.rad2deg(np.arccos(np.clip(np.sin(a) * np.sin(c) + np.cos(a) * np.cos(c) * np.cos(b - d), -1, 1)))


@pytest.mark.parametrize("place", [(-41, 137), (-15, 179.5), (66, -179), (88, 20), (-89.5, 0)])
def test_every_element_shows_a_near_footprint(place):
    latitude, longitude = swath(*place)
    shown = window(latitude, longitude)
    index = nearest_footprint(latitude, longitude, shown, 150)
    row, column = shown.grid(150)
    i, j = np.nonzero(index >= 0)
    found = index[i, j]
    away = distance_deg(row[i], column[j], latitude.ravel()[found], longitude.ravel()[found])
    footprint, element = 15.0 / 111, row[1] - row[0]
    assert away.max() <= max(footprint, element) + 1e-6


@pytest.mark.parametrize("place", [(-41, 137), (-15, 179.5), (88, 20)])
def test_the_picture_covers_what_the_swath_covers(place):
    """885 by 1080 km and a rim of a footprint or of an element of the map, whatever the map does there."""
    latitude, longitude = swath(*place)
    shown = window(latitude, longitude)
    row, column = shown.grid(300)
    index = nearest_footprint(latitude, longitude, shown, 300)
    weight = np.cos(np.deg2rad(row))[:, None] * np.ones(len(column))
    area = (weight * (index >= 0)).sum() * (row[1] - row[0]) * (column[1] - column[0]) * 111.2**2
    rim = max(10, (row[1] - row[0]) * 111.2)
    assert area == pytest.approx((885 + 2 * rim) * (1080 + 2 * rim), rel=0.05)


def test_the_dateline_map_is_narrow_and_without_a_smear():
    latitude, longitude = swath(-15, 179.5)
    assert longitude.min() < -175
    assert longitude.max() > 175
    figure = swath_map(latitude, longitude, np.full(latitude.shape, 3.0), kind="rain")
    west, east = figure.axes[0].get_xlim()
    assert 170 < west < 180 < east < 190
    filled = ~np.ma.getmaskarray(picture(figure))
    columns = np.arange(filled.shape[1])
    extent = np.where(filled, columns, -np.inf).max(axis=1) - np.where(filled, columns, np.inf).min(axis=1)
    assert 6 < extent.max() * (east - west) / filled.shape[1] < 9.4  # 885 km at a slant of 20 degrees are 8.8 degrees there


def test_values_lie_where_they_were_measured():
    latitude, longitude = swath(-41, 137)
    values = np.where(longitude > 138, 280.0, 220.0)
    shown = picture(swath_map(latitude, longitude, values, kind="tb", channel="37V"))
    _, column = window(latitude, longitude).grid(shown.shape[1] if shown.shape[1] > shown.shape[0] else max(shown.shape))
    east = shown[:, column > 138.3].compressed()
    west = shown[:, column < 137.7].compressed()
    assert set(east) == {280.0}
    assert set(west) == {220.0}


def test_missing_positions_and_values_stay_empty():
    latitude, longitude = swath(-41, 137, heading_deg=0)
    latitude[30:36], longitude[30:36] = np.nan, np.nan
    values = np.full(latitude.shape, 250.0)
    values[:, :20] = np.nan
    shown = picture(swath_map(latitude, longitude, values, kind="tb", channel="37V"))
    filled = ~np.ma.getmaskarray(shown)
    assert np.any(~filled.any(axis=1))  # rows inside the gap of 95 km
    assert 0.42 < filled.mean() < 0.55


def test_scans_that_are_absent_are_not_bridged():
    latitude, longitude = swath(-41, 137, heading_deg=0)
    kept = np.r_[0:30, 60:80]
    shown = picture(swath_map(latitude[kept], longitude[kept], np.zeros((50, 60)), kind="rain"))
    empty_rows = np.ma.getmaskarray(shown).all(axis=1).mean()
    assert empty_rows == pytest.approx(30 / 80, abs=0.06)


def test_coarse_edges_of_cross_track_scanners_have_no_holes():
    """Pixels from 16 km apart at nadir to 60 km at the edge."""
    angle = np.deg2rad(np.linspace(-52.7, 52.7, 96))
    ground = np.arcsin(np.sin(angle) * 7200 / 6371) - angle
    latitude = np.broadcast_to(np.arange(-30, 30)[:, None] * 17.6 / 111.2, (60, 96)).copy()
    longitude = np.broadcast_to(np.rad2deg(ground), (60, 96)).copy()
    shown = picture(swath_map(latitude, longitude, np.ones((60, 96)), kind="rain"))
    inside = np.ma.getmaskarray(shown)[10:-10, 10:-10]
    assert not inside.any()


def test_window():
    assert window(np.array([10.0, 20]), np.array([5.0, 15])) == Window(4.5, 15.5, 9.5, 20.5)
    around = window(np.zeros(36), np.arange(-180, 180, 10.0))
    assert (around.west, around.east) == (-180, 180)
    dateline = window(np.zeros(2), np.array([175.0, -175]))
    assert (dateline.west, dateline.east) == pytest.approx((174.5, 185.5))
    assert window(np.array([89.9]), np.array([0.0])).north == 90
    with pytest.raises(GpmAssetsError, match="at least one known position"):
        window(np.array([np.nan]), np.array([0.0]))


def test_dry_is_drawn_and_differs_from_unobserved():
    latitude, longitude = swath(-41, 137)
    rain = np.zeros(latitude.shape)
    rain[:40] = np.nan
    image = rain_map(latitude, longitude, {"raw": rain}).axes[0].images[0]
    colours = image.cmap(image.norm(np.ma.masked_invalid([0.0, 0.05, 0.1, np.nan])))
    assert tuple(colours[0]) == tuple(colours[1]) == pytest.approx((0.9, 0.9, 0.9, 1))
    assert tuple(colours[2]) != tuple(colours[1])
    assert colours[3][3] == 0


def test_before_after_pairs_share_a_scale():
    latitude, longitude = swath(-41, 137)
    tb = np.random.default_rng(0).normal(240, 20, latitude.shape)
    figure = before_after(latitude, longitude, {"37V": tb, "91.665V": tb}, {"36.64V": tb + 1, "89V": tb - 1}, title="F16 SSMIS")
    maps = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in maps] == ["37V measured", "36.64V translated", "91.665V measured", "89V translated"]
    limits = [axes.images[0].get_clim() for axes in maps]
    assert limits[0] == limits[1]
    assert limits[2] == limits[3]
    assert [axes.get_ylabel() for axes in figure.axes if not axes.images] == ["36.64V TB (K)", "89V TB (K)"]
    assert len(png(figure)) <= 100_000
    with pytest.raises(GpmAssetsError, match=r"before has channels 37V, after has 36\.64V, 89V"):
        before_after(latitude, longitude, {"37V": tb}, {"36.64V": tb, "89V": tb})
