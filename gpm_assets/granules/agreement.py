"""Whether a granule's header and its content agree: what the one claims against what the other shows, check by check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from gpm_assets.constellation.instruments import INSTRUMENTS, Instrument
from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.channels import FileChannel, match, parse_channels
from gpm_assets.granules.headers import integer, parse_pvl

_FRACTIONAL_NUMBERS = ("SCstatus/FractionalGranuleNumber", "scanStatus/FractionalGranuleNumber")  # 1C; 2A and 2B
_NUMBER_MARGIN = 0.01  # of an orbit: scans may begin a minute before the southernmost point that separates two granules

Disagreement = tuple[str, str]
"""What the header claims and what the file shows, two halves of a sentence."""


@dataclass(frozen=True)
class Opened:
    """An open granule and what its FileHeader says."""

    file: h5py.File
    path: Path
    header: dict[str, str]
    sensor_name: str
    level: str
    number: int | None

    @cached_property
    def row(self) -> Instrument | None:
        """Row of the instrument table: of 1C files of known sensors."""
        return INSTRUMENTS.get(self.sensor_name) if self.level.startswith("1C") else None

    @cached_property
    def groups(self) -> dict[str, h5py.Group]:
        """Swath groups by name."""
        return {name: self.file[name] for name in hdf.swath_groups(self.file)}

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Numbers of scans and pixels by swath group, as its latitudes have them; raises GranuleError."""
        return {name: hdf.dataset(group, "Latitude").shape for name, group in self.groups.items()}

    @cached_property
    def claims(self) -> dict[str, dict[str, str]]:
        """SwathHeader by swath group, empty where it has none; raises GranuleError."""
        names = ((name, group, (f"{name}_SwathHeader", "SwathHeader")) for name, group in self.groups.items())
        return {name: parse_pvl(hdf.optional_text(group, *attributes)) for name, group, attributes in names}


def check_agreement(opened: Opened) -> None:
    """Raise GranuleError that names both sides of the first disagreement; a granule that calls itself empty has none.

    What a file does not claim cannot be contradicted: only the entries that make its identity, NumberOfSwaths and the channels
    of `Tc` must be there. Not compared are FileName (subsets and renamed files keep the original's), the year of the
    intercalibration (METOPA: 2021 in AlgorithmVersion, 2016 in CalibrationTable), all that is smaller than the header says
    (files are cut), and DimensionNames, which nothing here relies on. Times are compared where they are read.
    """
    if opened.header.get("EmptyGranule", "NOT_EMPTY") != "NOT_EMPTY":
        return
    for check in CHECKS:
        if disagreement := check(opened):
            claimed, found = disagreement
            raise GranuleError(f"{opened.path}: the header {claimed}, the file {found}")


def file_channels(group: h5py.Group) -> tuple[FileChannel, ...]:
    """Channels of a 1C swath group as its `Tc` names them; raises GranuleError where they do not fit its shape."""
    tb = hdf.dataset(group, "Tc")
    found, shape = parse_channels(hdf.text(tb, "LongName")), tb.shape
    if len(shape) != 3 or shape[2] != len(found):
        raise GranuleError(f"{group.file.filename}:{group.name}/Tc: has shape {shape}, its LongName names {len(found)} channels")
    return found


def _swath_count(opened: Opened) -> Disagreement | None:
    expected = integer(opened.header, "NumberOfSwaths")
    if len(opened.groups) == expected:
        return None
    return f"gives {expected} swaths", f"holds {len(opened.groups)}: {', '.join(opened.groups) or 'none'}"


def _swath_names(opened: Opened) -> Disagreement | None:
    if opened.row is None or sorted(opened.groups) == sorted(group.name for group in opened.row.groups):
        return None
    expected = ", ".join(group.name for group in opened.row.groups)
    return f"names {opened.sensor_name}, which has swath groups {expected}", f"holds {', '.join(opened.groups)}"


def _channels(opened: Opened) -> None:
    for group in opened.row.groups if opened.row else ():
        place = f"{opened.path}:/{group.name} (the header names {opened.sensor_name})"
        match(file_channels(opened.groups[group.name]), group.channels, place)


