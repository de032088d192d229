"""What a radiometer measures: pencil-beam TB averaged over the antenna pattern, and noise."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.antenna import RAIN_CHANNEL, SIGMA_PER_WIDTH
from gpm_assets.constellation.geometry import Scan, azimuth, nominal_incidence_deg, slant_range_km
from gpm_assets.constellation.instruments import Channel, Instrument, SwathGroup
from gpm_assets.constellation.orbits import orbit_at
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM
from gpm_assets.errors import GpmAssetsError
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.physics import Physics
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.scene import Scene
from gpm_assets.simulation.tiles import LEVELS, NODE_KM, coarsen

Float = NDArray[np.float64]
Values = NDArray[np.float32]

_ICE_ABOVE_FREEZING_KM = 2.5
"""Height above the freezing level at which a column's ice is seen."""
_BEAM_SPACING, _TAIL_SPACING = 0.55, 0.9
"""Nodes are at most this part of a footprint's width apart."""
_WIDEST_TAIL_KM = 400.0
"""Farther out the limb ends what the tails of a sounder's footprints see at the edge of its scan."""

_Points = list[tuple[Float, float]]
"""Distances from each pixel in km, and weights."""


@dataclass(frozen=True)
class View:
    """How pixels (scan, pixel) are looked at, in degrees: position, azimuth of the view on the ground, incidence.

    `incidence` is one number for a conical scanner, so that its scene is seen at one angle everywhere, its footprints being
    `widening` times those of the table; or (scan, pixel), signed; then the polarisation turns and footprints grow along the
    scan, from `altitude_km`.
    """

    latitude: Float
    longitude: Float
    azimuth: Float
    incidence: float | Float
    altitude_km: float = 0.0
    widening: float = 1.0

    def rows(self, part: slice) -> View:
        """The view of some scans."""
        incidence = self.incidence if np.ndim(self.incidence) == 0 else np.asarray(self.incidence)[part]
        return View(self.latitude[part], self.longitude[part], self.azimuth[part], incidence, self.altitude_km, self.widening)


def view(instrument: Instrument, group: SwathGroup, scan: Scan) -> View:
    """The view of a swath group that was scanned: conical scanners at the incidence of their group in the orbit era of the scan.

    Footprints of the table are those of the nominal orbit: from farther away they are wider by the ratio of slant ranges.
    """
    orbit = orbit_at(instrument, scan.track.time[0])
    altitude = orbit.altitude_km
    if instrument.scan == "CROSSTRACK":
        return View(scan.latitude, scan.longitude, scan.azimuth, scan.incidence, altitude)
    towards = azimuth(scan.track.latitude[:, None], scan.track.longitude[:, None], scan.latitude, scan.longitude)
    wider = slant_range_km(group, orbit) / slant_range_km(group, instrument.orbit)
    return View(scan.latitude, scan.longitude, towards, nominal_incidence_deg(instrument, group, orbit), altitude, wider)


def observe(scene: Scene, view: View, channels: tuple[Channel, ...], physics: Physics, error: Values | None = None) -> Values:
    """TB (scan, pixel, channel) in K without noise; NaN where a position is missing.

    `error` (node or 1, channel) in K is added to what the scene emits: what the sensor takes the scene for.
    """
    incidence, scan_angle = _node_angles(scene, view)
    world = replace(scene.world, ice=_displaced_ice(scene, view, incidence))
    pencil = brightness_temperature(world, channels, incidence, scan_angle, physics)
    if error is not None:
        pencil += error
    result = np.empty((*view.latitude.shape, len(channels)), np.float32)
    tail = np.float32(physics.antenna_tail)
    for along_km, cross_km in dict.fromkeys((channel.along_km, channel.cross_km) for channel in channels):
        chosen = [i for i, channel in enumerate(channels) if (channel.along_km, channel.cross_km) == (along_km, cross_km)]
        beam = footprint_mean(scene, pencil[:, chosen], view, along_km, cross_km)
        wide = _tail_mean(scene, pencil[:, chosen], view, _tail_km(view, along_km, cross_km, physics))
        result[..., chosen] = (1 - tail) * beam + tail * wide
    return result


