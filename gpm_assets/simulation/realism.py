"""A year of GMI's looks at a simulated world, to be held against reality: from orbit and world alone, no granule on disk.

Short pieces of orbits, one in every part of the year, their places along the orbit by the golden section: latitudes and seasons
fill evenly, and orbit sampling stays as it is. TB are means over antenna patterns, without noise and residual errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation import geometry
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.constellation.orbits import orbit_starts, period_s
from gpm_assets.constellation.radar import RADAR
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.geography.land import land_fraction
from gpm_assets.simulation.granules import scene_of
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import View, observe, rain_footprint_mean, view
from gpm_assets.simulation.plan import PlannedGranule
from gpm_assets.simulation.radar import simulate_radar
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.scene import Scene, Seen, scene
from gpm_assets.simulation.world import World, world

Float = NDArray[np.float64]
Values = NDArray[np.float32]
Times = NDArray[np.datetime64]
Progress = Callable[[int, int], None]

_MAPPED = "07-15T12:00"
_MAPPED_CHANNELS = ("36.64V", "36.64H", "89V", "89H")
_THIN = 20
"""Pixels about 100 km apart."""
_GOLDEN = (np.sqrt(5) - 1) / 2
_GMI = INSTRUMENTS[REFERENCE]


@dataclass(frozen=True)
class Extent:
    """How much is looked at.

    `pieces` of orbits of so many `scans` with footprints; without TB `lines`, single scans, and `moments`, at each of which every
    20th pixel of a scan is taken; a map of `map_step_deg`.

    The defaults take about two minutes on one core; channels' `sampling_error` says how well means are known then.
    """

    year: int = 2018
    pieces: int = 500
    scans: int = 16
    lines: int = 3000
    moments: int = 20_000
    map_step_deg: float = 0.5


@dataclass(frozen=True, eq=False)
class Looks:
    """Pixels (scan, pixel) of a swath group: degrees, TB (scan, pixel, channel) in K, and what is there.

    `land` is the share of land, lakes among it, `sea_ice` of ice on the water; `rain` in mm/h and `convective`, its share, are
    means over the 36.64 GHz footprint.
    """

    channels: tuple[str, ...]
    latitude: Values
    longitude: Values
    tb: Values
    land: Values
    sea_ice: Values
    rain: Values
    convective: Values

    def channel(self, name: str) -> Values:
        """TB (scan, pixel) of a channel."""
        return self.tb[..., self.channels.index(name)]


@dataclass(frozen=True, eq=False)
class Rays:
    """Rain (scan, ray) in mm/h at rays of the radar: as it is, and as the radar sees it."""

    true: Values
    seen: Values


@dataclass(frozen=True, eq=False)
class Lines:
    """Positions of single scans of GMI: degrees (line, pixel), UTC (line,), and the world (line x pixel,) there."""

    latitude: Float
    longitude: Float
    time: Times
    world: World

    @property
    def rain(self) -> Values:
        """Rain (line, pixel) in mm/h."""
        return self.world.rain.reshape(self.latitude.shape)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The globe at one moment: degrees (row, column), TB in K by channel as pencil beams see it, rain in mm/h."""

    time: np.datetime64
    latitude: Float
    longitude: Float
    tb: dict[str, Values]
    rain: Values


@dataclass(frozen=True, eq=False)
class Sample:
    """What `sample` collects: looks of each swath group by its name, rays beside them, and a map.

    `lines` are for what depends on distance along the scan, `places` for how often and where it rains.
    """

    extent: Extent
    looks: dict[str, Looks]
    rays: Rays
    lines: Lines
    places: Lines
    snapshot: Snapshot


def sample(nature: Nature, extent: Extent, progress: Progress | None = None) -> Sample:
    """A year of a simulated world as GMI and its radar see it."""
    looks: dict[str, list[Looks]] = {group.name: [] for group in _GMI.groups}
    rays = []
    for index, start in enumerate(starts(extent.year, extent.pieces)):
        for name, part in _looks(nature, start, extent.scans):
            looks[name].append(part)
        rays.append(_rays(nature, start, extent.scans))
        if progress:
            progress(index + 1, extent.pieces)
    return Sample(
        extent,
        {name: _joined(parts) for name, parts in looks.items()},
        Rays(*(np.concatenate([getattr(part, name) for part in rays]) for name in ("true", "seen"))),
        lines(nature, extent.year, extent.lines),
        lines(nature, extent.year, extent.moments, every=_THIN),
        snapshot(nature, np.datetime64(f"{extent.year}-{_MAPPED}", "ms"), extent.map_step_deg),
    )


