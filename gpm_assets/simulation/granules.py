"""Simulated granules: a planned piece of an orbit, observed and written as a PPS file."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation import geometry
from gpm_assets.constellation.instruments import REFERENCE, Instrument, SwathGroup, instrument
from gpm_assets.constellation.orbits import Track
from gpm_assets.granules.names import file_name
from gpm_assets.granules.radar import RadarSwath, name_radar, write_radar
from gpm_assets.granules.write import ScanStatus, name_1c, write_1c
from gpm_assets.simulation.noise import Place, field
from gpm_assets.simulation.observation import View, noise, observe, reach_km, view
from gpm_assets.simulation.plan import RADAR, PlannedGranule
from gpm_assets.simulation.scene import Scene, Seen, scene, segments
from gpm_assets.simulation.world import CELLS, hours_since_2000
from gpm_assets.swath import Swath

Times = NDArray[np.datetime64]

_GAP_PROBABILITY = 0.3
"""Share of granules with a gap of one to four scans."""
_RADAR_ERROR = 0.25
"""Relative error of radar rain, correlated over tens of km."""
_RADAR_FLOOR_MM_H = 0.2
_ATTENUATED_MM_H = 50.0
"""Rain above which the radar's quality is low."""


def granule_name(planned: PlannedGranule) -> str:
    """File name that PPS would give the granule."""
    ends = scan_times(planned)[[0, -1]]
    if planned.product == RADAR:
        return file_name(name_radar(_no_rays(ends), number=planned.number))
    row = instrument(planned.product)
    return file_name(name_1c([_no_pixels(row, ends)], row, number=planned.number))


def scan_times(planned: PlannedGranule) -> Times:
    """UTC times (scan,) of a planned granule, to the millisecond."""
    period = geometry.RADAR_SCAN_PERIOD_S if planned.product == RADAR else instrument(planned.product).scan_period_s
    scans = int((planned.stop - planned.start).astype("timedelta64[ms]").astype(float) / 1e3 / period)
    return planned.start + np.rint(np.arange(scans) * period * 1e3).astype("timedelta64[ms]")


def simulate_granule(planned: PlannedGranule, seed: int, path: Path) -> None:
    """Write a planned granule to `path`: 1C of a radiometer or 2A-DPR, the same bytes for the same plan and seed."""
    if planned.product == RADAR:
        write_radar(path, simulate_radar(planned, seed), number=planned.number)
        return
    row = instrument(planned.product)
    swaths, tracks = simulate_swaths(planned, seed)
    status = [ScanStatus(at.latitude, at.longitude, at.altitude, np.zeros(len(at.time), np.int16)) for at in tracks]
    write_1c(path, swaths, row, number=planned.number, status=status)


def simulate_swaths(planned: PlannedGranule, seed: int) -> tuple[list[Swath], list[Track]]:
    """The swath groups of a radiometer's granule with noise and gaps, and the satellite's track at the scans of each."""
    row, time, name = instrument(planned.product), scan_times(planned), granule_name(planned)
    scans = {group.name: geometry.scan(row, group, time[:: group.scan_step]) for group in row.groups}
    views = {group.name: view(row, group, scans[group.name]) for group in row.groups}
    tb: dict[str, list[NDArray[np.float32]]] = {group.name: [] for group in row.groups}
    for part in segments(len(time)):
        local = {group.name: views[group.name].rows(_taken(part, group.scan_step)) for group in row.groups}
        seen = scene_of(row, local, time[part], seed)
        for group in row.groups:
            tb[group.name].append(observe(seen, local[group.name], group.channels))
    missing = _gap(seed, name, len(time))
    swaths = []
    for group in row.groups:
        measured = np.concatenate(tb[group.name])
        measured += noise(seed, name, group.channels, views[group.name].latitude.shape)
        swaths.append(_swath(row, group, scans[group.name], measured, missing[:: group.scan_step], name))
    return swaths, [scans[group.name].track for group in row.groups]


def scene_of(row: Instrument, views: dict[str, View], time: Times, seed: int) -> Scene:
    """The scene of a granule: every group's surroundings, at the time at which the reference group sees them."""
    reference = views[row.reference_group]
    reach = max(reach_km(views[group.name], group.channels) for group in row.groups)
    others = [
        (views[group.name].latitude, views[group.name].longitude) for group in row.groups if group.name != row.reference_group
    ]
    return scene(seed, Seen(reference.latitude, reference.longitude, time), reach, others)