def footprint_mean(scene: Scene, values: Values, view: View, along_km: float, cross_km: float) -> Values:
    """Means (scan, pixel, field) of `values` (node, field) over a Gaussian footprint of these half-power widths in km.

    Quadrature on an ellipse within two standard deviations; what interpolation and node size widen is taken off beforehand.
    """
    level, spacing = _level(cross_km)
    along_growth, cross_growth = _growth(view)
    widths = along_km * along_growth, cross_km * cross_growth
    along, cross = (_nodes(_sigma_km(np.broadcast_to(part, view.latitude.shape), spacing), spacing) for part in widths)
    return _quadrature(scene, values, level, view, (along, cross))


def rain_footprint_mean(scene: Scene, values: Values, view: View) -> Values:
    """Means (scan, pixel, field) of `values` (node, field) over the pattern that averages rain, as the labels are averaged."""
    return footprint_mean(scene, values, view, RAIN_CHANNEL.along_km, RAIN_CHANNEL.cross_km)


def _tail_mean(scene: Scene, values: Values, view: View, width_km: Float) -> Values:
    """Means (scan, pixel, field) over the round pattern that an antenna's tails make: four points, coarse nodes between them."""
    level, spacing = _level(float(np.nanmin(width_km)), _TAIL_SPACING)
    sigma = _sigma_km(np.broadcast_to(width_km, view.latitude.shape), spacing)
    points = [(-sigma, 0.5), (sigma, 0.5)]
    return _quadrature(scene, values, level, view, (points, points))


def _tail_km(view: View, along_km: float, cross_km: float, physics: Physics) -> Float:
    """Half-power width of the tails' pattern, one number or (scan, pixel)."""
    _, growth = _growth(view)
    return np.minimum(physics.antenna_tail_width * np.sqrt(along_km * cross_km) * growth, _WIDEST_TAIL_KM)


def _quadrature(scene: Scene, values: Values, level: int, view: View, points: tuple[_Points, _Points]) -> Values:
    """Weighted sums (scan, pixel, field) of `values` (node, field) at points along and across the view, km from each pixel."""
    nodes = coarsen(values, level)
    known = np.isfinite(view.latitude) & np.isfinite(view.longitude)
    lat, lon, azimuth = (np.deg2rad(part[known]) for part in (view.latitude, view.longitude, view.azimuth))
    sin_lat, cos_lat, sin_azimuth, cos_azimuth = np.sin(lat), np.cos(lat), np.sin(azimuth), np.cos(azimuth)
    along, cross = ([(km[known], weight) for km, weight in part] for part in points)
    total = np.zeros((known.sum(), values.shape[1]), np.float32)
    for ahead, ahead_weight in along:
        for aside, aside_weight in cross:
            north = (ahead * cos_azimuth - aside * sin_azimuth) / EARTH_RADIUS_KM
            east = (ahead * sin_azimuth + aside * cos_azimuth) / EARTH_RADIUS_KM
            toward = cos_lat - sin_lat * north  # distance from the axis, and height, of the tangent-plane point
            there_lon = lon + np.arctan2(east, toward)
            there_lat = np.arctan2(sin_lat + cos_lat * north, np.hypot(east, toward))
            sample = scene.tiles.interpolate(nodes, np.rad2deg(there_lat), np.rad2deg(there_lon), level)
            total += np.float32(ahead_weight * aside_weight) * sample
    if not np.isfinite(total).all():
        raise GpmAssetsError("footprints leave the scene: make it with reach_km(view, channels, physics)")
    result = np.full((*known.shape, values.shape[1]), np.nan, np.float32)
    result[known] = total
    return result


def reach_km(view: View, channels: tuple[Channel, ...], physics: Physics) -> float:
    """How far from a pixel its footprints and their tails ask for the scene."""
    along, cross = (np.nanmax(part) for part in _growth(view))
    reach = 0.0
    for channel in channels:
        beam = 2.17 * SIGMA_PER_WIDTH * max(channel.along_km * along, channel.cross_km * cross) + _level(channel.cross_km)[1]
        tail = _tail_km(view, channel.along_km, channel.cross_km, physics)
        wide = np.sqrt(2) * SIGMA_PER_WIDTH * np.nanmax(tail) + _level(np.nanmin(tail), _TAIL_SPACING)[1]
        reach = max(reach, beam, float(wide))
    return reach


def noise(nature: Nature, granule: str, channels: tuple[Channel, ...], shape: tuple[int, int]) -> Values:
    """White noise (scan, pixel, channel) in K of each channel's NEDT, the same for the same seed, granule and channel."""
    drawn = []
    for channel in channels:
        random = np.random.default_rng([nature.seed, zlib.crc32(granule.encode()), zlib.crc32(channel.name.encode())])
        drawn.append(np.float32(channel.nedt_k) * random.standard_normal(shape, dtype=np.float32))
    return np.stack(drawn, axis=-1)


