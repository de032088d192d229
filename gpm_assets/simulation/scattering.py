"""Extinction, scattering and asymmetry of rain and ice from the bundled table.

`generate_scattering` makes the table and tells its physics. How big ice is at a given mass is tuned: 1.0 mm at 0.2 g/m3, growing
with the fourth root, so that 89 and 166 GHz fall to about 100 K in the deepest cells, and anvils of 0.5 kg/m2 cool 166 GHz by
tens of kelvin, as GMI sees them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation.lookup import Table, table

Values = NDArray[np.floating[Any]]

_FILE = Path(__file__).with_name("scattering.npz")
_ICE_MM = np.float32(1.0)
_ICE_KG_M3 = np.float32(2e-4)
_ICE_EXPONENT = np.float32(0.25)


def rain(channels: tuple[Channel, ...], temperature_k: Values, drop_size: Values, rain_mm_h: Values) -> Values:
    """(3, channel, n): extinction, scattering, scattering times asymmetry in Np/km per mm/h.

    `drop_size` is the factor on the mean diameter.
    """
    return _tables(channels)[0](temperature_k, np.log(drop_size), np.log(np.maximum(rain_mm_h, np.float32(1e-3))))


def ice(channels: tuple[Channel, ...], habit: Values, diameter_mm: Values) -> Values:
    """(3, channel, n), the same in m2/kg: habit from 0 (graupel) to 1 (aggregates), mass-weighted mean diameter."""
    return _tables(channels)[1](habit, np.log(diameter_mm))


def ice_diameter_mm(content_kg_m3: Values) -> Values:
    """Mass-weighted mean diameter of ice of a mean content, see the module."""
    return _ICE_MM * np.maximum(content_kg_m3 / _ICE_KG_M3, np.float32(1e-3)) ** _ICE_EXPONENT


@lru_cache(maxsize=64)
def _tables(channels: tuple[Channel, ...]) -> tuple[Table, Table]:
    """Rain (3, channel, temperature, drop size, rain) and ice (3, channel, habit, size)."""
    with np.load(_FILE) as file:
        stored = dict(file)
    frequency = np.log(np.array([channel.frequency_ghz for channel in channels]))
    rain_axes = stored["rain_k"], np.log(stored["drop_size"]), np.log(stored["rain_mm_h"])
    ice_axes = stored["habit"], np.log(stored["ice_mm"])
    rain_values, ice_values = (
        _at_frequency(stored[name], np.log(stored["frequency_ghz"]), frequency) for name in ("rain", "ice")
    )
    return table(rain_axes, rain_values), table(ice_axes, ice_values)


def _at_frequency(values: Values, known: Values, wanted: Values) -> Values:
    """(3, channel, ...) of values (3, ..., frequency): cross sections as power laws between known frequencies."""
    place = np.clip(np.interp(wanted, known, np.arange(len(known))), 0, len(known) - 1.001)
    low, share = place.astype(int), place % 1
    parts = np.concatenate([np.log(values[:2]), values[2:] / values[1:2]])
    extinction, scattering, asymmetry = parts[..., low] * (1 - share) + parts[..., low + 1] * share
    result = np.stack([np.exp(extinction), np.exp(scattering), asymmetry * np.exp(scattering)])
    return np.moveaxis(result, -1, 1)
