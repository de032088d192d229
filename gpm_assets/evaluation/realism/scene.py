"""A real scene against its own pixels in the simulated world: the domain shift of real TB against simulated ones.

The weather of the day is not to be had. So the simulated side is the same pixels at the same hour on several days about the real
one, with everything a simulated granule has (footprints, noise, calibration); how much its own days differ says which shifts
weather alone could make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from gpm_assets.collocation import lattice
from gpm_assets.collocation.footprint import view_direction
from gpm_assets.constellation.geometry import nominal_incidence_deg
from gpm_assets.constellation.instruments import Channel, Instrument, instrument
from gpm_assets.constellation.sphere import degrees, local_axes, unit_vectors
from gpm_assets.errors import RequestError
from gpm_assets.evaluation.domain_shift import TbHistogram, shift_table, tb_histogram
from gpm_assets.evaluation.realism.check import Row
from gpm_assets.simulation import calibration
from gpm_assets.simulation.granules import scene_of
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import View, noise, observe
from gpm_assets.swath import Swath

DAYS = (-12, -8, -4, 0, 4, 8, 12)
"""Days from the real one that are simulated, far enough apart for other weather, within one season."""


def scene_shift(nature: Nature, swaths: Sequence[Swath]) -> list[Row]:
    """Rows of `domain_shift.shift_table` for every channel of a real granule's swath groups, real against simulated.

    `day_to_day_k` is the standard deviation over the simulated days of their mean TB of the row, None for a row without
    simulated pixels. Raises RequestError for a cross-track scanner: the simulation knows its angles from its orbit alone.
    """
    days = [_histograms(simulated(nature, [_moved(swath, day) for swath in swaths])) for day in DAYS]
    return [row for real, *own in zip(_histograms(swaths), *days, strict=True) for row in _rows(real, own)]


def simulated(nature: Nature, swaths: Sequence[Swath]) -> Iterator[Swath]:
    """What the sensor would have measured in the simulated world at the pixels and times of a conical scanner's swath groups.

    TB are missing where the given ones are. Raises RequestError as `scene_shift` does.
    """
    row = instrument(swaths[0].sensor)
    if row.scan != "CONICAL":
        raise RequestError(f"{row.name} scans across the track; a real scene is simulated again for conical scanners alone")
    views = {swath.group: _view(row, swath) for swath in swaths}
    time = next(swath.time for swath in swaths if swath.group == row.reference_group)
    seen = scene_of(row, views, time, nature)
    for swath in swaths:
        channels = _channels(row, swath)
        error = calibration.scene_errors(nature, row, channels, time, seen.world)
        tb = observe(seen, views[swath.group], channels, nature.physics, error)
        tb += noise(nature, swath.granule, channels, swath.shape)
        tb += calibration.offsets(nature, row, channels, swath.time)[:, None]
        yield replace(swath, tb=np.where(np.isfinite(swath.tb), tb, np.float32(np.nan)))


def _moved(swath: Swath, days: int) -> Swath:
    """The same pixels at the same hour, so many days later."""
    return replace(swath, time=swath.time + np.timedelta64(days, "D"), granule=f"{swath.granule} {days:+d} days")


def _histograms(swaths: Iterable[Swath]) -> list[TbHistogram]:
    """One of each swath group, whose positions are its own."""
    return [tb_histogram(swath.channels, [swath]) for swath in swaths]


def _rows(real: TbHistogram, days: Sequence[TbHistogram]) -> list[Row]:
    """Rows of one swath group, from its histogram and those of the simulated days."""
    every = sum(days[1:], days[0])
    pairs = [(name, name) for name in real.channels]
    daily = [{_key(row): row["mean_difference_k"] for row in shift_table(day, every, pairs)} for day in days]
    rows = []
    for row in shift_table(real, every, pairs):
        means = [day[_key(row)] for day in daily if day.get(_key(row)) is not None]
        rows.append(row | {"day_to_day_k": float(np.std(means)) if means else None})
    return rows


def _key(row: Row) -> tuple[str, str, str]:
    return row["channel"], row["surface"], row["latitude_band"]


def _view(row: Instrument, swath: Swath) -> View:
    """How the swath looks at its pixels: across its scan arcs, whose missing parts are continued."""
    known = np.isfinite(swath.latitude) & np.isfinite(swath.longitude) & ~np.isnat(swath.time)[:, None]
    latitude, longitude = (np.where(known, part, np.nan) for part in (swath.latitude, swath.longitude))
    everywhere = lattice.fill(unit_vectors(latitude, longitude))
    ahead = view_direction(everywhere)
    east, north, _ = local_axes(*degrees(everywhere))
    towards = np.rad2deg(np.arctan2(np.sum(ahead * east, axis=-1), np.sum(ahead * north, axis=-1))) + (
        180.0 if swath.aft else 0.0
    )
    return View(latitude, longitude, towards, nominal_incidence_deg(row, row.group(swath.group)))


def _channels(row: Instrument, swath: Swath) -> tuple[Channel, ...]:
    """The channels of a swath group in the order of the file."""
    known = {channel.name: channel for channel in row.group(swath.group).channels}
    return tuple(known[name] for name in swath.channels)
