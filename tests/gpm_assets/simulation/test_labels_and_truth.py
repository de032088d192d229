"""Labels average radar rays, truth averages the world: one pattern, widths and direction of view alike."""

from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.radar import match
from gpm_assets.constellation.geometry import nominal_incidence_deg
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.simulation.observation import View, footprint_mean, rain_footprint_mean
from gpm_assets.simulation.scene import Seen, scene
from gpm_assets.simulation.truth import view_azimuth

GMI = INSTRUMENTS["GPM_GMI"]
WAVE_KM = 60.0
"""Curved over a footprint: averaging along the view leaves 0.79 of the wave, across it 0.92."""


def waves(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Smooth rain (place, 3) in mm/h: 2 and waves of 1 along three axes."""
    phases = 2 * np.pi * EARTH_RADIUS_KM / WAVE_KM * unit_vectors(latitude, longitude)
    return 2 + np.sin(phases)


@pytest.fixture(scope="module")
def seen(orbit):
    """GMI's pixels, a part of them across the swath, and the lattice of the world about them."""
    swath = orbit("GPM_GMI", 16)[0]
    return swath, scene(1, Seen(swath.latitude, swath.longitude, swath.time), 60.0)


@pytest.fixture(scope="module")
def labels(seen) -> np.ndarray:
    """Means (scan, pixel, wave) by the operator of the labels; every node of the lattice is a ray."""
    swath, around = seen
    latitude, longitude = around.tiles.nodes()
    shape = (len(latitude), 1)
    radar = RadarSwath(
        latitude=latitude[:, None],
        longitude=longitude[:, None],
        time=np.full(len(latitude), swath.time[8]),
        rain_mm_h=np.zeros(shape, np.float32),
        rain_type=np.zeros(shape, np.int8),
        surface=np.zeros(shape, np.int8),
        freezing_level_m=np.zeros(shape, np.float32),
        storm_top_m=np.zeros(shape, np.float32),
        quality=np.zeros(shape, np.int8),
    )
    rains = waves(latitude, longitude).astype(np.float32)
    return np.stack([match(swath, replace(radar, rain_mm_h=rain[:, None])).rain_mm_h for rain in rains.T], axis=-1)


def looked_at(swath, turned_deg: float = 0.0) -> View:
    """How the truth looks at GMI's pixels."""
    azimuth = view_azimuth(swath) + turned_deg
    return View(swath.latitude, swath.longitude, azimuth, nominal_incidence_deg(GMI, GMI.group(GMI.reference_group)))


def test_the_operator_of_the_labels_is_the_quadrature_of_the_truth(seen, labels):
    """To 1 % of what varies; patterns a tenth wider, narrower, or turned by 20 degrees are farther off."""
    swath, around = seen
    field = waves(*around.tiles.nodes()).astype(np.float32)
    truth = rain_footprint_mean(around, field, looked_at(swath))

    def rms(other: np.ndarray) -> float:
        return float(np.sqrt(np.mean((labels - other) ** 2)))

    assert truth.std() > 0.6
    assert rms(waves(swath.latitude, swath.longitude)) > 0.07, "averaging matters"
    assert rms(truth) < 0.008
    assert np.abs(labels - truth).max() < 0.04
    for factor in (0.9, 1.1):
        assert rms(footprint_mean(around, field, looked_at(swath), factor * 15.6, factor * 9.4)) > 1.4 * rms(truth)
    assert rms(rain_footprint_mean(around, field, looked_at(swath, 20))) > 2 * rms(truth)
    assert rms(rain_footprint_mean(around, field, looked_at(swath, 90))) > 6 * rms(truth)
