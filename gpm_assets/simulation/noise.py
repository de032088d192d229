"""Random fields on the moving atmosphere: stationary Gaussian fields in space, with a life in time, from a seed.

A field is a periodic Gaussian volume with a power-law spectrum, cut by the sphere in a random place and orientation. Every
epoch of its life has a cut of its own; neighbouring epochs are blended so that variance stays one. Within an epoch the field
drifts with the steering flow: cells move and live, and no shear builds up.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from gpm_assets.constellation.sphere import EARTH_RADIUS_KM

Float = NDArray[np.float32]

_ALL = slice(None)
_TILT = 2.2
_TILT_FROM_DEG = 25.0


@dataclass(frozen=True)
class Layer:
    """A range of scales: wavelengths in km, spectral slope of the volume (k^-slope), life in hours (inf: no change).

    What belongs to the air `drifts` with it. Fields of one layer share a volume of `size`^3 voxels of a quarter of the shortest
    wavelength.
    """

    name: str
    shortest_km: float
    longest_km: float
    slope: float
    life_hours: float
    size: int = 64
    drifts: bool = True

    @property
    def voxel_km(self) -> float:
        """Edge of a voxel."""
        return self.shortest_km / 4


def field(seed: int, layer: Layer, name: str, place: Place) -> Float:
    """Values (n,) of a field of mean 0 and variance 1 at places and times."""
    volume = _volume(seed, layer)
    if np.isinf(layer.life_hours):
        return _cut(volume, seed, layer, name, 0, place.drifted(None))
    phase = place.hours / layer.life_hours
    epoch = np.floor(phase)
    values = np.zeros(place.latitude.shape, np.float32)
    for number in np.union1d(epoch, epoch + 1):
        nearness = 1 - np.abs(phase - number)
        chosen = np.flatnonzero(nearness > 0)
        born = number * layer.life_hours if layer.drifts else None
        cut = _cut(volume, seed, layer, name, int(number), place.drifted(born, chosen))
        values[chosen] += np.sin(0.5 * np.pi * nearness[chosen]).astype(np.float32) * cut
    return values


@dataclass(frozen=True)
class Place:
    """Where and when: `latitude`, `longitude` (n,) in degrees, `hours` (n,) since 2000-01-01."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    hours: NDArray[np.float64]

    def tilted(self, strength: float = 1.0) -> Place:
        """Where a field is cut so that its patterns stretch from the west and the equator to the east and the pole, as fronts do.

        Longitudes are shifted with latitude: not at all at the equator, by up to 1.3 km a km in the middle latitudes.
        """
        shift = strength * _TILT * (np.hypot(self.latitude, _TILT_FROM_DEG) - _TILT_FROM_DEG)
        return Place(self.latitude, self.longitude - shift, self.hours)

    def drifted(self, since_hours: float | None, chosen: slice | NDArray[np.intp] = _ALL) -> NDArray[np.float64]:
        """Positions (3, n) in km that the air had at `since_hours` under the steering flow; where it is, for None."""
        lat, lon = np.deg2rad(self.latitude[chosen]), np.deg2rad(self.longitude[chosen])
        if since_hours is not None:
            lon = lon - drift_rad_per_hour(lat) * (self.hours[chosen] - since_hours)
        horizontal = EARTH_RADIUS_KM * np.cos(lat)
        return np.stack([horizontal * np.cos(lon), horizontal * np.sin(lon), EARTH_RADIUS_KM * np.sin(lat)])


def drift_rad_per_hour(latitude_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angular drift of weather: 6 m/s to the west at the equator, 14 m/s to the east at 45 degrees, rigid at the poles."""
    degrees = np.abs(np.rad2deg(latitude_rad))
    metres_per_second = -6.0 + 20.0 * np.exp(-(((degrees - 47.0) / 17.0) ** 2)) + 6.0 * np.clip((degrees - 15.0) / 30.0, 0.0, 1.0)
    return metres_per_second * 3.6 / (EARTH_RADIUS_KM * np.maximum(np.cos(latitude_rad), 0.3))


def _cut(volume: Float, seed: int, layer: Layer, name: str, epoch: int, position: NDArray[np.float64]) -> Float:
    random = np.random.default_rng([seed, zlib.crc32(f"{layer.name}/{name}".encode()), epoch & 0xFFFFFFFF])
    rotation, _ = np.linalg.qr(random.standard_normal((3, 3)))
    voxels = (rotation / layer.voxel_km) @ position + random.uniform(0, layer.size, (3, 1))
    return map_coordinates(volume, voxels, output=np.float32, order=1, mode="grid-wrap", prefilter=False)


@lru_cache(maxsize=12)
def _volume(seed: int, layer: Layer) -> Float:
    """Periodic Gaussian volume, mean 0 and variance 1 after linear interpolation, spectrum k^-slope within the layer's range."""
    random = np.random.default_rng([seed, zlib.crc32(layer.name.encode())])
    frequency = np.fft.fftfreq(layer.size, layer.voxel_km)
    squared = (
        frequency[:, None, None] ** 2
        + frequency[None, :, None] ** 2
        + np.fft.rfftfreq(layer.size, layer.voxel_km)[None, None, :] ** 2
    )
    with np.errstate(divide="ignore"):
        amplitude = squared ** (-layer.slope / 4)
    amplitude[(squared < layer.longest_km**-2.0) | (squared > layer.shortest_km**-2.0)] = 0.0
    noise = np.fft.rfftn(random.standard_normal((layer.size,) * 3, dtype=np.float32))
    volume = np.fft.irfftn(noise * amplitude, s=(layer.size,) * 3, axes=(0, 1, 2)).astype(np.float32)
    return volume / (volume.std() * _interpolated_deviation(volume))


def _interpolated_deviation(volume: Float) -> float:
    """Standard deviation that linear interpolation at random places leaves of a volume, relative to the volume's own."""
    where = np.random.default_rng(0).uniform(0, volume.shape[0], (3, 20_000))
    return float(map_coordinates(volume, where, order=1, mode="grid-wrap", prefilter=False).std() / volume.std())
