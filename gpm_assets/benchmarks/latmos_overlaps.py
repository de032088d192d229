"""Overlaps of GMI with a partner as one HDF5 file that holds numbers and text, and nothing that could be run.

LATMOS publish theirs as a pickle, which runs what it likes when it is read: the platform never does. `README.md` beside this file
tells how to convert it, outside the platform. The format:

    /                            attributes `format` "overlaps of GMI with a partner, 1", `sensor` of the instrument table
                                 (F18_SSMIS), `world` "real" or "simulated", `source` in words
    /<overlap>/gmi/tb            (scan, pixel, channel) K, attribute `channels`: 36.64V,36.64H,89V,89H
    /<overlap>/gmi/latitude      (scan, pixel) degrees north; `longitude` degrees east, -180 to 180
    /<overlap>/gmi/rain          (scan, pixel) mm/h: the combined product (2B-CMB, "CORRA") on GMI's pixels
    /<overlap>/gmi/time_difference   (scan, pixel) s, partner minus GMI; may be left out
    /<overlap>/partner/tb        (scan, pixel, channel) K, attribute `channels`: 37V,37H,91.665V,91.665H of SSMIS, or more
    /<overlap>/partner/latitude, longitude   as GMI's, on scans and pixels of its own

All are floating point, NaN where missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import REFERENCE, Instrument, instrument
from gpm_assets.constellation.spectral_match import nearest_channels
from gpm_assets.errors import GpmAssetsError
from gpm_assets.granules import hdf
from gpm_assets.swath import Swath
from models.translators.base import OUTPUTS

FORMAT = "overlaps of GMI with a partner, 1"
WORLDS = ("real", "simulated")
LEAST_K, GREATEST_K = 50.0, 350.0
_CONVERT = "convert it again, see gpm_assets/benchmarks/README.md"


@dataclass(frozen=True, eq=False)
class MeasuredOverlap:
    """What both sensors saw of one place: `gmi` and `partner` on scans and pixels of their own, without times and angles.

    `rain` (scan, pixel) on GMI's pixels in mm/h, NaN where unknown; `time_difference` (scan, pixel) there, the partner's time
    minus GMI's in s, None where the file has none.
    """

    name: str
    gmi: Swath
    partner: Swath
    rain: NDArray[np.float32]
    time_difference: NDArray[np.float32] | None


@dataclass(frozen=True)
class OverlapFile:
    """A file of overlaps, checked as far as its header: who the partner is, `world` real or simulated, `source` in words."""

    path: Path
    partner: Instrument
    world: str
    source: str
    names: tuple[str, ...]

    @classmethod
    def open(cls, path: Path) -> OverlapFile:
        """Read the header; raises GpmAssetsError that says what is wrong with the file and what to do."""
        with hdf.opened(path) as file:
            found, sensor, world, source = (_text(file, path, name) for name in ("format", "sensor", "world", "source"))
            names = tuple(file)
        if found != FORMAT:
            raise GpmAssetsError(f"{path}: its format is {found!r}, {FORMAT!r} can be read; {_CONVERT}")
        if world not in WORLDS:
            raise GpmAssetsError(f"{path}: its world is {world!r}; it must be one of {', '.join(WORLDS)}")
        if not names:
            raise GpmAssetsError(f"{path}: holds no overlap, one at least is wanted; {_CONVERT}")
        return cls(path, _partner(path, sensor), world, source, names)

    @property
    def nearest(self) -> tuple[str, ...]:
        """The partner's channels that come nearest to DRAIN's four."""
        return tuple(nearest_channels(self.partner)[name] for name in OUTPUTS)

    def overlaps(self) -> Iterator[MeasuredOverlap]:
        """All overlaps by name, one in memory at a time; raises GpmAssetsError that names the overlap and what is wrong in it."""
        with hdf.opened(self.path) as file:
            for name in self.names:
                yield self._read(file, name)

    def _read(self, file: h5py.File, name: str) -> MeasuredOverlap:
        place = f"{self.path}: {name}"
        gmi = _swath(file, f"{name}/gmi", place, REFERENCE, OUTPUTS)
        partner = _swath(file, f"{name}/partner", place, self.partner.name, self.nearest)
        _check_polarisation(gmi, OUTPUTS, place)
        _check_polarisation(partner, self.nearest, place)
        rain = _like(gmi, file, f"{name}/gmi/rain", place)
        if np.any(rain < 0):
            raise GpmAssetsError(
                f"{place}: rain of {np.nanmin(rain):g} mm/h; it must be 0 or more, NaN where unknown; {_CONVERT}"
            )
        apart = f"{name}/gmi/time_difference"
        return MeasuredOverlap(name, gmi, partner, rain, _like(gmi, file, apart, place) if hdf.holds(file, apart) else None)


def _partner(path: Path, sensor: str) -> Instrument:
    """The partner's row; raises GpmAssetsError for GMI itself and for sensors that lack a channel like one of DRAIN's."""
    if sensor == REFERENCE:
        raise GpmAssetsError(f"{path}: its sensor is {sensor}; it must be that of the partner, such as F18_SSMIS")
    row = instrument(sensor)
    lacking = [name for name in OUTPUTS if name not in nearest_channels(row)]
    if lacking:
        raise GpmAssetsError(
            f"{path}: {sensor} has no channel near GMI's {', '.join(lacking)}, a partner with all four is needed"
        )
    return row


def _text(holder: h5py.HLObject, place: object, name: str) -> str:
    if name not in holder.attrs:
        raise GpmAssetsError(f"{place}: has no attribute {name!r}, so it is no file of overlaps; {_CONVERT}")
    return hdf.text(holder, name)


def _swath(file: h5py.File, group: str, place: str, sensor: str, wanted: tuple[str, ...]) -> Swath:
    """One side of an overlap; raises GpmAssetsError where channels are lacking or TB are not in K."""
    tb = hdf.filled(file, f"{group}/tb", 3)
    channels = tuple(_text(file[f"{group}/tb"], f"{place}: {group}/tb", "channels").split(","))
    lacking = [name for name in wanted if name not in channels]
    if lacking:
        raise GpmAssetsError(f"{place}: {group}/tb has {', '.join(channels)}, it lacks {', '.join(lacking)}; {_CONVERT}")
    outside = tb[(tb < LEAST_K) | (tb > GREATEST_K)]
    if outside.size:
        raise GpmAssetsError(
            f"{place}: {group}/tb has {outside.size} values outside {LEAST_K:g} to {GREATEST_K:g} K, the first {outside[0]:g}; "
            f"TB are in K, neither scaled nor filled, NaN where missing; {_CONVERT}"
        )
    latitude, longitude = (hdf.filled(file, f"{group}/{name}", 2).astype(np.float64) for name in ("latitude", "longitude"))
    return Swath(
        sensor=sensor,
        channels=channels,
        tb=tb,
        latitude=latitude,
        longitude=longitude,
        time=np.full(len(latitude), np.datetime64("NaT"), "datetime64[ms]"),
        incidence=np.full(tb.shape, np.nan, np.float32),
        quality=np.zeros(latitude.shape, np.int8),
        granule=f"{group} in {place}",
    )


def _like(gmi: Swath, file: h5py.File, dataset: str, place: str) -> NDArray[np.float32]:
    found = hdf.filled(file, dataset, 2)
    if found.shape != gmi.shape:
        raise GpmAssetsError(f"{place}: {dataset} has shape {found.shape}, GMI's pixels have {gmi.shape}; {_CONVERT}")
    return found


def _check_polarisation(swath: Swath, channels: tuple[str, ...], place: str) -> None:
    """Raise GpmAssetsError where V is colder than H in the mean: no surface and no cloud does that, exchanged channels do."""
    for vertical, horizontal in (channels[:2], channels[2:]):
        difference = swath.channel(vertical) - swath.channel(horizontal)
        if np.isfinite(difference).any() and np.nanmean(difference) < 0:
            raise GpmAssetsError(
                f"{place}: {swath.sensor} has {vertical} minus {horizontal} of {np.nanmean(difference):.1f} K in the mean, which "
                f"is never below 0: channels are in another order than {','.join(swath.channels)}; {_CONVERT}"
            )
