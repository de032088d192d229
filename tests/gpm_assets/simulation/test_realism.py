"""The sample of a year: spread over seasons and latitudes, physical, and the same for the same nature."""

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import propagate
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.realism import Extent, lines, pixel_spacing_km, sample, snapshot, starts

EXTENT = Extent(pieces=4, scans=6, lines=8, moments=12, map_step_deg=10.0)


@pytest.fixture(scope="module")
def found():
    return sample(Nature(3), EXTENT)


def test_moments_fill_the_year_and_the_orbit():
    time = starts(2018, 600)
    months = np.bincount(time.astype("datetime64[M]").astype(int) % 12, minlength=12)
    assert months.min() >= 40
    assert months.max() <= 60
    latitude = propagate(INSTRUMENTS["GPM_GMI"], time).latitude
    ordinary = propagate(INSTRUMENTS["GPM_GMI"], time[0] + np.arange(5553).astype("timedelta64[s]")).latitude  # an orbit
    edges = [-90, -40, -20, 0, 20, 40, 90]
    share, usual = (np.histogram(part, edges)[0] / part.size for part in (latitude, ordinary))
    np.testing.assert_allclose(share, usual, atol=0.02)


def test_looks_are_gmis_pixels_with_physical_tb(found):
    gmi = INSTRUMENTS["GPM_GMI"]
    for group in gmi.groups:
        looks = found.looks[group.name]
        assert looks.channels == tuple(channel.name for channel in group.channels)
        assert looks.tb.shape == (EXTENT.pieces * EXTENT.scans, 221, len(group.channels))
        assert looks.tb.min() > 50
        assert looks.tb.max() < 330
        for share in (looks.land, looks.sea_ice, looks.convective):
            assert share.min() >= 0
            assert share.max() <= 1 + 1e-5
        assert looks.rain.min() >= 0


def test_rays_have_the_rain_and_what_the_radar_sees_of_it(found):
    assert found.rays.true.shape == found.rays.seen.shape
    known = np.isfinite(found.rays.seen)
    assert known.mean() > 0.9
    np.testing.assert_array_equal(np.isfinite(found.rays.true), known)
    assert np.sum(found.rays.seen[known] > 0) <= np.sum(found.rays.true[known] > 0)


def test_lines_are_whole_scans_and_places_thin_ones(found):
    assert found.lines.rain.shape == (8, 221)
    assert found.places.rain.shape == (12, 12)
    alone = lines(Nature(3), 2018, 8)
    np.testing.assert_array_equal(alone.rain, found.lines.rain)
    assert 4.5 < pixel_spacing_km() < 6.0


def test_a_nature_looks_the_same_twice_and_another_one_does_not(found):
    again, other = sample(Nature(3), EXTENT), sample(Nature(3, "B"), EXTENT)
    for name, looks in found.looks.items():
        np.testing.assert_array_equal(looks.tb, again.looks[name].tb)
        assert np.abs(looks.tb - other.looks[name].tb).max() > 1


def test_a_snapshot_is_the_globe_with_warm_land_and_cold_sea():
    shown = snapshot(Nature(1), np.datetime64("2018-07-15T12:00", "ms"), 5.0)
    assert shown.latitude.shape == (36, 72)
    assert {tb.shape for tb in shown.tb.values()} == {(36, 72)}
    sahara, pacific = (np.s_[21:24, 36:40], np.s_[16:20, 8:12])
    assert shown.tb["36.64H"][sahara].mean() > shown.tb["36.64H"][pacific].mean() + 60


def test_progress_is_told():
    told = []
    sample(
        Nature(1),
        Extent(pieces=2, scans=2, lines=2, moments=2, map_step_deg=10.0),
        lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]