def _scan_type(opened: Opened) -> Disagreement | None:
    for name, claims in opened.claims.items():
        claimed = claims.get("ScanType")
        if opened.row and claimed and claimed != opened.row.scan:
            return f"names {opened.sensor_name}, which scans {opened.row.scan}", f"gives ScanType={claimed} in {name}"
    return None


def _shape(opened: Opened) -> Disagreement | None:
    """Smaller than the header says is a file that was cut; larger, or without scans, is one that was put together wrongly."""
    for name, claims in opened.claims.items():
        found = opened.shapes[name]
        if 0 in found:
            return "gives EmptyGranule=NOT_EMPTY", f"holds nothing in {name}: Latitude has shape {found}"
        limits = {"scans": _scans(claims), "pixels": _count(claims, "NumberPixels")}
        for (what, limit), size in zip(limits.items(), found, strict=False):
            if limit and size > limit:
                return f"gives {limit} {what} in {name}", f"holds {size}"
    return None


def _scans(claims: dict[str, str]) -> int:
    """Scans that a swath header claims, 0 where it does not; one set may hold several."""
    parts = ("NumberScansBeforeGranule", "NumberScansGranule", "NumberScansAfterGranule")
    return sum(_count(claims, part) for part in parts) * max(_count(claims, "NumberScansInSet"), 1)


def _count(claims: dict[str, str], key: str) -> int:
    return integer(claims, key) if claims.get(key) else 0


def _coregistered(opened: Opened) -> Disagreement | None:
    if opened.level != "1C-R" or len(set(opened.shapes.values())) == 1:
        return None
    return f"gives AlgorithmVersion={opened.header['AlgorithmVersion']}", f"holds swaths of different shapes: {opened.shapes}"


def _granule_number(opened: Opened) -> Disagreement | None:
    """The count of orbits that goes with every scan, where it is known, runs from the granule's number to the next."""
    first, number = next(iter(opened.groups.values()), None), opened.number
    if first is None or number is None:
        return None
    for name in (name for name in _FRACTIONAL_NUMBERS if hdf.holds(first, name)):
        stored = hdf.values(first, name, 1)
        known = stored[stored > 0]
        if known.size and not number - _NUMBER_MARGIN <= np.median(known) <= number + 1 + _NUMBER_MARGIN:
            return f"gives GranuleNumber={number}", f"holds scans of granule {np.median(known):.3f} ({name})"
    return None


def _incidence_index(opened: Opened) -> Disagreement | None:
    """Which incidence angle belongs to which channel stands in an attribute, and for every scan in a dataset."""
    for name, group in opened.groups.items() if opened.level.startswith("1C") else ():
        claimed = parse_pvl(hdf.optional_text(group, f"{name}_IncidenceAngleIndex")).get("IncidenceAngleIndex")
        stored = hdf.values(group, "incidenceAngleIndex", 2)
        found = stored[(stored > 0).all(axis=1)]
        for row in (*found[:1], *found[(found != found[:1]).any(axis=1)][:1]):  # the first, and the first that is another
            if claimed and (spelled := ",".join(map(str, row))) != claimed:
                return f"gives IncidenceAngleIndex={claimed} in {name}", f"holds {spelled}"
    return None


def _calibration(opened: Opened) -> Disagreement | None:
    """The table by which a sensor was intercalibrated is another known sensor's. Spellings that nobody knows pass."""
    table = parse_pvl(hdf.optional_text(opened.file, "XCALinfo")).get("CalibrationTable", "")
    for row in INSTRUMENTS.values():
        if row.name != opened.sensor_name and _owner(row.calibration_table) == _owner(table):
            return f"names {opened.sensor_name}", f"was calibrated by {table}, the table of {row.name}"
    return None


def _owner(table: str) -> list[str]:
    return table.split(".")[1:3]  # 1C.DMSP-F16.SSMIS.XCAL2021-V.tbl


CHECKS: tuple[Callable[[Opened], Disagreement | None], ...] = (
    _swath_count,
    _swath_names,
    _channels,
    _scan_type,
    _shape,
    _coregistered,
    _granule_number,
    _incidence_index,
    _calibration,
)
"""In the order in which a person would look: a granule of another sensor is told by its swaths, not by its numbers."""