def starts(year: int, count: int) -> Times:
    """Moments (count,) spread over a year, their places along GMI's orbit by the golden section."""
    first, last = (np.datetime64(f"{number}-01-01", "ms") for number in (year, year + 1))
    step = (last - first) / count
    spread = first + (np.arange(count) * step.astype(np.float64)).astype("timedelta64[ms]")
    along = (np.arange(count) * _GOLDEN) % 1 * period_s(_GMI) * 1e3
    return orbit_starts(_GMI, spread) + along.astype("timedelta64[ms]")


def pixel_spacing_km() -> float:
    """Distance of neighbouring pixels along a scan of GMI."""
    where = geometry.scan(_GMI, _GMI.groups[0], starts(2018, 1))
    return float(np.median(np.linalg.norm(np.diff(unit_vectors(where.latitude[0], where.longitude[0]), axis=0), axis=-1))) * (
        EARTH_RADIUS_KM
    )


def lines(nature: Nature, year: int, count: int, every: int = 1) -> Lines:
    """So many single scans of GMI spread over a year, every so many pixels of them, and the world there."""
    time = starts(year, count)
    where = geometry.scan(_GMI, _GMI.groups[0], time)
    latitude, longitude = where.latitude[:, ::every], where.longitude[:, ::every]
    moment = np.repeat(time, latitude.shape[1])
    below = world(nature.seed, latitude.ravel(), longitude.ravel(), moment, nature.morphology)
    return Lines(latitude, longitude, time, below)


def snapshot(nature: Nature, time: np.datetime64, step_deg: float) -> Snapshot:
    """The globe at GMI's incidence on a lattice."""
    latitude, longitude = np.mgrid[-90 + step_deg / 2 : 90 : step_deg, -180 + step_deg / 2 : 180 : step_deg]
    below = world(nature.seed, latitude.ravel(), longitude.ravel(), np.full(latitude.size, time), nature.morphology)
    channels = tuple(channel for channel in _GMI.channels if channel.name in _MAPPED_CHANNELS)
    incidence = geometry.nominal_incidence_deg(_GMI, _GMI.groups[0])
    tb = brightness_temperature(below, channels, incidence, physics=nature.physics)
    fields = {channel.name: tb[:, index].reshape(latitude.shape) for index, channel in enumerate(channels)}
    return Snapshot(time, latitude, longitude, fields, below.rain.reshape(latitude.shape))


def _looks(nature: Nature, start: np.datetime64, scans: int) -> Iterator[tuple[str, Looks]]:
    """Looks of both swath groups in consecutive scans."""
    time = start + np.rint(np.arange(scans) * _GMI.scan_period_s * 1e3).astype("timedelta64[ms]")
    views = {group.name: view(_GMI, group, geometry.scan(_GMI, group, time)) for group in _GMI.groups}
    around = scene_of(_GMI, views, time, nature)
    for group in _GMI.groups:
        here = views[group.name]
        rain, shower = _rain(around, here)
        yield (
            group.name,
            Looks(
                channels=tuple(channel.name for channel in group.channels),
                latitude=here.latitude.astype(np.float32),
                longitude=here.longitude.astype(np.float32),
                tb=observe(around, here, group.channels, nature.physics),
                land=land_fraction(here.latitude, here.longitude),
                sea_ice=around.tiles.interpolate(around.world.sea_ice[:, None], here.latitude, here.longitude)[..., 0],
                rain=rain,
                convective=(shower / np.maximum(rain, 1e-6)).astype(np.float32),
            ),
        )


def _rain(around: Scene, here: View) -> tuple[Values, Values]:
    """Rain and convective rain (scan, pixel) in mm/h, means over the 36.64 GHz footprint."""
    rain = around.world.rain
    means = rain_footprint_mean(around, np.stack([rain, rain * around.world.convective], axis=-1), here)
    return means[..., 0], means[..., 1]


def _rays(nature: Nature, start: np.datetime64, scans: int) -> Rays:
    """Rain below the satellite during so many scans of GMI."""
    stop = start + np.timedelta64(round(scans * _GMI.scan_period_s * 1e3), "ms")
    seen = simulate_radar(PlannedGranule(RADAR, 1, start, stop), nature)
    around = scene(nature.seed, Seen(seen.latitude, seen.longitude, seen.time), reach_km=10.0, morphology=nature.morphology)
    known = np.isfinite(seen.latitude)
    true = np.full(known.shape, np.nan, np.float32)
    true[known] = around.tiles.interpolate(around.world.rain[:, None], seen.latitude[known], seen.longitude[known])[:, 0]
    return Rays(true, seen.rain_mm_h)


def _joined(parts: list[Looks]) -> Looks:
    """Looks one after the other."""
    arrays = {item.name: [getattr(part, item.name) for part in parts] for item in fields(Looks) if item.name != "channels"}
    return Looks(parts[0].channels, **{name: np.concatenate(values) for name, values in arrays.items()})
