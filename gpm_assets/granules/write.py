"""Writing 1C granules in the layout of PPS, of every edition, with a header that says they are simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import Instrument, SwathGroup
from gpm_assets.errors import GranuleError
from gpm_assets.granules import storage, sun
from gpm_assets.granules.channels import long_name
from gpm_assets.granules.editions import edition_of
from gpm_assets.granules.headers import FileHeader, root_attributes, swath_header
from gpm_assets.granules.layout import level_1c
from gpm_assets.granules.names import GranuleName
from gpm_assets.granules.navigation import ScanStatus, ascending_node
from gpm_assets.granules.times import calendar_parts
from gpm_assets.swath import Swath

__all__ = ["Level", "ScanStatus", "name_1c", "write_1c"]

Level = Literal["1C", "1C-R"]

_NO_PARTNER = -10
"""`Quality` of a pixel of a 1C-R file at which its swath group did not look."""

_CALIBRATION_LEVELS = {"C": "C (Consensus)", "V": "V (Verified)", "N": "N (None)"}


@dataclass(frozen=True)
class _Kind:
    """What the header of a level adds to AlgorithmVersion and DOIshortName, and whether all groups lie on the same pixels."""

    algorithm: str = ""
    short_name: str = ""
    co_registered: bool = False


_KINDS: dict[str, _Kind] = {"1C": _Kind(), "1C-R": _Kind("-CO-REGv1.1", "_R", co_registered=True)}


@dataclass(frozen=True, eq=False)
class _Part:
    """One swath group on its way into the file; `number` counts the groups from 1."""

    number: int
    group: SwathGroup
    swath: Swath
    status: ScanStatus


def write_1c(
    path: Path,
    swaths: Sequence[Swath],
    instrument: Instrument,
    *,
    number: int | None,
    status: Sequence[ScanStatus] | ScanStatus,
    version: str = "V07A",
    level: Level = "1C",
) -> None:
    """Write the swath groups of one granule as a 1C file, atomically; NaN and NaT become the file's missing values.

    `swaths` are the instrument's groups in any order, channels in the order of the instrument table, TB in K. `status` is one for
    each in the order of `swaths`, or one of the instrument, of which groups with a `scan_step` take every n-th scan. `number` is
    None for a near-real-time piece, which is no orbit and has none. Level 1C-R holds all groups on the pixels of the first;
    a pixel without a partner has quality -10, no position and no TB. The bytes depend on the arguments alone: the header's
    time of generation is the granule's own stop. Raises GranuleError where groups, channels, scans, pixels or version do not fit.
    """
    parts = _parts(swaths, status, instrument)
    if _kind(level).co_registered:
        _check_co_registered([part.swath for part in parts], level)
    name = name_1c(swaths, instrument, number=number, version=version, level=level)
    with storage.created(path, edition_of(version).container) as file:
        for attribute, content in _root_attributes(parts, instrument, name).items():
            storage.write_text(file, attribute, content)
        for part in parts:
            _write_group(storage.add_group(file, part.group.name), part, instrument, name)


def name_1c(
    swaths: Sequence[Swath], instrument: Instrument, *, number: int | None, version: str = "V07A", level: Level = "1C"
) -> GranuleName:
    """The PPS name that belongs to the swaths: start and stop are the first and last scan, truncated to seconds."""
    start, stop = _span(swaths)
    edition = edition_of(version)
    return GranuleName(
        level=level,
        platform=instrument.platform,
        sensor=instrument.sensor,
        algorithm=instrument.algorithm_of(version),
        start=start.replace(microsecond=0),
        stop=stop.replace(microsecond=0),
        number=number,
        version=version,
        extension=edition.near_real_time_extension if number is None else edition.extension,
    )


def _kind(level: str) -> _Kind:
    if level not in _KINDS:
        raise GranuleError(f"unknown level {level!r} of a 1C file; there is {', '.join(_KINDS)}")
    return _KINDS[level]


def _parts(swaths: Sequence[Swath], status: Sequence[ScanStatus] | ScanStatus, instrument: Instrument) -> list[_Part]:
    if isinstance(status, ScanStatus):
        statuses = {group.name: status.every(group.scan_step) for group in instrument.groups}
    elif len(status) == len(swaths):
        statuses = {swath.group: of_group for swath, of_group in zip(swaths, status, strict=True)}
    else:
        raise GranuleError(f"{len(swaths)} swath groups came with {len(status)} scan statuses, expected one, or one for each")
    ordered = [_swath_of(swaths, group, instrument) for group in instrument.groups]
    for swath in ordered:
        if (lengths := statuses[swath.group].lengths) != {swath.shape[0]}:
            raise GranuleError(f"scan status does not fit {swath.shape[0]} scans of {swath.group}: it has lengths {lengths}")
    return [
        _Part(number, group, swath, statuses[group.name])
        for number, (group, swath) in enumerate(zip(instrument.groups, ordered, strict=True), 1)
    ]


def _swath_of(swaths: Sequence[Swath], group: SwathGroup, instrument: Instrument) -> Swath:
    found = [swath for swath in swaths if swath.group == group.name]
    if len(found) != 1 or len(swaths) != len(instrument.groups):
        have = ", ".join(swath.group for swath in swaths)
        raise GranuleError(
            f"{instrument.name} has swath groups {', '.join(g.name for g in instrument.groups)}; given were {have}"
        )
    expected = tuple(channel.name for channel in group.channels)
    if found[0].sensor != instrument.name or found[0].channels != expected:
        raise GranuleError(
            f"group {group.name} of {instrument.name} has channels {', '.join(expected)}; "
            f"given were those of {found[0].sensor}: {', '.join(found[0].channels)}"
        )
    return found[0]


def _check_co_registered(swaths: Sequence[Swath], level: str) -> None:
    shapes = {swath.group: swath.shape for swath in swaths}
    if len(set(shapes.values())) != 1 or len(swaths) == 1:
        raise GranuleError(
            f"level {level} puts several swath groups on the same scans and pixels; {swaths[0].sensor} has {shapes}"
        )
    for swath in swaths:
        alone = swath.quality == _NO_PARTNER
        if np.isfinite(swath.latitude[alone]).any() or np.isfinite(swath.tb[alone]).any():
            raise GranuleError(f"level {level}, group {swath.group}: pixels of quality {_NO_PARTNER} have a position or TB")


def _span(swaths: Sequence[Swath]) -> tuple[datetime, datetime]:
    times = np.concatenate([swath.time for swath in swaths]).astype("datetime64[ms]")
    times = times[~np.isnat(times)]
    if not times.size:
        raise GranuleError("a granule without a single scan time cannot be written")
    return times.min().item(), times.max().item()


def _root_attributes(parts: Sequence[_Part], instrument: Instrument, name: GranuleName) -> dict[str, dict[str, str]]:
    start, stop = _span([part.swath for part in parts])
    kind = _kind(name.level)
    reference = next(part for part in parts if part.group.name == instrument.reference_group)
    about = FileHeader(
        product=f"1C{instrument.sensor}",
        short_name=f"1C{instrument.platform}{instrument.sensor}{kind.short_name}",
        algorithm=name.algorithm.removeprefix("XCAL") + kind.algorithm,
        start=start,
        stop=stop,
        swaths=len(parts),
        missing_scans=int((~np.isfinite(parts[0].swath.tb).any(axis=(1, 2))).sum()),
        node=ascending_node(reference.status, reference.swath.time),
    )
    calibration = {
        "CalibrationStandard": instrument.calibration_standard,
        "CalibrationTable": instrument.calibration_table if name.algorithm == instrument.algorithm else "",
        "CalibrationLevel": _CALIBRATION_LEVELS[name.algorithm[-1]],
    }
    return root_attributes(name, about) | {"XCALinfo": calibration}


def _write_group(holder: h5py.Group, part: _Part, instrument: Instrument, name: GranuleName) -> None:
    swath, group = part.swath, part.group
    scans, pixels = swath.shape
    columns, which = _incidence_columns(swath)
    header = swath_header(scans, pixels, instrument.max_scans, instrument.scan)
    storage.write_text(holder, f"{group.name}_SwathHeader", header)
    storage.write_text(holder, f"{group.name}_IncidenceAngleIndex", {"IncidenceAngleIndex": ",".join(map(str, which))})
    arrays: dict[str, NDArray[Any]] = {
        "Latitude": swath.latitude,
        "Longitude": swath.longitude,
        **calendar_parts(swath.time),
        **_status_arrays(part.status, name.number),
        "Quality": swath.quality,
        "incidenceAngle": columns,
        "incidenceAngleIndex": np.broadcast_to(np.array(which, dtype=np.int8), (scans, len(which))),
        "sunGlintAngle": _glint(swath, part.status, columns.shape[2]),
        "Tc": swath.tb,
        "sunLocalTime": sun.local_solar_time(swath.time, swath.longitude),
    }
    for field in level_1c(edition_of(name.version), instrument.sensor, group, part.number):
        storage.write_field(holder, field, arrays[field.path])
    storage.write_attribute(holder["Tc"], "LongName", long_name(group.channels))


def _status_arrays(status: ScanStatus, number: int | None) -> dict[str, NDArray[Any]]:
    scans = len(status.latitude)
    return {
        "SCstatus/SCorientation": status.orientation,
        "SCstatus/SClatitude": status.latitude,
        "SCstatus/SClongitude": status.longitude,
        "SCstatus/SCaltitude": status.altitude_km,
        "SCstatus/FractionalGranuleNumber": (np.nan if number is None else number) + (np.arange(scans) + 0.5) / scans,
    }


def _incidence_columns(swath: Swath) -> tuple[NDArray[np.float32], list[int]]:
    """Distinct incidence angles (scan, pixel, nchUIA), and for every channel the number, from 1, of its own."""
    columns: list[NDArray[np.float32]] = []
    which: list[int] = []
    for channel in range(len(swath.channels)):
        angles = swath.incidence[:, :, channel]
        same = next((i for i, column in enumerate(columns) if np.array_equal(column, angles, equal_nan=True)), len(columns))
        if same == len(columns):
            columns.append(angles)
        which.append(same + 1)
    return np.stack(columns, axis=-1), which


def _glint(swath: Swath, status: ScanStatus, count: int) -> NDArray[np.int8]:
    where = (status.latitude.astype(float), status.longitude.astype(float), status.altitude_km.astype(float))
    angle = sun.glint_angle(swath.time, swath.latitude, swath.longitude, where)
    return np.repeat(angle[:, :, None], count, axis=2)
