"""Rain and ice at a place: three kinds of rain under the systems of the day, with their clouds, heights and particles.

Each kind rains where a Gaussian index exceeds its threshold. The rank of the index among wet ones is the rank of the rate, and
rates of a kind are log-normal: so the climate's share of time and the distribution of rates hold exactly, while the fields give
rain its shape. The indices share the systems (450-2400 km or a front) and mesoscale texture, so that convective cells sit inside
steady rain and both inside weather systems.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from gpm_assets.simulation.climate import Weather
from gpm_assets.simulation.morphology import Morphology
from gpm_assets.simulation.noise import Place, field

Values = NDArray[np.float32]

MELTING_K = 273.15
HIGHEST_MM_H = 100.0


@dataclass(frozen=True)
class Precipitation:
    """Arrays (n,): steady, convective and shallow rain in mm/h.

    The indices of the first two count from their thresholds; `column` (60-500 km) and `cells` (9-90 km) are textures of mean 0
    and variance 1.
    """

    steady: Values
    convective: Values
    shallow: Values
    steady_index: Values
    convective_index: Values
    column: Values
    cells: Values

    @property
    def total(self) -> Values:
        """All rain in mm/h."""
        return self.steady + self.convective + self.shallow


def precipitation(seed: int, place: Place, large: Weather, morphology: Morphology) -> Precipitation:
    """Rain at places (n,) under the large-scale weather there."""
    texture = field(seed, morphology.mesoscale, "texture", place.tilted(0.5))
    column = field(seed, morphology.mesoscale, "column", place)
    cells = field(seed, morphology.cells, "cells", place)
    steady = 0.80 * large.systems + 0.48 * texture + 0.36 * cells - large.steady_threshold
    convective = 0.60 * large.systems + 0.42 * texture + 0.68 * cells - large.convective_threshold
    shallow = 0.75 * column - 0.66 * cells - large.shallow_threshold
    warmth = np.clip((large.air - 268.0) / 30.0, 0.0, 1.0)
    rates = (
        _rates(steady, large.steady_threshold, 0.55 + 0.45 * warmth, morphology.steady_rate),
        _rates(convective, large.convective_threshold, 0.35 + 0.65 * warmth, morphology.convective_rate),
        _rates(shallow, large.shallow_threshold, 0.5 + 0.5 * warmth, morphology.shallow_rate),
    )
    excess = np.maximum((rates[0] + rates[1] + rates[2]) / np.float32(HIGHEST_MM_H), 1)
    return Precipitation(rates[0] / excess, rates[1] / excess, rates[2] / excess, steady, convective, column, cells)


def _rates(excess: Values, threshold: Values, strength: Values, rate: tuple[float, float]) -> Values:
    """Rain in mm/h (n,) where a standard normal index exceeds its threshold: log-normal among the wet, bounded at 100 mm/h."""
    wet = np.flatnonzero(excess > 0)
    median, spread = rate
    over = threshold[wet]
    rarity = np.clip(ndtr(-(over + excess[wet])) / ndtr(-over), 1e-7, 1 - 1e-7)
    free = median * strength[wet] * np.exp(-spread * ndtri(rarity))
    rates = np.zeros(excess.shape, np.float32)
    rates[wet] = free / (1 + (free / HIGHEST_MM_H) ** 3) ** (1 / 3)
    return rates
