"""One deterministic atmosphere and surface: a function of seed, place and time, the same for every sensor.

Clouds and rain are thresholds on Gaussian indices that share an envelope (500-2400 km), mesoscale texture (80-500 km) and
cells (16-100 km), so that convective cells sit inside wide stratiform areas and both inside weather systems. Rates grow
exponentially above the threshold, which gives them a nearly log-normal distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpm_assets.simulation.climate import Weather, weather
from gpm_assets.simulation.noise import Layer, Place, field

Values = NDArray[np.float32]

MESOSCALE = Layer("mesoscale", 80.0, 500.0, 4.2, 3.0, size=96)
CELLS = Layer("cells", 16.0, 100.0, 4.0, 1.0, size=128)

LAPSE_K_PER_KM = 5.8
MELTING_K = 273.15


@dataclass(frozen=True)
class World:
    """Fields at n places, arrays (n,) float32.

    `land` fraction; `sea_surface`, `land_surface`, `air` temperature in K; `vapour`, `cloud_liquid`, `ice` path in kg/m2;
    `upper_humidity` factor (climate.Weather); `wind` m/s; `freezing_level` m above sea (0 where it freezes at the surface);
    `rain` mm/h at the surface (melted where it snows); `convective` share of it; `drop_size`, `ice_density` factors about 1
    by which rain's extinction and the mass of ice differ at the same surface rain (drop sizes, evaporation, habit);
    `dryness`, `terrain` of the ground (climate.Weather).
    """

    land: Values
    sea_surface: Values
    land_surface: Values
    air: Values
    vapour: Values
    upper_humidity: Values
    wind: Values
    freezing_level: Values
    cloud_liquid: Values
    rain: Values
    convective: Values
    ice: Values
    drop_size: Values
    ice_density: Values
    dryness: Values
    terrain: Values


def world(seed: int, latitude: NDArray[np.float64], longitude: NDArray[np.float64], time: NDArray[np.datetime64]) -> World:
    """The world at places (n,) in degrees and UTC times (n,)."""
    place = Place(latitude, longitude, hours_since_2000(time))
    return precipitating(seed, place, weather(seed, place))


def hours_since_2000(time: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """UTC times as hours since 2000-01-01."""
    return (time.astype("datetime64[ms]") - np.datetime64("2000-01-01", "ms")).astype(np.float64) / 3.6e6


def precipitating(seed: int, place: Place, large: Weather) -> World:
    """The world at places under given large-scale weather: adds clouds, rain and ice."""
    texture, column, habit = (field(seed, MESOSCALE, name, place) for name in ("texture", "column", "habit"))
    cells = field(seed, CELLS, "cells", place)
    steady = 0.72 * large.envelope + 0.63 * texture + 0.29 * cells - large.stratiform_threshold
    unsteady = 0.50 * large.envelope + 0.50 * texture + 0.71 * cells - large.convective_threshold
    stratiform = np.where(steady > 0, np.minimum(0.12 + 0.55 * np.expm1(1.55 * steady), 20.0), 0)
    shower = np.where(unsteady > 0, np.minimum(1.5 + 4.0 * np.expm1(1.75 * unsteady), 100.0), 0)
    rain = stratiform + shower
    aloft = np.exp(0.55 * column)
    ice_density = large.ice_density * np.exp(0.50 * habit)
    ice = ice_density * _ice(steady + 0.30 * habit, unsteady, shower)
    freezing_level = np.clip((large.air - MELTING_K) / LAPSE_K_PER_KM, 0.0, 5.4)
    return World(
        land=np.clip(large.land, 0, 1),
        sea_surface=large.sea_surface,
        land_surface=large.land_surface - np.where(rain > 0, 3.0, 0.0).astype(np.float32),
        air=large.air,
        vapour=large.vapour * (1 + 0.06 * np.tanh(np.sqrt(rain))),
        upper_humidity=large.upper_humidity * (1 + 0.5 * np.tanh(0.5 * ice)),
        wind=large.wind * (1 + 0.10 * cells * (rain > 0)),
        freezing_level=(1e3 * freezing_level).astype(np.float32),
        cloud_liquid=aloft * _cloud_liquid(steady + 0.12 * cells, large.air, rain),
        rain=rain,
        convective=shower / np.maximum(rain, 1e-6),
        ice=ice,
        drop_size=large.drop_size * aloft,
        ice_density=ice_density,
        dryness=large.dryness,
        terrain=large.terrain,
    )


def _cloud_liquid(excess: Values, air: Values, rain: Values) -> Values:
    """Cloud covers a good half of the sea and thickens towards rain; less of it is liquid in cold air."""
    liquid_share = np.clip((air - 248.0) / 40.0, 0.1, 1.0)
    return liquid_share * (0.09 * np.maximum(excess + 2.0, 0) ** 1.6 + 0.16 * np.minimum(rain, 25.0) ** 0.55)


def _ice(steady: Values, unsteady: Values, shower: Values) -> Values:
    """Ice path: wide anvils and stratiform cloud tops, and cores that grow with the convective rate."""
    anvil, tower = np.maximum(steady + 0.35, 0), np.maximum(unsteady + 0.25, 0)
    return 0.08 * np.expm1(1.35 * anvil) + 0.22 * tower + 0.075 * shower
