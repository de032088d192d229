"""Large-scale weather of the simulated world: temperature, vapour, wind and the systems that rain, over `ground`.

Zonal means follow the observed ones coarsely (ERA5 atlases). Weather is made of synoptic fields; a front is a zero of the field
of air masses, where cold and warm air meet and where it rains (`systems`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from gpm_assets.simulation import atlas
from gpm_assets.simulation.ground import FREEZING_SEA_K, Ground, degrees_from_heat, ground, season
from gpm_assets.simulation.ground import Values as Floats
from gpm_assets.simulation.morphology import FRONTS, SYNOPTIC, WORLD_A, Morphology
from gpm_assets.simulation.noise import Place, field
from gpm_assets.simulation.systems import Large, systems

Values = NDArray[np.float32]

LAPSE_K_PER_KM = 5.8
"""Mean of the lapse rate over latitudes and seasons."""
LAPSE_RANGE = (5.0, 6.6)
"""What the gas tables cover."""
MOST_VAPOUR = 72.0

_LATITUDE = np.array([0.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 90.0])
_HUMIDITY = np.array([0.80, 0.74, 0.62, 0.62, 0.66, 0.70, 0.74, 0.78, 0.80])
_WIND_M_PER_S = np.array([5.2, 6.6, 6.8, 7.2, 8.8, 9.4, 8.2, 6.8, 5.5])


@dataclass(frozen=True)
class Weather:
    """What varies over hundreds of km, arrays (n,): temperatures K, vapour kg/m2, wind m/s.

    `land` is the share that is neither sea nor lake; `sea_ice` a share of the water, `old_ice` a share of that ice, `snow` a
    share of the land; `dryness` is 0 in forest and 1 in the desert; `terrain` (mean 0, variance 1) is what else changes the
    ground, positive where it is drier. `upper_humidity` is a factor about 1 by which the upper troposphere is moister than its
    share of the column. `systems` is the Gaussian index of weather systems; the thresholds say above which index it rains
    (steadily, in convective cells, from shallow cloud). `drop_size` and `ice_density` are factors about 1 by which systems
    differ, `habit` is what a system adds to that of its particles (world.World).
    """

    land: Values
    sea_surface: Values
    land_surface: Values
    sea_ice: Values
    old_ice: Values
    snow: Values
    dryness: Values
    terrain: Values
    air: Values
    lapse_k_per_km: Values
    vapour: Values
    upper_humidity: Values
    wind: Values
    systems: Values
    steady_threshold: Values
    convective_threshold: Values
    shallow_threshold: Values
    drop_size: Values
    habit: Values
    ice_density: Values


def stack(weather: Weather) -> Values:
    """All fields as (n, field)."""
    return np.stack([getattr(weather, item.name) for item in fields(Weather)], axis=-1)


def unstack(values: Values) -> Weather:
    """The inverse of `stack`."""
    return Weather(*(np.ascontiguousarray(values[..., index]) for index in range(values.shape[-1])))


def weather(seed: int, place: Place, morphology: Morphology = WORLD_A) -> Weather:
    """Large-scale weather at places (n,)."""
    anomaly = {name: field(seed, SYNOPTIC, name, place) for name in ("humidity", "upper", "wind", "drops", "ice", "habit")}
    front = field(seed, FRONTS, "air masses", place.tilted())
    warm_air = np.sqrt(3) * erf(front / np.sqrt(2))  # uniform, variance 1: steepest where air masses meet
    synoptic_k = np.clip(np.abs(place.latitude) / 12, 0.6, 4.5) * warm_air
    below = ground(seed, place, warm_air, synoptic_k)
    summer = season(place.hours) * np.tanh(place.latitude / 12)
    belt = atlas.rain_belt(place.longitude, season(place.hours))
    large = Large(place.latitude, place.longitude, place.hours, below.land, below.dryness, belt, summer)
    rain = systems(seed, place, large, front, anomaly["humidity"], morphology)
    air, away = _air(below, synoptic_k), degrees_from_heat(place)
    moister = np.exp(0.10 * rain.index + 0.16 * anomaly["humidity"] + 0.10 * warm_air)
    windier = (1 - 0.12 * summer) * np.exp(0.32 * anomaly["wind"] + 0.08 * rain.index)
    made = {
        "air": air,
        "lapse_k_per_km": _lapse(below, anomaly["upper"]),
        "vapour": np.minimum(_mean_vapour(below, air, away) * moister, MOST_VAPOUR),
        "upper_humidity": np.exp(0.60 * anomaly["upper"] + 0.25 * rain.index - 0.60),
        "wind": np.clip(np.interp(away, _LATITUDE, _WIND_M_PER_S) * windier, 0.5, 28.0),
        "systems": rain.index,
        "steady_threshold": rain.steady,
        "convective_threshold": rain.convective,
        "shallow_threshold": rain.shallow,
        "drop_size": np.exp(morphology.drop_spread * anomaly["drops"]) * morphology.drop_size,
        "habit": morphology.habit_spread * anomaly["habit"],
        "ice_density": np.exp(morphology.ice_spread * anomaly["ice"]) * (1 + 0.35 * below.land),
    }
    every = vars(below) | made
    return Weather(**{item.name: np.asarray(every[item.name], np.float32) for item in fields(Weather)})


def _air(below: Ground, synoptic_k: Floats) -> Floats:
    """Temperature (K) near the surface: a degree under the sea's, or the continent's with a quarter of its daily swing."""
    over_ice = np.minimum(0.75 * below.continent + 0.25 * FREEZING_SEA_K, 273.5)
    over_water = (1 - below.sea_ice) * (below.sea_surface - 1.0 + 0.7 * synoptic_k) + below.sea_ice * over_ice
    over_land = below.continent + 0.25 * (below.land_surface - below.continent)
    return (1 - below.land) * over_water + below.land * over_land


def _lapse(below: Ground, upper: Floats) -> Floats:
    """Lapse rate (K/km): steep over deserts, small over cold continents with their inversions (ERA5, coarsely)."""
    cold = np.clip((268.0 - below.continent) / 20, 0, 1)
    lapse = LAPSE_K_PER_KM + 0.25 * upper + below.land * (0.5 * below.dryness - 0.8 * cold)
    return np.clip(lapse, *LAPSE_RANGE)


def _mean_vapour(below: Ground, air: Floats, away: Floats) -> Floats:
    """Column vapour (kg/m2): a share of saturation by latitude, less over dry land."""
    source = np.where(below.land > 0.5, air, 0.5 * (air + below.sea_surface - 1.0))
    return np.interp(away, _LATITUDE, _HUMIDITY) * (1 - 0.45 * below.land * below.dryness) * _saturated_column(source)


def _saturated_column(air: Floats) -> Floats:
    """Vapour kg/m2 of a column saturated at the surface and falling off with 2.4 km (Magnus formula)."""
    celsius = air - 273.15
    density = 216.7 * 6.112 * np.exp(17.62 * celsius / (243.12 + celsius)) / air  # g/m3
    return 2.4 * density