def simulate_radar(planned: PlannedGranule, seed: int) -> RadarSwath:
    """Near-surface rain as the radar sees it: 25 % error correlated over tens of km, nothing below 0.2 mm/h."""
    time, name = scan_times(planned), granule_name(planned)
    where = geometry.scan(instrument(REFERENCE), geometry.RADAR_GROUP, time, cross_track=True)
    around = scene(seed, Seen(where.latitude, where.longitude, time), reach_km=10.0)
    world = around.world
    fields = np.stack([world.rain, world.rain * world.convective, world.land, world.freezing_level], axis=-1)
    rain, shower, land, freezing_level = np.moveaxis(around.tiles.interpolate(fields, where.latitude, where.longitude), -1, 0)
    hours = np.broadcast_to(hours_since_2000(time)[:, None], rain.shape)
    place = Place(where.latitude.reshape(-1), where.longitude.reshape(-1), hours.reshape(-1))
    error = field(seed, CELLS, "radar error", place).reshape(rain.shape)
    measured = rain * np.exp(_RADAR_ERROR * error - 0.5 * _RADAR_ERROR**2)
    wet = measured >= _RADAR_FLOOR_MM_H
    lost = np.broadcast_to(_gap(seed, name, len(time))[:, None], rain.shape)
    kind = np.where(wet, np.where(shower > 0.5 * rain, 2, 1), 0)
    return RadarSwath(
        latitude=np.where(lost, np.nan, where.latitude),
        longitude=np.where(lost, np.nan, where.longitude),
        time=time,
        rain_mm_h=np.where(lost, np.nan, np.where(wet, measured, 0)).astype(np.float32),
        rain_type=np.where(lost, -1, kind).astype(np.int8),
        surface=np.where(lost, -1, np.select([land < 0.02, land > 0.98], [0, 1], 2)).astype(np.int8),
        freezing_level_m=np.where(lost, np.nan, freezing_level).astype(np.float32),
        quality=np.where(lost, -99, np.where(measured > _ATTENUATED_MM_H, 1, 0)).astype(np.int8),
        granule=name,
    )


def _swath(
    row: Instrument, group: SwathGroup, scan: geometry.Scan, tb: NDArray[np.float32], missing: NDArray[np.bool_], name: str
) -> Swath:
    lost = missing[:, None]
    shape = tb.shape
    incidence = np.where(lost, np.nan, scan.incidence).astype(np.float32)
    return Swath(
        sensor=row.name,
        channels=tuple(channel.name for channel in group.channels),
        tb=np.where(lost[..., None], np.nan, tb).astype(np.float32),
        latitude=np.where(lost, np.nan, scan.latitude),
        longitude=np.where(lost, np.nan, scan.longitude),
        time=scan.track.time,
        incidence=np.broadcast_to(incidence[..., None], shape),
        quality=np.broadcast_to(np.where(lost, -1, 0), shape[:2]).astype(np.int8),
        granule=name,
        group=group.name,
    )


def _taken(scans: slice, step: int) -> slice:
    """The rows, in a group that takes every `step`-th scan, of some scans of the instrument."""
    return slice(-(-scans.start // step), -(-scans.stop // step))


def _gap(seed: int, name: str, scans: int) -> NDArray[np.bool_]:
    """Scans (scan,) that are missing, as now and then in real files."""
    draw = np.random.default_rng([seed, zlib.crc32(f"gap {name}".encode())])
    missing = np.zeros(scans, bool)
    if draw.uniform() < _GAP_PROBABILITY:
        start = draw.integers(scans // 10, max(scans * 9 // 10, 1 + scans // 10))
        missing[start : start + draw.integers(1, 5)] = True
    return missing


def _no_pixels(row: Instrument, time: Times) -> Swath:
    """A swath of the right sensor and times without a pixel: what a name depends on."""
    empty = np.empty((len(time), 0))
    tb = np.empty((len(time), 0, 0), np.float32)
    return Swath(row.name, (), tb, empty, empty, time, tb, empty.astype(np.int8))


def _no_rays(time: Times) -> RadarSwath:
    empty = np.empty((len(time), 0))
    whole, single = empty.astype(np.int8), empty.astype(np.float32)
    return RadarSwath(empty, empty, time, single, whole, whole, single, whole)
