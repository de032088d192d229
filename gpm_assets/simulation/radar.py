"""The simulated radar: rain as 2A-DPR and 2B-CMB tell it, with what the radar misses and where it errs.

At Ku band the radar sees what exceeds 15.5 dBZ above the height at which the ground's echo ends; shallow rain below that height
and most light rain and snow are missed. Rain is known to 25 %. The labels of training are made of these granules, never of the
world's rain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation import geometry
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.radar import COMBINED, RADAR_GROUP, RADAR_PRODUCTS
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.granules.radar.swath import Rain
from gpm_assets.simulation.defects import lost_scans
from gpm_assets.simulation.morphology import CELLS
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.noise import Place, field
from gpm_assets.simulation.pieces import identity, scan_times
from gpm_assets.simulation.plan import PlannedGranule
from gpm_assets.simulation.scene import Seen, scene
from gpm_assets.simulation.world import hours_since_2000

Float = NDArray[np.float64]
Times = NDArray[np.datetime64]

SENSITIVITY_DBZ = 15.5
"""Smallest echo that is told from noise at Ku band (DPR in flight: Hamada and Takayabu 2016; Kojima et al. 2012)."""
CLUTTER_FREE_KM = (1.0, 2.0)
"""Lowest height free of the ground's echo at nadir and at the edge of the swath (Kubota et al. 2016)."""

_RAIN_Z = (200.0, 1.6)
"""Z = a R^b in mm6/m3 and mm/h (Marshall and Palmer 1948)."""
_SNOW_Z = (0.224 * 1780.0, 2.21)
"""Of snow as water (Sekhon and Srivastava 1970), with the factor by which ice reflects less than water (Smith 1984)."""
_DROP_SIZE_MOMENT = 2.33
"""At the same rain, reflectivity grows with the diameter of drops to this power: moments 6 and 3.67 of the size distribution
(Atlas and Ulbrich 1977)."""
_ATTENUATION = (0.0346, 1.147)
"""Specific attenuation k R^alpha in dB/km at 13.6 GHz (ITU-R P.838-3, horizontal, between its 13 and 14 GHz)."""
LOST_DB = 30.0
"""Two-way attenuation by rain beyond which quality is low."""

_ERROR = 0.25
"""Relative error of rain, correlated over tens of km."""
_SHARED = 0.6
"""Correlation of the error of 2B-CMB with how far the system's drops are from the usual ones: the combined algorithm explains
GMI's TB by rain, so what makes TB colder or warmer at the same rain is an error of that rain. The rest is the error of 2A-DPR."""
_ASSUMED_ALOFT = 1.05
"""Rain at the freezing level over that at the surface by which near-surface rain is extrapolated downwards."""


@dataclass(frozen=True, eq=False)
class Column:
    """The world at rays (scan, ray): rain at the surface and at the clutter-free height (`aloft`) in mm/h, and how it is seen."""

    rain: Float
    aloft: Float
    convective: Float
    land: Float
    freezing_km: Float
    storm_top_km: Float
    drop_size: Float
    clutter_km: Float


def simulate_radar(planned: PlannedGranule, nature: Nature) -> RadarSwath:
    """A piece of 2A-DPR or 2B-CMB with its near-surface rain, as it reads back from its file."""
    return radar_rains(planned, nature)["near_surface"]


