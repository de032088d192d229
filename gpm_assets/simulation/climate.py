"""Climate of the simulated world: zonal means by season, and the large-scale weather about them.

Zonal means follow the observed ones coarsely (ERA5 and GPCP atlases): a warm belt and rain belt that move with the sun, dry
subtropics, storm tracks that are stronger in winter, continents that follow the season and the hour.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from gpm_assets.geography.land import land_fraction
from gpm_assets.simulation.noise import Layer, Place, field

Values = NDArray[np.float32]

SYNOPTIC = Layer("synoptic", 1600.0, 8000.0, 5.0, 36.0)
ENVELOPE = Layer("envelope", 500.0, 2400.0, 4.5, 9.0, size=96)
TERRAIN = Layer("terrain", 160.0, 2000.0, 3.5, np.inf)

_LATITUDE = np.array([0.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 90.0])
_SEA_K = np.array([301.2, 300.0, 297.0, 291.5, 285.0, 278.5, 274.0, 271.8, 271.3])
_LAND_K = np.array([299.5, 299.0, 297.0, 291.0, 283.0, 275.5, 268.0, 259.0, 250.0])
_LAND_SEASON_K = np.array([0.0, 2.5, 6.5, 9.5, 12.0, 13.5, 15.0, 16.0, 17.0])
_SEA_SEASON_K = np.array([0.0, 1.0, 2.0, 3.0, 3.0, 2.5, 1.5, 0.5, 0.0])
_HUMIDITY = np.array([0.80, 0.74, 0.62, 0.62, 0.66, 0.70, 0.74, 0.78, 0.80])
_WIND_M_PER_S = np.array([5.2, 6.6, 6.8, 7.2, 8.8, 9.4, 8.2, 6.8, 5.5])


@dataclass(frozen=True)
class Weather:
    """What varies over hundreds of km, arrays (n,): temperatures K, vapour kg/m2, wind m/s.

    `upper_humidity` is a factor about 1 by which the upper troposphere is moister than its share of the column.
    `envelope` is the Gaussian index of mesoscale systems; the thresholds say above which index it rains (steadily, in
    convective cells) or clouds form; `drop_size` and `ice_density` are factors about 1 by which systems differ; `dryness`
    and `terrain` describe the ground (0 forest to 1 desert; mean 0, variance 1).
    """

    land: Values
    sea_surface: Values
    land_surface: Values
    air: Values
    vapour: Values
    upper_humidity: Values
    wind: Values
    envelope: Values
    stratiform_threshold: Values
    convective_threshold: Values
    drop_size: Values
    ice_density: Values
    dryness: Values
    terrain: Values


def stack(weather: Weather) -> Values:
    """All fields as (n, field)."""
    return np.stack([getattr(weather, item.name) for item in fields(Weather)], axis=-1)


def unstack(values: Values) -> Weather:
    """The inverse of `stack`."""
    return Weather(*(np.ascontiguousarray(values[..., index]) for index in range(values.shape[-1])))


def weather(seed: int, place: Place) -> Weather:
    """Large-scale weather at places (n,)."""
    land = land_fraction(place.latitude, place.longitude)
    season = _season(place.hours)  # 1 in late July, -1 in late January
    anomaly = {name: field(seed, SYNOPTIC, name, place) for name in ("temperature", "humidity", "upper", "wind", "drops", "ice")}
    envelope = field(seed, ENVELOPE, "systems", place)
    terrain = field(seed, TERRAIN, "emissivity", place)
    equator = 3.0 + 5.0 * season  # latitude of the warmest water
    away = np.abs(place.latitude - equator * np.clip(1 - np.abs(place.latitude) / 60, 0, 1))
    summer = season * np.tanh(place.latitude / 12)
    sea = np.interp(away, _LATITUDE, _SEA_K) + summer * np.interp(away, _LATITUDE, _SEA_SEASON_K) + 1.2 * anomaly["temperature"]
    synoptic_k = np.clip(np.abs(place.latitude) / 12, 0.6, 4.5) * anomaly["temperature"]
    continent = np.interp(away, _LATITUDE, _LAND_K) + summer * np.interp(away, _LATITUDE, _LAND_SEASON_K) + synoptic_k
    dryness = _dryness(place.latitude, equator, terrain)
    clock = 2 * np.pi * ((place.hours + place.longitude / 15) % 24 - 13.5) / 24
    ground = continent + (3.0 + 8.0 * dryness) * np.cos(clock)
    sea = np.maximum(sea, 271.3)
    air = (1 - land) * (sea - 1.0 + 0.7 * synoptic_k) + land * (continent + 0.25 * (ground - continent))
    likely = _rain_probability(place.latitude, equator, summer)
    moist = np.interp(away, _LATITUDE, _HUMIDITY) * (1 - 0.45 * land * dryness)
    vapour = moist * _saturated_column(0.5 * (air + sea - 1.0)) * np.exp(0.20 * anomaly["humidity"] + 0.10 * envelope)
    upper = np.exp(0.60 * anomaly["upper"] + 0.25 * envelope - 0.50)
    wind = np.interp(away, _LATITUDE, _WIND_M_PER_S) * (1 - 0.12 * summer) * np.exp(0.32 * anomaly["wind"] + 0.08 * envelope)
    likely = likely * np.exp(0.55 * anomaly["humidity"] - 0.15) * (1 - 0.75 * land * dryness)
    afternoon = 1 + 0.5 * land * np.cos(clock - 2 * np.pi * 3.0 / 24)
    warmth = np.clip((air - 268.0) / 30.0, 0.02, 1.0)
    convective = np.clip(likely * (0.03 + 0.27 * warmth**1.5) * afternoon, 1e-4, 0.2)
    return Weather(
        *(
            values.astype(np.float32)
            for values in (
                land,
                sea,
                ground,
                air,
                np.minimum(vapour, 72.0),
                upper,
                np.clip(wind, 0.5, 28.0),
                envelope,
                ndtri(1 - np.clip(likely, 1e-3, 0.35)),
                ndtri(1 - convective),
                np.exp(0.30 * anomaly["drops"]),
                np.exp(0.40 * anomaly["ice"]) * (1 + 0.35 * land),
                dryness,
                terrain,
            )
        )
    )


def _season(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cos(2 * np.pi * (hours / 24 - 206.0) / 365.2425)


def _rain_probability(
    latitude: NDArray[np.float64], equator: NDArray[np.float64], summer: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of time with precipitation above 0.1 mm/h: about a tenth in the rain belt and the storm tracks (GPM, CloudSat)."""
    belt = 0.11 * np.exp(-(((latitude - 1.3 * equator) / 9.0) ** 2))
    tracks = 0.105 * (1 - 0.25 * summer) * np.exp(-(((np.abs(latitude) - 52.0) / 15.0) ** 2))
    return 0.025 + belt + tracks


def _dryness(latitude: NDArray[np.float64], equator: NDArray[np.float64], terrain: Values) -> NDArray[np.float64]:
    subtropics = np.exp(-(((np.abs(latitude - 0.3 * equator) - 25.0) / 11.0) ** 2))
    return 1 / (1 + np.exp(-(6.0 * subtropics - 3.2 + 1.2 * terrain)))


def _saturated_column(air: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vapour kg/m2 of a column saturated at the surface and falling off with 2.4 km (Magnus formula)."""
    celsius = air - 273.15
    density = 216.7 * 6.112 * np.exp(17.62 * celsius / (243.12 + celsius)) / air  # g/m3
    return 2.4 * density
