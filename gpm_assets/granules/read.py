"""Reading 1C granules: brightness temperatures under the quality policy, one Swath a swath group."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.agreement import file_channels
from gpm_assets.granules.channels import match
from gpm_assets.granules.identity import Granule, header, identify, identity_of
from gpm_assets.granules.quality import screen
from gpm_assets.granules.times import read_times
from gpm_assets.swath import Swath

__all__ = ["Granule", "identify", "read_1c", "read_any_1c"]

_TIME_MARGIN = timedelta(seconds=60)  # scan times may leave the header's interval by a fraction of a scan


def read_1c(path: Path) -> tuple[Swath, ...]:
    """The swath groups of a 1C granule, one Swath each, with the quality policy applied.

    Raises GranuleError where the file cannot be read, contradicts itself, or comes from a sensor without a row in the
    instrument table.
    """
    with hdf.opened(path) as file:
        granule = identity_of(file, path)
        if granule.level not in ("1C", "1C-R"):
            raise GranuleError(f"{path}: is a {granule.product} file of level {granule.level}, expected level 1C")
        if not granule.known:
            raise GranuleError(f"{path}: sensor {granule.sensor_name} is unknown; known sensors are {', '.join(INSTRUMENTS)}")
        return _swaths(file, granule)


def read_any_1c(path: Path) -> tuple[Granule, tuple[Swath, ...]]:
    """As `read_1c`, for sensors outside the instrument table too; their channels carry the names of `FileChannel.name`."""
    with hdf.opened(path) as file:
        granule = identity_of(file, path)
        return granule, _swaths(file, granule)


def _swaths(file: h5py.File, granule: Granule) -> tuple[Swath, ...]:
    if (empty := header(file).get("EmptyGranule", "NOT_EMPTY")) != "NOT_EMPTY":
        raise GranuleError(f"{granule.path}: the header says EmptyGranule={empty}, there is nothing to read")
    return tuple(_swath(file[name], granule) for name in hdf.swath_groups(file))


def _swath(group: h5py.Group, granule: Granule) -> Swath:
    tb = hdf.filled(group, "Tc", 3)
    latitude, longitude = (hdf.filled(group, name, 2).astype(np.float64) for name in ("Latitude", "Longitude"))
    quality = hdf.values(group, "Quality", 2)
    if quality.dtype != np.int8:
        raise GranuleError(f"{granule.path}:{group.name}/Quality: holds {quality.dtype}, expected codes in int8")
    time = read_times(group)
    shapes = (tb.shape[:2], latitude.shape, longitude.shape, quality.shape, (*time.shape, tb.shape[1]))
    if len(set(shapes)) != 1:
        raise GranuleError(f"{granule.path}:{group.name}: shapes of Tc, positions, Quality and ScanTime disagree: {shapes}")
    check_times(time, granule, group.name)
    channels = _channel_names(group, granule)
    counts = screen(tb, latitude, longitude, quality, channels)
    aft, turned = _look(group)
    return Swath(
        sensor=granule.sensor_name,
        channels=channels,
        tb=tb,
        latitude=latitude,
        longitude=longitude,
        time=time,
        incidence=_incidence(group, tb.shape),
        quality=quality,
        granule=granule.identity,
        group=group.name.strip("/"),
        aft=aft,
        counts=counts | ({"scans that look the other way": turned} if turned else {}),
    )


def _channel_names(group: h5py.Group, granule: Granule) -> tuple[str, ...]:
    found = file_channels(group)
    if not granule.known:
        return tuple(channel.name for channel in found)
    row = INSTRUMENTS[granule.sensor_name].group(group.name.strip("/"))
    return match(found, row.channels, f"{granule.path}:{group.name}")


def _incidence(group: h5py.Group, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Incidence (scan, pixel, channel) from nchUIA angles a pixel and, for every channel, the number (from 1) of its own.

    One angle for all channels, as nearly every file has it, gives a view that is not writeable.
    """
    angles, (index, absent) = hdf.filled(group, "incidenceAngle", 3), hdf.masked(group, "incidenceAngleIndex", 2)
    place = f"{group.file.filename}:{group.name}"
    if angles.shape[:2] != shape[:2] or index.shape != (shape[0], shape[2]):
        raise GranuleError(f"{place}: incidenceAngle {angles.shape} and incidenceAngleIndex {index.shape} do not fit Tc {shape}")
    if np.any(~absent & ((index < 1) | (index > angles.shape[2]))):
        raise GranuleError(f"{place}: incidenceAngleIndex points outside the {angles.shape[2]} incidence angles there are")
    missing_scans = absent.all(axis=1)
    angles[missing_scans] = np.nan
    if angles.shape[2] == 1 and np.array_equal(absent.any(axis=1), missing_scans):
        return np.broadcast_to(angles, shape)
    column = np.where(absent, 1, index).astype(np.intp) - 1
    chosen: NDArray[np.float32] = np.take_along_axis(angles, column[:, None, :], axis=2)
    chosen[np.broadcast_to(absent[:, None, :], shape)] = np.nan
    return chosen


def check_times(time: NDArray[np.datetime64], granule: Granule, place: str) -> None:
    """Raise GranuleError where scans lie outside the interval that the header gives, by more than a minute."""
    valid = time[~np.isnat(time)]
    if not valid.size:
        return
    first, last = valid.min(), valid.max()
    if first < np.datetime64(granule.start - _TIME_MARGIN, "ms") or last > np.datetime64(granule.stop + _TIME_MARGIN, "ms"):
        raise GranuleError(
            f"{granule.path}:{place}: scans run from {first} to {last}, the header gives {granule.start} to {granule.stop}"
        )


def _look(group: h5py.Group) -> tuple[bool, int]:
    """Whether most scans look backwards (orientation 180 degrees), and how many scans look the other way than most."""
    stored, absent = hdf.masked(group, "SCstatus/SCorientation", 1)
    angle = stored[~absent & (stored >= 0) & (stored <= 360)]
    backwards = np.cos(np.deg2rad(angle.astype(np.float64))) < 0
    aft = bool(backwards.mean() > 0.5) if backwards.size else False
    return aft, int((backwards != aft).sum())
