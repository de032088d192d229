"""From the orbit to the GMI-like sampling: yaw turns, orbit eras and TMI's two incidences through real files."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from gpm_assets.collocation.footprint import view_direction
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import local_axes, unit_vectors
from gpm_assets.granules.read import read_1c
from gpm_assets.simulation import truth
from gpm_assets.simulation.granules import granule_name, simulate_granule
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import reach_km, view
from gpm_assets.simulation.plan import PlannedGranule

NATURE = Nature(1)
FORWARDS, BACKWARDS = np.datetime64("2019-07-03T10:00", "ms"), np.datetime64("2019-06-10T10:00", "ms")

AFTER_THE_BOOST = np.datetime64("2024-07-03T10:00", "ms")


def granule(folder: Path, sensor: str, start: np.datetime64, seconds: int = 75) -> Path:
    piece = PlannedGranule(sensor, 7, start, start + np.timedelta64(seconds, "s"))
    path = folder / granule_name(piece)
    simulate_granule(piece, NATURE, path)
    return path


@pytest.mark.parametrize(("start", "aft"), [(FORWARDS, False), (BACKWARDS, True)])
def test_gmi_looks_towards_higher_rows_whichever_way_it_flies(start, aft, tmp_path):
    path = granule(tmp_path, "GPM_GMI", start)
    with h5py.File(path) as file:
        for group in ("S1", "S2"):
            assert set(file[f"{group}/SCstatus/SCorientation"][:].tolist()) == {180 if aft else 0}
    swaths = read_1c(path)
    assert [swath.aft for swath in swaths] == [aft, aft]
    swath = gmi_like(swaths, INSTRUMENTS["GPM_GMI"], native_noise=False)
    assert not swath.aft
    later = np.diff(swath.time[~np.isnat(swath.time)]) > np.timedelta64(0)
    assert not later.any() if aft else later.all()
    looking = truth.view_azimuth(swath)  # from the satellite's place
    view = view_direction(unit_vectors(swath.latitude, swath.longitude))  # from the order of rows
    east, north, _ = local_axes(swath.latitude, swath.longitude)
    along = np.rad2deg(np.arctan2(np.sum(view * east, axis=-1), np.sum(view * north, axis=-1)))
    known = np.isfinite(along) & np.isfinite(looking)
    known[:, [0, -1]] = False
    assert known.sum() > 4000
    assert np.abs((looking - along + 180) % 360 - 180)[known].max() < 5
    positions = unit_vectors(swath.latitude, swath.longitude)
    right = np.cross(np.nanmean(np.diff(positions[:, 110], axis=0), axis=0), np.nanmean(positions[:, 110], axis=0))
    assert np.nanmean(positions[:, 0] - positions[:, -1], axis=0) @ right > 0  # GMI counts its pixels from right to left


@pytest.mark.parametrize(("start", "rows"), [(FORWARDS, 4), (BACKWARDS, 4)])
def test_s2_lies_four_rows_before_s1(start, rows, tmp_path):
    """S2 looks less far ahead: what S1 has in a row, S2 of the same scan has four rows earlier once rows follow the view."""
    swaths = read_1c(granule(tmp_path, "GPM_GMI", start))
    swath = gmi_like(swaths, INSTRUMENTS["GPM_GMI"], native_noise=False)
    first, second = (np.flatnonzero(np.isfinite(swath.channel(name)[:, 110])) for name in ("89V", "166V"))
    assert first[-1] - second[-1] == rows
    assert first[0] - second[0] == rows


def test_after_the_boost_footprints_are_wider_and_seen_at_the_eras_incidence():
    row = INSTRUMENTS["GPM_GMI"]
    group = row.group("S1")
    before, after = (view(row, group, scan(row, group, np.array([when]))) for when in (FORWARDS, AFTER_THE_BOOST))
    assert before.widening == 1
    assert 1.06 < after.widening < 1.10
    assert before.incidence == pytest.approx(52.83, abs=0.05)
    assert after.incidence - before.incidence == pytest.approx(0.37, abs=0.1)
    ends = [reach_km(one, group.channels, NATURE.physics) for one in (before, after)]
    assert ends[1] > 1.03 * ends[0]


def test_files_after_the_boost_tell_the_new_height_and_incidence(tmp_path):
    found = {}
    for era, start in (("before", FORWARDS), ("after", AFTER_THE_BOOST)):
        path = granule(tmp_path, "GPM_GMI", start, 20)
        with h5py.File(path) as file:
            found[era] = file["S1/SCstatus/SCaltitude"][:].mean(), np.nanmean(read_1c(path)[0].incidence)
    assert 395 < found["before"][0] < 425
    assert 425 < found["after"][0] < 455
    assert 0.1 < found["after"][1] - found["before"][1] < 0.7


def test_tmi_writes_two_incidences(tmp_path):
    path = granule(tmp_path, "TRMM_TMI", np.datetime64("2000-01-15T10:00", "ms"), 20)
    with h5py.File(path) as file:
        assert file["S1/incidenceAngle"].shape[2] == 2
        assert file["S1/incidenceAngleIndex"][0].tolist() == [1, 2]
        assert file["S2/incidenceAngle"].shape[2] == 1
        assert 340 < file["S1/SCstatus/SCaltitude"][:].mean() < 365
    first, second, _ = read_1c(path)
    known = np.isfinite(first.incidence[..., 0])
    np.testing.assert_allclose((first.incidence[..., 1] - first.incidence[..., 0])[known], 0.11, atol=0.01)
    assert np.nanmean(first.incidence[..., 0]) == pytest.approx(53.27, abs=0.2)
    assert np.nanmean(second.incidence) == pytest.approx(53.13, abs=0.2)
