"""Where an instrument looks: conical and cross-track scans by intersection of rays with the WGS84 ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import Instrument, SwathGroup
from gpm_assets.constellation.orbits import EQUATORIAL_RADIUS_KM, FLATTENING, Track, geodetic, propagate
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, local_axes, unit_vectors

Float = NDArray[np.float64]

RADAR_GROUP = SwathGroup("FS", 49, (), off_nadir_deg=17.04)
"""The full swath of GPM's dual-frequency radar: 49 rays, 0.71 degrees apart."""
RADAR_SCAN_PERIOD_S = 0.7


@dataclass(frozen=True)
class Scan:
    """Where the pixels of one swath group lie.

    `latitude`, `longitude`, `incidence` and `azimuth` (scan, pixel) in degrees: geodetic position, angle between the line of
    sight and the vertical (negative right of a cross-track scanner's track), direction of view on the ground clockwise from
    north. `track` holds the satellite's states (scan,).
    """

    track: Track
    latitude: Float
    longitude: Float
    incidence: Float
    azimuth: Float


def scan(instrument: Instrument, group: SwathGroup, time: NDArray[np.datetime64], *, cross_track: bool | None = None) -> Scan:
    """Positions of a swath group at scan times (scan,); motion within a scan (a few km along the track) is neglected.

    `cross_track` overrides the instrument's own way of scanning, for the radar that flies with GMI.
    """
    track = propagate(instrument, time)
    forward, left, down = _axes(track)
    if instrument.scan == "CROSSTRACK" if cross_track is None else cross_track:
        angle = np.deg2rad(np.linspace(group.off_nadir_deg, -group.off_nadir_deg, group.pixels))
        ahead, aside, below = np.zeros_like(angle), np.sin(angle), np.cos(angle)
        sign = np.sign(angle)
    else:
        azimuth = np.deg2rad(np.linspace(-group.half_arc_deg, group.half_arc_deg, group.pixels))  # GMI and SSMIS: right to left
        cone = np.deg2rad(group.off_nadir_deg)
        ahead, aside = np.sin(cone) * np.cos(azimuth), np.sin(cone) * np.sin(azimuth)
        below = np.full_like(azimuth, np.cos(cone))
        sign = np.ones_like(azimuth)
    rays = ahead[:, None] * forward[:, None] + aside[:, None] * left[:, None] + below[:, None] * down[:, None]
    ground = intersect(track.position[:, None, :], rays)
    latitude, longitude, _ = geodetic(ground)
    east, north, up = local_axes(latitude, longitude)
    incidence = np.rad2deg(np.arccos(np.clip(-np.sum(rays * up, axis=-1), -1.0, 1.0)))
    azimuth_deg = np.rad2deg(np.arctan2(np.sum(rays * east, axis=-1), np.sum(rays * north, axis=-1)))
    return Scan(track, latitude, longitude, incidence * sign, azimuth_deg)


def nominal_incidence_deg(instrument: Instrument, group: SwathGroup) -> float:
    """Incidence (deg) of a conical group, or at the edge of a cross-track one, at the mean altitude above a spherical Earth."""
    radius = (EARTH_RADIUS_KM + instrument.orbit.altitude_km) / EARTH_RADIUS_KM
    return float(np.rad2deg(np.arcsin(radius * np.sin(np.deg2rad(group.off_nadir_deg)))))


def intersect(origin: Float, ray: Float) -> Float:
    """First point (..., 3) where rays from outside meet the ellipsoid, km; NaN where they miss it."""
    scale = np.array([1.0, 1.0, 1.0 / (1.0 - FLATTENING)]) / EQUATORIAL_RADIUS_KM
    o, r = origin * scale, ray * scale
    a, b, c = np.sum(r * r, axis=-1), np.sum(o * r, axis=-1), np.sum(o * o, axis=-1) - 1.0
    with np.errstate(invalid="ignore"):
        distance = (-b - np.sqrt(b * b - a * c)) / a
    return origin + distance[..., None] * ray


def azimuth(latitude: Float, longitude: Float, to_latitude: Float, to_longitude: Float) -> Float:
    """Direction (degrees clockwise from north, at the second place) in which a great circle from the first place arrives."""
    here = unit_vectors(latitude, longitude)
    east, north, _ = local_axes(to_latitude, to_longitude)
    return np.rad2deg(np.arctan2(-np.sum(here * east, axis=-1), -np.sum(here * north, axis=-1)))


def _axes(track: Track) -> tuple[Float, Float, Float]:
    """Unit vectors (scan, 3) forward, left and down (geodetic nadir) of a satellite that flies without yaw."""
    _, _, up = local_axes(track.latitude, track.longitude)
    along = track.velocity - np.sum(track.velocity * up, axis=-1, keepdims=True) * up
    forward = along / np.linalg.norm(along, axis=-1, keepdims=True)
    return forward, np.cross(up, forward), -up
