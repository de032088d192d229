import numpy as np
import pytest

from gpm_assets.collocation.footprint import AVERAGING, MAX_LAG_S, footprints, neighbours, operator, view_direction
from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import local_axes, unit_vectors


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS"])
def test_the_view_follows_from_positions_alone(sensor, orbit, start):
    swath = orbit(sensor, 60, start)[0]
    row = INSTRUMENTS[sensor]
    true = np.deg2rad(scan(row, row.groups[0], swath.time).azimuth)[..., None]
    east, north, up = local_axes(swath.latitude, swath.longitude)
    view = view_direction(up)
    np.testing.assert_allclose(np.sum(view * up, axis=-1), 0, atol=1e-12)
    apart = np.arccos(np.sum(view * (np.sin(true) * east + np.cos(true) * north), axis=-1))
    assert np.rad2deg(apart[1:-1, 1:-1]).max() < {"GPM_GMI": 0.6, "F16_SSMIS": 3}[sensor]


def test_a_single_scan_has_no_view(gmi):
    assert np.isnan(view_direction(unit_vectors(gmi.latitude[:1], gmi.longitude[:1]))).all()


def test_offsets_are_those_on_the_ground_along_and_across_the_view(gmi, radar):
    near = neighbours(gmi, radar)
    there = np.isfinite(near.along_km)
    pixel, ray = (unit_vectors(one.latitude, one.longitude).reshape(-1, 3) for one in (gmi, radar))
    chord = 6371 * np.linalg.norm(ray[near.rays] - pixel[near.pixels][:, None], axis=-1)
    np.testing.assert_allclose(np.hypot(near.along_km, near.across_km)[there], chord[there], rtol=1e-5)
    assert 17 < chord[there].max() < 17.2
    assert 33 < there.sum(axis=1).max() < 48, "no ray within reach was left out"
    ahead = 6371 * (np.roll(pixel.reshape(*gmi.shape, 3), -1, axis=0) - pixel.reshape(*gmi.shape, 3))[30, 110]
    assert 13 < view_direction(pixel.reshape(*gmi.shape, 3))[30, 110] @ ahead < 14, "in the middle GMI looks along its track"


def test_every_averaging_is_one_sparse_operator(gmi, radar):
    rows, columns = gmi.latitude.size, radar.latitude.size
    near = neighbours(gmi, radar)
    made = {name: operator(near, averaging) for name, averaging in AVERAGING.items()}
    assert {one.shape for one in made.values()} == {(rows, columns)}
    covered = np.flatnonzero(footprints(gmi, radar).pattern @ np.ones(columns) > 6.4)
    entries = {name: np.diff(one.indptr)[covered] for name, one in made.items()}
    assert set(entries["nearest"]) == {1}
    assert 4 <= entries["within 7 km"].min() <= entries["within 7 km"].max() <= 9
    assert entries["pattern"].min() > 25
    for one in made.values():
        assert 0 < one.data.min() <= one.data.max() <= 1


def test_rays_of_another_crossing_are_no_neighbours(gmi, radar):
    near = neighbours(gmi, radar)
    time = (radar.time[near.rays // radar.latitude.shape[1]] - gmi.time[near.pixels // gmi.shape[1]][:, None]) / np.timedelta64(
        1, "s"
    )
    there = np.isfinite(near.along_km)
    assert 60 < time[there].min() < time[there].max() < 75 < MAX_LAG_S
