"""Simulated granules: a planned piece of an orbit, observed and written as a PPS file of any version and level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation import geometry
from gpm_assets.constellation.instruments import REFERENCE, Instrument, SwathGroup, instrument
from gpm_assets.constellation.radar import RADAR_PRODUCTS
from gpm_assets.errors import RequestError
from gpm_assets.granules.names import file_name
from gpm_assets.granules.radar import RadarSwath, name_radar, write_radar
from gpm_assets.granules.write import Level, ScanStatus, name_1c, write_1c
from gpm_assets.simulation import calibration
from gpm_assets.simulation.coregistration import co_registered
from gpm_assets.simulation.defects import lost_scans, with_defects
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import View, noise, observe, reach_km, view
from gpm_assets.simulation.pieces import identity, scan_times
from gpm_assets.simulation.plan import PlannedGranule
from gpm_assets.simulation.radar import radar_rains
from gpm_assets.simulation.scene import Scene, Seen, scene, segments
from gpm_assets.swath import Swath

Times = NDArray[np.datetime64]


def granule_name(planned: PlannedGranule, *, version: str = "V07A", level: Level = "1C", near_real_time: bool = False) -> str:
    """File name that PPS would give the granule; `level` is a radiometer's."""
    ends, number = scan_times(planned)[[0, -1]], None if near_real_time else planned.number
    if planned.product in RADAR_PRODUCTS:
        return file_name(name_radar(_no_rays(planned.product, ends), number=number, version=version))
    row = instrument(planned.product)
    return file_name(name_1c([_no_pixels(row, ends)], row, number=number, version=version, level=level))


def simulate_granule(
    planned: PlannedGranule,
    nature: Nature,
    path: Path,
    *,
    version: str = "V07A",
    level: Level = "1C",
    near_real_time: bool = False,
) -> None:
    """Write a planned granule to `path`, the same bytes for the same arguments: 1C of a radiometer, 2A-DPR or 2B-CMB.

    Version and level change the file, not what was measured. Level 1C-R is GMI's. A granule in near real time has no number;
    `pieces.near_real_time_pieces` makes them of an orbit. Raises GranuleError for a
    version that there is not, RequestError for another sensor's 1C-R.
    """
    number = None if near_real_time else planned.number
    if planned.product in RADAR_PRODUCTS:
        rains = radar_rains(planned, nature)
        write_radar(path, rains["near_surface"], number=number, version=version, other_rain_mm_h=rains["surface"].rain_mm_h)
        return
    row = instrument(planned.product)
    if level == "1C-R" and row.name != REFERENCE:
        raise RequestError(f"{row.name} has no level 1C-R; {REFERENCE} alone has")
    swaths, scans = simulate_swaths(planned, nature)
    status: list[ScanStatus] | ScanStatus = [_status(scan) for scan in scans]
    if level == "1C-R":
        swaths, status = co_registered(swaths), _status(scans[0])
    write_1c(path, swaths, row, number=number, status=status, version=version, level=level)


def simulate_swaths(planned: PlannedGranule, nature: Nature) -> tuple[list[Swath], list[geometry.Scan]]:
    """The swath groups of a radiometer's granule as its file has them, and how each was scanned."""
    row, time, name = instrument(planned.product), scan_times(planned), identity(planned)
    scans = {group.name: geometry.scan(row, group, time[:: group.scan_step]) for group in row.groups}
    views = {group.name: view(row, group, scans[group.name]) for group in row.groups}
    tb: dict[str, list[NDArray[np.float32]]] = {group.name: [] for group in row.groups}
    for part in segments(len(time)):
        local = {group.name: views[group.name].rows(_taken(part, group.scan_step)) for group in row.groups}
        seen = scene_of(row, local, time[part], nature)
        for group in row.groups:
            error = calibration.scene_errors(nature, row, group.channels, time, seen.world)
            tb[group.name].append(observe(seen, local[group.name], group.channels, nature.physics, error))
    lost = lost_scans(nature, name, len(time))
    swaths = []
    for group in row.groups:
        scan, measured = scans[group.name], np.concatenate(tb[group.name])
        measured += noise(nature, name, group.channels, scan.latitude.shape)
        measured += calibration.offsets(nature, row, group.channels, scan.track.time)[:, None]
        swath = _swath(row, group, scan, measured, name)
        swaths.append(with_defects(swath, scan, group, lost.every(group.scan_step), nature))
    return swaths, [scans[group.name] for group in row.groups]


def scene_of(row: Instrument, views: dict[str, View], time: Times, nature: Nature) -> Scene:
    """The scene of a granule: every group's surroundings, at the time at which the reference group sees them."""
    reference = views[row.reference_group]
    reach = max(reach_km(views[group.name], group.channels, nature.physics) for group in row.groups)
    others = [
        (views[group.name].latitude, views[group.name].longitude) for group in row.groups if group.name != row.reference_group
    ]
    return scene(nature.seed, Seen(reference.latitude, reference.longitude, time), reach, others, nature.morphology)


def _swath(row: Instrument, group: SwathGroup, scan: geometry.Scan, tb: NDArray[np.float32], name: str) -> Swath:
    return Swath(
        sensor=row.name,
        channels=tuple(channel.name for channel in group.channels),
        tb=tb,
        latitude=scan.latitude,
        longitude=scan.longitude,
        time=scan.track.time,
        incidence=geometry.channel_incidence(scan, group),
        quality=np.zeros(scan.latitude.shape, np.int8),
        granule=name,
        group=group.name,
        aft=scan.aft,
    )


def _status(scan: geometry.Scan) -> ScanStatus:
    return ScanStatus(scan.track.latitude, scan.track.longitude, scan.track.altitude, scan.orientation)


def _taken(scans: slice, step: int) -> slice:
    """The rows, in a group that takes every `step`-th scan, of some scans of the instrument."""
    return slice(-(-scans.start // step), -(-scans.stop // step))


def _no_pixels(row: Instrument, time: Times) -> Swath:
    """A swath of the right sensor and times without a pixel: what a name depends on."""
    empty = np.empty((len(time), 0))
    tb = np.empty((len(time), 0, 0), np.float32)
    return Swath(row.name, (), tb, empty, empty, time, tb, empty.astype(np.int8))


def _no_rays(product: str, time: Times) -> RadarSwath:
    empty = np.empty((len(time), 0))
    whole, single = empty.astype(np.int8), empty.astype(np.float32)
    return RadarSwath(empty, empty, time, single, whole, whole, single, single, whole, product=RADAR_PRODUCTS[product])
