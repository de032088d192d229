"""A scene simulated again at its own pixels, and the shift of the simulation itself, of a known offset, of the real scene."""

from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import RequestError
from gpm_assets.evaluation.realism import scene
from gpm_assets.granules.read import read_1c
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import view

SENSOR = "F16_SSMIS"
ROW = INSTRUMENTS[SENSOR]


@pytest.fixture(scope="module")
def swaths(orbit):
    """Eight scans of a granule that lacks a corner; the first channel of a group lacks a scan more."""
    cut = []
    for swath in orbit(SENSOR, 8):
        tb, latitude, longitude = swath.tb.copy(), swath.latitude.copy(), swath.longitude.copy()
        tb[:3, :20] = latitude[:3, :20] = longitude[:3, :20] = np.nan
        tb[5, :, 0] = np.nan
        cut.append(replace(swath, tb=tb, latitude=latitude, longitude=longitude))
    return cut


@pytest.fixture(scope="module")
def again(swaths):
    return list(scene.simulated(Nature(1), swaths))


def test_the_view_is_the_sensors_own(swaths):
    for swath in swaths:
        group = ROW.group(swath.group)
        own, known = view(ROW, group, scan(ROW, group, swath.time)), np.isfinite(swath.latitude)
        found = scene._view(ROW, swath)
        off = (found.azimuth - own.azimuth + 180) % 360 - 180
        assert np.abs(off[known]).max() < 3
        assert found.incidence == own.incidence
        np.testing.assert_array_equal(np.isfinite(found.latitude), known)


def test_pixels_are_the_same_and_missing_stays_missing(swaths, again):
    for swath, other in zip(swaths, again, strict=True):
        np.testing.assert_array_equal(np.isfinite(other.tb), np.isfinite(swath.tb))
        np.testing.assert_array_equal(other.latitude, swath.latitude)
        assert np.nanmin(other.tb) > 50
        assert np.nanmax(other.tb) < 330
    twice = list(scene.simulated(Nature(1), swaths))
    np.testing.assert_array_equal(twice[0].tb, again[0].tb)
    assert np.nanmax(np.abs(next(iter(scene.simulated(Nature(2), swaths))).tb - again[0].tb)) > 1


def test_the_world_is_not_shifted_against_itself_and_an_offset_is_found(again, monkeypatch):
    monkeypatch.setattr(scene, "DAYS", (-4, 0, 4))
    rows = scene.scene_shift(Nature(1), again)
    assert {row["channel"] for row in rows} == set(ROW.channel_names)
    moved = scene.scene_shift(Nature(1), [replace(swath, tb=swath.tb + 20) for swath in again])
    for row, other in zip(rows, moved, strict=True):
        assert row["reference_pixels"] == 3 * row["pixels"]
        assert abs(row["mean_difference_k"]) < 4 * row["day_to_day_k"] + 1
        assert other["mean_difference_k"] - row["mean_difference_k"] == pytest.approx(20, abs=0.01)
        assert other["day_to_day_k"] == row["day_to_day_k"] > 0


def test_cross_track_scanners_are_refused(orbit):
    with pytest.raises(RequestError, match="NPP_ATMS scans across the track"):
        scene.scene_shift(Nature(1), orbit("NPP_ATMS", 4))


def test_the_real_scene_lies_within_reach_of_the_simulation(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    swaths = read_1c(path)
    rows = scene.scene_shift(Nature(1), swaths)
    for swath in swaths:
        for index, name in enumerate(swath.channels):
            own = [row for row in rows if row["channel"] == name]
            assert sum(row["pixels"] for row in own) == np.isfinite(swath.tb[..., index]).sum()
    assert {(row["surface"], row["latitude_band"]) for row in rows if row["pixels"] > 1000} == {
        ("sea", "mid-latitudes"),
        ("land", "subtropics"),
    }
    for row in rows:
        if row["pixels"] > 1000:
            assert abs(row["mean_difference_k"]) < 25
            assert abs(row["mean_difference_k"]) <= row["distance_k"] + 1e-9
