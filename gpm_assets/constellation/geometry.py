"""Where an instrument looks: conical and cross-track scans by intersection of rays with the WGS84 ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.attitude import orientation
from gpm_assets.constellation.nouns import Instrument, MeanElements, SwathGroup
from gpm_assets.constellation.orbits import EQUATORIAL_RADIUS_KM, FLATTENING, Track, geodetic, propagate
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, local_axes, unit_vectors

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Scan:
    """Where the pixels of one swath group lie.

    `latitude`, `longitude`, `incidence` and `azimuth` (scan, pixel) in degrees: geodetic position, angle between the line of
    sight and the vertical (signed as the sensor's files have it: of opposite signs on the two sides of a cross-track scanner),
    direction of view on the ground clockwise from north. `track` holds the satellite's states (scan,), `orientation` (scan,) its
    yaw in degrees, 180 looking backwards.
    """

    track: Track
    latitude: Float
    longitude: Float
    incidence: Float
    azimuth: Float
    orientation: NDArray[np.int16]

    @property
    def aft(self) -> bool:
        """Whether the sensor looks backwards at the first scan; a granule never holds a turn."""
        return bool(len(self.orientation)) and int(self.orientation[0]) == 180


def scan(instrument: Instrument, group: SwathGroup, time: NDArray[np.datetime64], *, cross_track: bool | None = None) -> Scan:
    """Positions of a swath group at scan times (scan,); motion within a scan (a few km along the track) is neglected.

    `cross_track` overrides the instrument's own way of scanning, for the radar that flies with GMI.
    """
    across = instrument.scan == "CROSSTRACK" if cross_track is None else cross_track
    sign = float(instrument.incidence_sign) if across else 1.0
    return look(propagate(instrument, time), group, orientation(instrument, time), cross_track=across, sign=sign)


def look(track: Track, group: SwathGroup, yaw: NDArray[np.int16], *, cross_track: bool, sign: float = 1.0) -> Scan:
    """Positions of a swath group seen from satellite states (scan,) with yaw (scan,) in degrees, 0 or 180.

    `sign` is that of the incidence on the left of a cross-track scan; on the right it is the opposite.
    """
    turned = np.where(yaw == 180, -1.0, 1.0)[:, None, None]
    forward, left, down = _axes(track)
    ahead, aside, below = _directions(group, cross_track)
    rays = turned * (ahead[:, None] * forward[:, None] + aside[:, None] * left[:, None]) + below[:, None] * down[:, None]
    ground = intersect(track.position[:, None, :], rays)
    latitude, longitude, _ = geodetic(ground)
    east, north, up = local_axes(latitude, longitude)
    incidence = np.rad2deg(np.arccos(np.clip(-np.sum(rays * up, axis=-1), -1.0, 1.0)))
    if cross_track:
        incidence *= sign * np.sign(aside)
    azimuth_deg = np.rad2deg(np.arctan2(np.sum(rays * east, axis=-1), np.sum(rays * north, axis=-1)))
    return Scan(track, latitude, longitude, incidence, azimuth_deg, yaw)


def channel_incidence(where: Scan, group: SwathGroup) -> NDArray[np.float32]:
    """Incidence (scan, pixel, channel) in degrees: that of the positions and what a channel's own feed differs from it."""
    offsets = np.array([channel.incidence_offset_deg for channel in group.channels])
    return (where.incidence[..., None] + offsets).astype(np.float32)


def nominal_incidence_deg(instrument: Instrument, group: SwathGroup, orbit: MeanElements | None = None) -> float:
    """Incidence (deg) of a conical group, or at the edge of a cross-track one, at the mean altitude above a spherical Earth.

    Of the nominal orbit where none is given.
    """
    radius = (EARTH_RADIUS_KM + (orbit or instrument.orbit).altitude_km) / EARTH_RADIUS_KM
    return float(np.rad2deg(np.arcsin(radius * np.sin(np.deg2rad(group.off_nadir_deg)))))


def slant_range_km(group: SwathGroup, orbit: MeanElements) -> float:
    """Distance from the satellite to a conical group's pixels (km) at the mean altitude above a spherical Earth."""
    off_nadir = np.deg2rad(group.off_nadir_deg)
    radius = EARTH_RADIUS_KM + orbit.altitude_km
    beyond = EARTH_RADIUS_KM**2 - (radius * np.sin(off_nadir)) ** 2
    return float(radius * np.cos(off_nadir) - np.sqrt(beyond))


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


def _directions(group: SwathGroup, cross_track: bool) -> tuple[Float, Float, Float]:
    """Components (pixel,) ahead, to the left and down of the lines of sight of a spacecraft that flies forwards."""
    if cross_track:
        angle = np.deg2rad(np.linspace(group.off_nadir_deg, -group.off_nadir_deg, group.pixels))
        return np.zeros_like(angle), np.sin(angle), np.cos(angle)
    azimuths, cone = np.deg2rad(np.linspace(*group.arc_deg, group.pixels)), np.deg2rad(group.off_nadir_deg)
    return np.sin(cone) * np.cos(azimuths), np.sin(cone) * np.sin(azimuths), np.full_like(azimuths, np.cos(cone))


def _axes(track: Track) -> tuple[Float, Float, Float]:
    """Unit vectors (scan, 3) forward, left and down (geodetic nadir) of a satellite that flies without yaw."""
    _, _, up = local_axes(track.latitude, track.longitude)
    along = track.velocity - np.sum(track.velocity * up, axis=-1, keepdims=True) * up
    forward = along / np.linalg.norm(along, axis=-1, keepdims=True)
    return forward, np.cross(up, forward), -up