def radar_rains(planned: PlannedGranule, nature: Nature) -> dict[Rain, RadarSwath]:
    """The same, once with each of the two rains: near the surface, and at the surface."""
    time = scan_times(planned)
    where = geometry.scan(instrument(REFERENCE), RADAR_GROUP, time, cross_track=True)
    column = _column(where, time, nature)
    seen = (reflectivity_dbz(column) >= SENSITIVITY_DBZ) & (column.storm_top_km > column.clutter_km)
    rain = np.where(seen, column.aloft * _error(planned.product, where, time, column, nature), 0)
    extrapolated = 1 + (_ASSUMED_ALOFT - 1) * np.clip(column.clutter_km / np.maximum(column.freezing_km, 0.1), 0, 1)
    lost = np.broadcast_to(lost_scans(nature, identity(planned), len(time)).missing[:, None], seen.shape)
    kind = np.where(seen, np.where(column.convective > 0.5, 2, 1), 0)
    near_surface = RadarSwath(
        latitude=np.where(lost, np.nan, where.latitude),
        longitude=np.where(lost, np.nan, where.longitude),
        time=time,
        rain_mm_h=np.where(lost, np.nan, rain).astype(np.float32),
        rain_type=np.where(lost, -1, kind).astype(np.int8),
        surface=np.where(lost, -1, np.select([column.land < 0.02, column.land > 0.98], [0, 1], 2)).astype(np.int8),
        freezing_level_m=np.where(lost, np.nan, 1e3 * column.freezing_km).astype(np.float32),
        storm_top_m=np.where(lost | ~seen, np.nan, 1e3 * column.storm_top_km).astype(np.float32),
        quality=np.where(lost, -99, attenuation_db(column) > LOST_DB).astype(np.int8),
        granule=identity(planned),
        product=RADAR_PRODUCTS[planned.product],
    )
    surface = (near_surface.rain_mm_h / extrapolated).astype(np.float32)
    return {"near_surface": near_surface, "surface": replace(near_surface, rain_mm_h=surface, rain="surface")}


def clutter_free_km() -> Float:
    """Height (ray,) above the ground from which on the radar sees rain: the main lobe's foot grows with the tangent off nadir."""
    off_nadir = np.deg2rad(np.linspace(-1, 1, RADAR_GROUP.pixels) * RADAR_GROUP.off_nadir_deg)
    lowest, highest = CLUTTER_FREE_KM
    return lowest + (highest - lowest) * np.abs(np.tan(off_nadir)) / np.tan(np.deg2rad(RADAR_GROUP.off_nadir_deg))


def reflectivity_dbz(column: Column) -> Float:
    """Ku-band reflectivity (scan, ray) in dBZ at the lowest height that is free of clutter: of snow above the freezing level."""
    (rain_a, rain_b), (snow_a, snow_b) = _RAIN_Z, _SNOW_Z
    rate = np.maximum(column.aloft, 1e-4)
    rain = rain_a * rate**rain_b * column.drop_size**_DROP_SIZE_MOMENT
    return 10 * np.log10(np.where(column.clutter_km > column.freezing_km, snow_a * rate**snow_b, rain))


def attenuation_db(column: Column) -> Float:
    """Attenuation (scan, ray) in dB by rain on the way to the surface and back."""
    k, alpha = _ATTENUATION
    return 2 * k * np.maximum(column.rain, 0) ** alpha * np.minimum(column.freezing_km, column.storm_top_km)


def _column(where: geometry.Scan, time: Times, nature: Nature) -> Column:
    around = scene(nature.seed, Seen(where.latitude, where.longitude, time), reach_km=10.0, morphology=nature.morphology)
    world = around.world
    heights = (1e-3 * world.freezing_level, 1e-3 * world.storm_top)
    fields = (world.rain, world.rain * world.rain_aloft, world.rain * world.convective, world.land, *heights, world.drop_size)
    found = around.tiles.interpolate(np.stack(fields, axis=-1), where.latitude, where.longitude)
    rain, freezing_rain, shower, land, freezing, top, drops = np.moveaxis(found, -1, 0)
    clutter = np.broadcast_to(clutter_free_km(), rain.shape)
    share = np.minimum(clutter / np.maximum(freezing, 0.1), 1)
    aloft = rain + (freezing_rain - rain) * share
    return Column(rain, aloft, shower / np.maximum(rain, 1e-6), land, freezing, top, drops, clutter)


def _error(product: str, where: geometry.Scan, time: Times, column: Column, nature: Nature) -> Float:
    """Factor (scan, ray) of mean 1 by which the radar errs."""
    hours = np.broadcast_to(hours_since_2000(time)[:, None], column.rain.shape)
    place = Place(where.latitude.reshape(-1), where.longitude.reshape(-1), hours.reshape(-1))
    error = field(nature.seed, CELLS, "radar error", place).reshape(column.rain.shape)
    if product == COMBINED:
        usual, spread = nature.morphology.drop_size, nature.morphology.drop_spread
        error = _SHARED * np.log(column.drop_size / usual) / spread + np.sqrt(1 - _SHARED**2) * error
    factor: Float = np.exp(_ERROR * error - 0.5 * _ERROR**2)
    return factor
