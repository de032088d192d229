"""The surface under the weather: temperatures of sea and land, sea ice, snow, and what the ground is like.

Zonal means follow the observed ones coarsely (OISST and ERA5 atlases), `atlas` has regional departures, `geography.seasons` the
mean edges of ice and snow, which weather pushes about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.geography.land import bare_ground, inland_water, land_fraction
from gpm_assets.geography.seasons import beyond_ice_edge, beyond_snow_line, beyond_summer_ice_edge, day_of_year
from gpm_assets.simulation import atlas
from gpm_assets.simulation.morphology import GROUND_WATER, TERRAIN
from gpm_assets.simulation.noise import Place, field

Values = NDArray[np.floating[Any]]

FREEZING_SEA_K = 271.3

_LATITUDE = np.array([0.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 90.0])
_SEA_K = np.array([301.2, 300.0, 297.0, 291.5, 285.0, 278.5, 274.0, 271.8, 271.3])
_LAND_K = np.array([299.5, 299.0, 297.0, 291.0, 283.0, 275.5, 268.0, 259.0, 250.0])
_LAND_SEASON_K = np.array([0.0, 2.5, 6.5, 9.5, 12.0, 13.5, 15.0, 16.0, 17.0])
_SEA_SEASON_K = np.array([0.0, 1.0, 2.0, 3.0, 3.0, 2.5, 1.5, 0.5, 0.0])


@dataclass(frozen=True)
class Ground:
    """Arrays (n,): temperatures in K (`continent`: the air over land, daily mean), shares and indices as in climate.Weather."""

    land: Values
    sea_surface: Values
    land_surface: Values
    continent: Values
    sea_ice: Values
    old_ice: Values
    snow: Values
    dryness: Values
    terrain: Values


def ground(seed: int, place: Place, warm_air: Values, synoptic_k: Values) -> Ground:
    """The surface at places (n,) under air of index `warm_air` (mean 0, variance 1) that is `synoptic_k` warmer than usual."""
    latitude, longitude = place.latitude, place.longitude
    terrain = field(seed, TERRAIN, "emissivity", place)
    drought = field(seed, GROUND_WATER, "drought", place)
    dryness = bare_ground(latitude, longitude)
    water, continent = _mean_temperatures(place)
    lake = np.clip((land_fraction(latitude, longitude) - 0.95) / 0.05, 0, 1)
    ice, old_ice = _sea_ice(place, terrain, warm_air)
    ice = np.where(lake > 0, lake * np.clip((269.0 - continent) / 4, 0, 1), ice)
    water = np.maximum(water + 0.8 * drought + 0.3 * warm_air, FREEZING_SEA_K)
    water += lake * (np.clip(continent, 273.2, 302.0) - water)
    snow = _snow(place, terrain, warm_air, dryness)
    continent = continent + synoptic_k
    early_afternoon = np.cos(2 * np.pi * (place.hours + longitude / 15 - 14.5) / 24)
    return Ground(
        land=dry_land(latitude, longitude),
        sea_surface=water,
        land_surface=continent + (3.0 + 14.0 * dryness) * (1 - 0.6 * snow) * early_afternoon,
        continent=continent,
        sea_ice=ice,
        old_ice=old_ice,
        snow=snow,
        dryness=dryness,
        terrain=0.8 * terrain + 0.6 * drought,
    )


def dry_land(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float32]:
    """Share (n,) that is neither sea nor lake."""
    return land_fraction(latitude, longitude) * (1 - inland_water(latitude, longitude))


def season(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 in late July, -1 in late January, from hours since 2000."""
    return np.cos(2 * np.pi * (hours / 24 - 206.0) / 365.2425)


def degrees_from_heat(place: Place) -> Values:
    """Degrees from the warmest latitude, which moves between 2 south and 8 north; poleward of 60 nothing moves."""
    warmest = (3.0 + 5.0 * season(place.hours)) * np.clip(1 - np.abs(place.latitude) / 60, 0, 1)
    return np.abs(place.latitude - warmest)


def _mean_temperatures(place: Place) -> tuple[Values, Values]:
    """Temperatures (K) of the sea's surface and of the air over land, means for the day of the year."""
    away, summer = degrees_from_heat(place), season(place.hours) * np.tanh(place.latitude / 12)
    sea = np.interp(away, _LATITUDE, _SEA_K) + summer * np.interp(away, _LATITUDE, _SEA_SEASON_K)
    land = np.interp(away, _LATITUDE, _LAND_K) + summer * np.interp(away, _LATITUDE, _LAND_SEASON_K)
    winter = np.where(summer < 0, -summer, -0.33 * summer)
    currents = atlas.departure(atlas.SEA_K, place.latitude, place.longitude)
    continental = atlas.departure(atlas.WINTER_K, place.latitude, place.longitude)
    return sea + currents, land + winter * continental


def _sea_ice(place: Place, terrain: Values, warm_air: Values) -> tuple[Values, Values]:
    """Concentration of sea ice and the share of it that is old: a marginal zone of 3 degrees that wind and floes push about."""
    beyond = beyond_ice_edge(place.latitude, place.longitude, day_of_year(place.hours)) + 0.5 * terrain - 0.3 * warm_air
    closed = 0.97 - 0.05 * np.clip(terrain, 0, 2)
    old = beyond_summer_ice_edge(place.latitude, place.longitude) + 0.7 * terrain
    return closed * np.clip(0.45 + beyond / 3.0, 0, 1), 0.6 * np.clip(old / 3.0, 0, 1)


def _snow(place: Place, terrain: Values, warm_air: Values, dryness: Values) -> Values:
    """Share of the land under snow: patches about the climatological line, less of it where it is dry."""
    beyond = beyond_snow_line(place.latitude, place.longitude, day_of_year(place.hours)) - 1.5 * terrain - 1.5 * warm_air
    return (0.95 - 0.25 * dryness) / (1 + np.exp(-beyond / 1.2))
