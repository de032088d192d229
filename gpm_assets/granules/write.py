"""Writing 1C granules in the layout of PPS V07 files, with a header that says they are simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import Instrument, SwathGroup
from gpm_assets.errors import GranuleError
from gpm_assets.granules import storage, sun
from gpm_assets.granules.channels import long_name
from gpm_assets.granules.headers import FileHeader, root_attributes, swath_header
from gpm_assets.granules.layout import LEVEL_1C
from gpm_assets.granules.names import GranuleName
from gpm_assets.granules.times import calendar_parts
from gpm_assets.swath import Swath

_CALIBRATION_LEVELS = {"C": "C (Consensus)", "V": "V (Verified)", "N": "N (None)"}


@dataclass(frozen=True, eq=False)
class ScanStatus:
    """Where the spacecraft was at each scan, arrays (scan,): degrees, degrees, km; `orientation` in degrees, 180 looking aft."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    altitude_km: NDArray[np.float64]
    orientation: NDArray[np.int16]


def write_1c(
    path: Path,
    swaths: Sequence[Swath],
    instrument: Instrument,
    *,
    number: int,
    status: Sequence[ScanStatus] | ScanStatus,
    version: str = "V07A",
) -> None:
    """Write the swath groups of one granule as a 1C file, atomically; NaN and NaT become the file's missing values.

    `swaths` are the instrument's groups in any order, channels in the order of the instrument table, TB in K; `status` is one
    for all groups, or one for each in the order of `swaths`. The bytes depend on the arguments alone: the header's time of
    generation is the granule's own stop. Raises GranuleError where groups, channels or scans do not fit.
    """
    statuses = {s.group: t for s, t in zip(swaths, _each(status, len(swaths)), strict=True)}
    ordered = [_swath_of(swaths, group, instrument) for group in instrument.groups]
    name = name_1c(ordered, instrument, number=number, version=version)
    with storage.created(path) as file:
        for attribute, content in _root_attributes(ordered, instrument, name).items():
            storage.write_text(file, attribute, content)
        for index, (swath, group) in enumerate(zip(ordered, instrument.groups, strict=True), 1):
            _write_group(file.create_group(group.name), index, swath, statuses[group.name], (group, instrument, number))


def name_1c(swaths: Sequence[Swath], instrument: Instrument, *, number: int, version: str = "V07A") -> GranuleName:
    """The PPS name that belongs to the swaths: start and stop are the first and last scan, truncated to seconds."""
    start, stop = _span(swaths)
    return GranuleName(
        level="1C",
        platform=instrument.platform,
        sensor=instrument.sensor,
        algorithm=instrument.algorithm,
        start=start.replace(microsecond=0),
        stop=stop.replace(microsecond=0),
        number=number,
        version=version,
        extension="HDF5",
    )


def _each(status: Sequence[ScanStatus] | ScanStatus, count: int) -> Sequence[ScanStatus]:
    statuses = [status] * count if isinstance(status, ScanStatus) else status
    if len(statuses) != count:
        raise GranuleError(f"{count} swath groups came with {len(statuses)} scan statuses, expected one, or one for each")
    return statuses


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


def _span(swaths: Sequence[Swath]) -> tuple[datetime, datetime]:
    times = np.concatenate([swath.time for swath in swaths]).astype("datetime64[ms]")
    times = times[~np.isnat(times)]
    if not times.size:
        raise GranuleError("a granule without a single scan time cannot be written")
    return times.min().item(), times.max().item()


def _root_attributes(swaths: Sequence[Swath], instrument: Instrument, name: GranuleName) -> dict[str, dict[str, str]]:
    start, stop = _span(swaths)
    about = FileHeader(
        product=f"1C{instrument.sensor}",
        short_name=f"1C{instrument.platform}{instrument.sensor}",
        algorithm=instrument.algorithm.removeprefix("XCAL"),
        start=start,
        stop=stop,
        swaths=len(swaths),
        missing_scans=int((~np.isfinite(swaths[0].tb).any(axis=(1, 2))).sum()),
    )
    calibration = {
        "CalibrationStandard": instrument.calibration_standard,
        "CalibrationTable": instrument.calibration_table,
        "CalibrationLevel": _CALIBRATION_LEVELS[instrument.algorithm[-1]],
    }
    return root_attributes(name, about, f"1C{instrument.sensor}") | {"XCALinfo": calibration}


def _write_group(
    holder: h5py.Group, index: int, swath: Swath, status: ScanStatus, about: tuple[SwathGroup, Instrument, int]
) -> None:
    group, instrument, number = about
    scans, pixels = swath.shape
    columns, which = _incidence_columns(swath)
    header = swath_header(scans, pixels, instrument.max_scans, instrument.scan)
    storage.write_text(holder, f"{group.name}_SwathHeader", header)
    storage.write_text(holder, f"{group.name}_IncidenceAngleIndex", {"IncidenceAngleIndex": ",".join(map(str, which))})
    arrays: dict[str, NDArray[Any]] = {
        "Latitude": swath.latitude,
        "Longitude": swath.longitude,
        **calendar_parts(swath.time),
        **_status_arrays(status, scans, number),
        "Quality": swath.quality,
        "incidenceAngle": columns,
        "incidenceAngleIndex": np.broadcast_to(np.array(which, dtype=np.int8), (scans, len(which))),
        "sunGlintAngle": _glint(swath, status, columns.shape[2]),
        "Tc": swath.tb,
        "sunLocalTime": sun.local_solar_time(swath.time, swath.longitude),
    }
    for field in LEVEL_1C:
        storage.write_field(holder, field, arrays[field.path], suffix=str(index))
    storage.write_attribute(holder["Tc"], "LongName", long_name(group.channels))


def _status_arrays(status: ScanStatus, scans: int, number: int) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "SCstatus/SCorientation": status.orientation,
        "SCstatus/SClatitude": status.latitude,
        "SCstatus/SClongitude": status.longitude,
        "SCstatus/SCaltitude": status.altitude_km,
        "SCstatus/FractionalGranuleNumber": number + (np.arange(scans) + 0.5) / scans,
    }
    lengths = {name: len(array) for name, array in arrays.items()}
    if set(lengths.values()) != {scans}:
        raise GranuleError(f"scan status does not fit {scans} scans: {lengths}")
    return arrays


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
