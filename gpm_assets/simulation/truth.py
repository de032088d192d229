"""The truth of the simulated world: what GMI would have measured at the pixels of another sensor, and the rain there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.geometry import azimuth, nominal_incidence_deg
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE, instrument
from gpm_assets.constellation.orbits import propagate
from gpm_assets.constellation.sphere import local_axes
from gpm_assets.errors import GpmAssetsError
from gpm_assets.simulation.calibration import offsets
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import View, noise, observe, rain_footprint_mean, reach_km
from gpm_assets.simulation.scene import Seen, scene, segments
from gpm_assets.swath import Swath

Float = NDArray[np.float64]
Values = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Truth:
    """GMI's channels and the rain at pixels (row, pixel), NaN where a position or time is missing.

    `tb` and `tb_noisy` (row, pixel, channel) in K, without and with GMI's noise and calibration offsets; `rain_mm_h`,
    `convective_fraction` of it, `land_fraction` and `freezing_level_m` are means over the 36.64 GHz footprint,
    `storm_top_m` the mean weighted by rain, NaN where it is dry.
    """

    channels: tuple[str, ...]
    tb: Values
    tb_noisy: Values
    rain_mm_h: Values
    convective_fraction: Values
    land_fraction: Values
    freezing_level_m: Values
    storm_top_m: Values


def truth(swath: Swath, nature: Nature) -> Truth:
    """What GMI would have measured at a swath's pixels at the same instant: its footprints and incidences at 407 km.

    GMI has its own noise and calibration offsets in `tb_noisy`, and none of the partner's errors.

    The azimuth of view is the sensor's own, or along the track for a cross-track scanner. Raises GpmAssetsError where no
    pixel has a position and a time.
    """
    gmi = INSTRUMENTS[REFERENCE]
    swath = replace(swath, latitude=np.where(np.isnat(swath.time)[:, None], np.nan, swath.latitude))
    known = np.isfinite(swath.latitude) & np.isfinite(swath.longitude)
    if not known.any():
        raise GpmAssetsError(f"{swath.granule or swath.sensor}: no pixel has a position and a time, there is no truth to tell")
    towards = view_azimuth(swath)
    fields = np.full((*swath.shape, len(gmi.channels) + 5), np.nan, np.float32)
    for part in segments(swath.shape[0]):
        if known[part].any():
            fields[part] = _fields(swath, towards, part, nature)
    tb = fields[..., :-5]
    rain, shower, land, freezing_level, tops = np.moveaxis(fields[..., -5:], -1, 0)
    return Truth(
        channels=gmi.channel_names,
        tb=tb,
        tb_noisy=tb + noise(nature, f"{swath.granule} as GMI", gmi.channels, swath.shape) + _offsets(swath, nature),
        rain_mm_h=rain,
        convective_fraction=np.where(rain > 0, shower / np.maximum(rain, 1e-6), 0 * rain),
        land_fraction=land,
        freezing_level_m=freezing_level,
        storm_top_m=np.divide(tops, rain, out=np.full_like(rain, np.nan), where=rain > 0),
    )


def _fields(swath: Swath, towards: Float, part: slice, nature: Nature) -> Values:
    """TB of GMI's channels, then means of rain, convective rain, land, freezing level, rain x storm top (row, pixel, 13 + 5)."""
    gmi = INSTRUMENTS[REFERENCE]
    latitude, longitude = swath.latitude[part], swath.longitude[part]
    views = {group.name: View(latitude, longitude, towards[part], nominal_incidence_deg(gmi, group)) for group in gmi.groups}
    reach = max(reach_km(views[group.name], group.channels, nature.physics) for group in gmi.groups)
    seen = scene(nature.seed, Seen(latitude, longitude, swath.time[part]), reach, morphology=nature.morphology)
    tb = [observe(seen, views[group.name], group.channels, nature.physics) for group in gmi.groups]
    world = seen.world
    rain = world.rain
    surface = np.stack([rain, rain * world.convective, world.land, world.freezing_level, rain * world.storm_top], axis=-1)
    means = rain_footprint_mean(seen, surface, views[gmi.reference_group])
    return np.concatenate([*tb, means], axis=-1)


def _offsets(swath: Swath, nature: Nature) -> Values:
    """GMI's calibration offsets (row, 1, channel) in K, 0 where the time is missing."""
    gmi, known = INSTRUMENTS[REFERENCE], ~np.isnat(swath.time)
    found = np.zeros((len(known), 1, len(gmi.channels)), np.float32)
    found[known, 0] = offsets(nature, gmi, gmi.channels, swath.time[known])
    return found


def view_azimuth(swath: Swath) -> Float:
    """Direction of view (row, pixel) in degrees from north: from below the satellite, or along a cross-track scanner's track."""
    row = instrument(swath.sensor)
    known = ~np.isnat(swath.time)
    time = np.where(known, swath.time, swath.time[known][0])
    track = propagate(row, time)
    if row.scan == "CONICAL":
        return azimuth(track.latitude[:, None], track.longitude[:, None], swath.latitude, swath.longitude)
    east, north, _ = local_axes(swath.latitude, swath.longitude)
    forward = track.velocity[:, None, :]
    return np.rad2deg(np.arctan2(np.sum(forward * east, axis=-1), np.sum(forward * north, axis=-1)))
