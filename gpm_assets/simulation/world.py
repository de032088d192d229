"""One deterministic atmosphere and surface: a function of seed, place and time, the same for every sensor.

`climate` gives the large-scale weather, `precipitation` the rain under it; here both become the fields that radiative transfer
and radar see: clouds, ice, and how high they reach.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from gpm_assets.simulation.climate import Weather, weather
from gpm_assets.simulation.morphology import CELLS as CELLS
from gpm_assets.simulation.morphology import WORLD_A, Morphology
from gpm_assets.simulation.noise import Place
from gpm_assets.simulation.precipitation import MELTING_K, Precipitation, precipitation

Values = NDArray[np.float32]


@dataclass(frozen=True)
class World:
    """Fields at n places, arrays (n,) float32.

    Surface: `land` share (neither sea nor lake); `sea_surface`, `land_surface` temperature in K; `sea_ice` share of the water and
    `old_ice` share of that ice; `snow` share of the land; `dryness`, `terrain` of the ground (climate.Weather); `wind` in m/s.
    Air: `air` temperature in K near the surface, falling off with `lapse_k_per_km`; `vapour` in kg/m2; `upper_humidity` factor
    (climate.Weather); `freezing_level` in m above sea (0 where it freezes at the surface).
    Clouds: `cloud_liquid` and `ice` path in kg/m2, up to `cloud_top` and `ice_top` in m; `ice_density` factor about 1 by which
    the ice of systems differs in mass (`ice` has it already); `habit` from 0 (dense graupel) to 1 (aggregates of snow).
    Rain: `rain` in mm/h at the surface (melted where it snows); `rain_aloft`, rain at the freezing level over that at the
    surface; `convective` share of it; `storm_top` in m, to which radar sees it: below the freezing level where rain is shallow,
    and no ice lies above; `drop_size` factor about 1 on the mean diameter of drops.
    """

    land: Values
    sea_surface: Values
    land_surface: Values
    sea_ice: Values
    old_ice: Values
    snow: Values
    dryness: Values
    terrain: Values
    wind: Values
    air: Values
    lapse_k_per_km: Values
    vapour: Values
    upper_humidity: Values
    freezing_level: Values
    cloud_liquid: Values
    cloud_top: Values
    ice: Values
    ice_top: Values
    ice_density: Values
    habit: Values
    rain: Values
    rain_aloft: Values
    convective: Values
    storm_top: Values
    drop_size: Values


def world(
    seed: int,
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    time: NDArray[np.datetime64],
    morphology: Morphology = WORLD_A,
) -> World:
    """The world at places (n,) in degrees and UTC times (n,)."""
    place = Place(latitude, longitude, hours_since_2000(time))
    return precipitating(seed, place, weather(seed, place, morphology), morphology)


def hours_since_2000(time: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """UTC times as hours since 2000-01-01."""
    return (time.astype("datetime64[ms]") - np.datetime64("2000-01-01", "ms")).astype(np.float64) / 3.6e6


def precipitating(seed: int, place: Place, large: Weather, morphology: Morphology = WORLD_A) -> World:
    """The world at places under given large-scale weather: adds clouds, rain and ice."""
    water = precipitation(seed, place, large, morphology)
    rain = water.total
    deep = (water.steady > 0) | (water.convective > 0)
    freezing_level = 1e3 * np.clip((large.air - MELTING_K) / large.lapse_k_per_km, 0.0, 5.6)
    storm_top = _storm_top(water, large.air, freezing_level, deep)
    ice = large.ice_density * _ice(water) * (deep | (rain == 0))
    share = water.convective / np.maximum(rain, 1e-6)
    mean_habit = morphology.habit + (morphology.cell_habit - morphology.habit) * share
    made = {
        "land_surface": large.land_surface - 3.0 * np.tanh(2 * rain),
        "wind": large.wind * (1 + 0.10 * water.cells * deep),
        "vapour": large.vapour * (1 + 0.06 * np.tanh(np.sqrt(rain))),
        "upper_humidity": large.upper_humidity * (1 + 0.5 * np.tanh(0.5 * ice)),
        "freezing_level": freezing_level,
        "cloud_liquid": _cloud_liquid(water, large.air, rain),
        "cloud_top": np.where(deep, np.maximum(freezing_level, 1000.0) + 800.0, 1700.0 + 400.0 * np.clip(water.column, -2, 2)),
        "ice": ice,
        "ice_top": np.maximum(storm_top, np.maximum(freezing_level, 1500.0) + 2500.0) + 1500.0,
        "habit": np.clip(mean_habit + large.habit + 0.05 * water.column, 0, 1),
        "rain": rain,
        "rain_aloft": _rain_aloft(water, large, deep, morphology.aloft_spread),
        "convective": share,
        "storm_top": storm_top,
    }
    same = {item.name: getattr(large, item.name) for item in fields(World) if item.name not in made}
    return World(**same, **{name: np.asarray(part, np.float32) for name, part in made.items()})


def _cloud_liquid(water: Precipitation, air: Values, rain: Values) -> Values:
    """Cloud covers a good half of the sea and thickens towards rain; less of it is liquid in cold air."""
    liquid_share = np.clip((air - 248.0) / 40.0, 0.1, 1.0)
    cover = np.maximum(water.steady_index + 0.12 * water.cells + 2.0, 0)
    return liquid_share * np.exp(0.55 * water.column) * (0.10 * cover**1.6 + 0.16 * np.minimum(rain, 25.0) ** 0.55)


def _ice(water: Precipitation) -> Values:
    """Ice path in kg/m2: anvils wider than the rain below, stratiform cloud tops, cores that grow with the convective rate."""
    anvil, tower = np.maximum(water.steady_index + 0.35, 0), np.maximum(water.convective_index + 0.25, 0)
    mass = 0.10 * np.expm1(1.2 * anvil) + 0.22 * water.steady**0.8 + 0.22 * tower + 0.075 * water.convective
    return np.exp(0.40 * water.column) * mass


def _storm_top(water: Precipitation, air: Values, freezing_level: Values, deep: NDArray[np.bool_]) -> Values:
    """Echo tops in m: steady rain 2-4 km above freezing, towers up to the tropopause, shallow rain below freezing (Ku radar)."""
    steady = freezing_level + 2200.0 + 500.0 * water.column + 900.0 * np.clip(water.steady_index, 0, 1.5)
    tower = freezing_level + 2500.0 + 500.0 * water.column + 6500.0 * water.convective / (water.convective + 12.0)
    tropopause = np.clip(9000.0 + 260.0 * (air - MELTING_K), 8500.0, 16500.0)
    shallow = np.minimum(1900.0 + 600.0 * water.column, np.where(freezing_level > 1500.0, freezing_level - 400.0, 2000.0))
    top = np.where(water.convective > 0, np.maximum(steady, tower), steady)
    return np.where(deep, np.clip(top, 1500.0, tropopause), np.maximum(shallow, 800.0))


def _rain_aloft(water: Precipitation, large: Weather, deep: NDArray[np.bool_], spread: float) -> Values:
    """Rain loses some of itself to dry air below cloud; shallow rain still grows on its way down."""
    mean = 1.0 + 0.25 * large.dryness * large.land + 0.08 * (large.upper_humidity < 0.5) - 0.15 * ~deep
    return np.clip(mean * np.exp(spread * water.column), 0.8, 1.6)