def _node_angles(scene: Scene, view: View) -> tuple[Values | float, Values | float]:
    """Incidence and scan angle (deg) at the scene's nodes."""
    if np.ndim(view.incidence) == 0:
        return float(view.incidence), 0.0
    incidence = scene.from_pixels(view.latitude, view.longitude, np.asarray(view.incidence))
    return incidence, np.rad2deg(_scan_angle(incidence, view.altitude_km)).astype(np.float32)


def _displaced_ice(scene: Scene, view: View, incidence_deg: Values | float) -> Values:
    """Ice path (node,) where the line of sight to each node meets the ice: nearer to the satellite, 9 km at 53 degrees."""
    azimuth = np.deg2rad(view.azimuth)
    east, north = (scene.from_pixels(view.latitude, view.longitude, part) for part in (np.sin(azimuth), np.cos(azimuth)))
    height_km = scene.world.freezing_level * 1e-3 + _ICE_ABOVE_FREEZING_KM
    nearer_deg = np.rad2deg(height_km * np.abs(np.tan(np.deg2rad(incidence_deg))) / EARTH_RADIUS_KM)
    latitude, longitude = scene.tiles.nodes()
    there_latitude = np.clip(latitude - nearer_deg * north, -90, 90)
    there_longitude = longitude - nearer_deg * east / np.maximum(np.cos(np.deg2rad(latitude)), 0.01)
    displaced = scene.tiles.interpolate(scene.world.ice[:, None], there_latitude, there_longitude)[:, 0]
    return np.where(np.isfinite(displaced), displaced, scene.world.ice)  # at the rim of the scene


def _level(width_km: float, spacing: float = _BEAM_SPACING) -> tuple[int, float]:
    """The coarsest level of the lattice with nodes at most that part of a width apart, and its spacing in km."""
    level = max(level for level in range(LEVELS) if level == 0 or NODE_KM * 2**level <= spacing * width_km)
    return level, NODE_KM * 2**level


def _scan_angle(incidence_deg: NDArray[np.floating[Any]], altitude_km: float) -> NDArray[np.floating[Any]]:
    """Scan angle (rad) of an incidence, from the sine rule on a spherical Earth."""
    return np.arcsin(np.sin(np.deg2rad(incidence_deg)) * EARTH_RADIUS_KM / (EARTH_RADIUS_KM + altitude_km))


def _growth(view: View) -> tuple[Float, Float]:
    """Footprint widths over those of the table, along and across the view."""
    if np.ndim(view.incidence) == 0:
        return np.full((1, 1), view.widening), np.full((1, 1), view.widening)
    incidence = np.deg2rad(np.abs(view.incidence))
    off_nadir = _scan_angle(np.abs(view.incidence), view.altitude_km)
    ground = EARTH_RADIUS_KM * (incidence - off_nadir)
    height = view.altitude_km
    slant = np.hypot(
        EARTH_RADIUS_KM * np.sin(ground / EARTH_RADIUS_KM), height + EARTH_RADIUS_KM * (1 - np.cos(ground / EARTH_RADIUS_KM))
    )
    return slant / height / np.cos(incidence), slant / height


def _sigma_km(width_km: Float, spacing: float) -> Float:
    """Standard deviations that are left for quadrature on a lattice out of half-power widths."""
    widened = spacing**2 / 6 + (spacing**2 - NODE_KM**2) / 12  # variances of bilinear interpolation and of block means
    return np.sqrt(np.maximum((width_km * SIGMA_PER_WIDTH) ** 2 - widened, 0.0))


def _nodes(sigma: Float, spacing: float) -> _Points:
    """Quadrature nodes (km, one value a pixel) and weights of a Gaussian of standard deviation `sigma` on a lattice."""
    if np.nanmax(sigma) < 0.1 * spacing:
        return [(np.zeros_like(sigma), 1.0)]
    half = int(np.clip(np.ceil(2 * np.nanmedian(sigma) / (1.3 * spacing)), 1, 6))
    where = np.linspace(-2.0, 2.0, 2 * half + 1)
    weight = np.exp(-0.5 * where**2)
    weight /= weight.sum()
    where /= np.sqrt(np.sum(weight * where**2))
    return [(sigma * position, float(share)) for position, share in zip(where, weight, strict=True)]
