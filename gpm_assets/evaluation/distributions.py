"""How often each rain rate is retrieved and how often it falls: counts and volumes by class, and distances of the two.

Both sides are the same scored pixels. The retrieved rate of a pixel is the mean of what is possible there, less extreme than
rain: so a perfectly calibrated retrieval of some uncertainty has a distance above zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.evaluation.binned import Float, Row, hellinger, require_added, rows, scored, wasserstein
from gpm_assets.evaluation.retrieved import Retrieved

if TYPE_CHECKING:
    from pandas import DataFrame

CLASSES = 42
EDGES_MM_H: Float = np.geomspace(0.01, 150.0, CLASSES + 1)
"""Rain classes, 26 % wide. One before takes what is dry, one after what is more than any."""
KEYS = ("rain_class",)
"""0 is dry, `CLASSES + 1` lies above."""
SUMS = ("n_x", "n_y", "x", "y")
"""Pixels retrieved in a class and pixels whose reference lies in it, and their rain in mm/h; x is retrieved, y the reference."""


def sums(retrieved: Retrieved, reference: ArrayLike) -> list[Row]:
    """Rows of `KEYS` and `SUMS` of one retrieval against `reference` rain in mm/h, NaN where unknown.

    A rate belongs to the class whose lower edge it reaches. Raises GpmAssetsError when shapes differ.
    """
    both = scored(retrieved, reference)
    found: dict[str, NDArray[Any]] = {}
    for name, image in (("x", retrieved.mean), ("y", np.asarray(reference, np.float32))):
        rain = image[both]
        class_ = np.searchsorted(EDGES_MM_H.astype(np.float32), rain, side="right")
        found[f"n_{name}"] = np.bincount(class_, minlength=CLASSES + 2)
        found[name] = np.bincount(class_, rain, minlength=CLASSES + 2)
    return rows({"rain_class": range(CLASSES + 2)}, {name: found[name] for name in SUMS})


def shares(table: DataFrame) -> DataFrame:
    """Every class from 0.01 to 150 mm/h with its `low_mm_h` and `high_mm_h`, and what it holds per decade of rain rate.

    `occurrence_x`, `occurrence_y` as shares of all pixels, `volume_x`, `volume_y` as shares of the reference's rain: the areas
    under the curves are the wet share, and the relative volume. NaN for a table without pixels or without rain.
    """
    import pandas

    n_x, n_y, x, y = _dense(table)
    width = np.diff(np.log10(EDGES_MM_H))
    found = {"low_mm_h": EDGES_MM_H[:-1], "high_mm_h": EDGES_MM_H[1:]}
    for name, values, whole in (
        ("occurrence_x", n_x, n_y.sum()),
        ("occurrence_y", n_y, n_y.sum()),
        ("volume_x", x, y.sum()),
        ("volume_y", y, y.sum()),
    ):
        found[name] = values[1:-1] / width / (whole or np.nan)
    return pandas.DataFrame(found)


def measures(table: DataFrame) -> dict[str, float]:
    """Distances of the two distributions, NaN without pixels; raises GpmAssetsError for rows that were not added up.

    - `wasserstein` in mm/h: mean difference of quantiles of the same level, every pixel taken at the mean of its class, so within
      about a class's width (26 % of the rates) of the exact distance and never less than the bias;
    - `kolmogorov_smirnov`: largest difference of the distribution functions, taken at the edges of classes;
    - `hellinger`: of the classes.

    All three are dominated by dry pixels, which are most: the first by their rain, the others by their number.
    """
    n_x, n_y, x, y = _dense(table)
    return {
        "wasserstein": wasserstein(n_x, n_y, x, y),
        "kolmogorov_smirnov": _kolmogorov_smirnov(n_x, n_y),
        "hellinger": hellinger(n_x, n_y),
    }


def _dense(table: DataFrame) -> tuple[Float, Float, Float, Float]:
    """Sums (class,) with zeros where the table has no row."""
    require_added(table, KEYS)
    dense = np.zeros((len(SUMS), CLASSES + 2))
    dense[:, table["rain_class"].to_numpy(np.intp)] = table[list(SUMS)].to_numpy(np.float64).T
    n_x, n_y, x, y = dense
    return n_x, n_y, x, y


def _kolmogorov_smirnov(n_x: Float, n_y: Float) -> float:
    if not (n_x.any() and n_y.any()):
        return float("nan")
    return float(np.max(np.abs(np.cumsum(n_x) / n_x.sum() - np.cumsum(n_y) / n_y.sum())))
