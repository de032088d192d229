"""Retrieved rain against the reference's: counts and sums by joint classes of both, those of `distributions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.evaluation.binned import Float, Row, require_added, rows
from gpm_assets.evaluation.distributions import CLASSES, EDGES_MM_H
from gpm_assets.evaluation.scores import PAIR_SUMS, tb_measures

if TYPE_CHECKING:
    from pandas import DataFrame

KEYS = ("retrieved_rain", "reference_rain")
"""Classes: 0 is dry (below 0.01 mm/h), `CLASSES + 1` lies above 150 mm/h."""
SUMS = PAIR_SUMS


def sums(pixels: NDArray[np.float64]) -> list[Row]:
    """Rows of `KEYS` and `SUMS` of what scored pixels add to `RAIN_SUMS`, (pixel, sum), see `scores.rain_pixels`."""
    scored = pixels[pixels[:, PAIR_SUMS.index("n")] > 0][:, : len(PAIR_SUMS)]
    edges, shape = EDGES_MM_H.astype(np.float32), (CLASSES + 2, CLASSES + 2)
    classes = [np.searchsorted(edges, scored[:, PAIR_SUMS.index(side)].astype(np.float32), side="right") for side in "xy"]
    cell = np.ravel_multi_index(tuple(classes), shape)
    found = {name: np.bincount(cell, scored[:, index], shape[0] * shape[1]) for index, name in enumerate(SUMS)}
    places = np.unravel_index(np.arange(shape[0] * shape[1]), shape)
    return rows(dict(zip(KEYS, places, strict=True)), found)


def counts(table: DataFrame) -> Float:
    """Pixels (retrieved class, reference class); raises GpmAssetsError for rows that were not added up."""
    require_added(table, KEYS)
    found = np.zeros((CLASSES + 2, CLASSES + 2))
    found[tuple(table[name].to_numpy(np.intp) for name in KEYS)] = table["n"]
    return found


def measures(table: DataFrame) -> dict[str, float]:
    """`bias`, `mae`, `rmse` in mm/h and `r` of all pixels, dry ones too; NaN without any."""
    require_added(table, KEYS)
    return {name: float(value) for name, value in tb_measures({name: table[name].sum() for name in SUMS}).items()}
