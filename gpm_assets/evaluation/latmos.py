"""LATMOS' evaluation protocol as one preset: how rain of two sensors is brought together, classed and scored.

From the public code of Enescu et al. 2026 (github.com/vic-ene/cfm-uda-pmw-rain, commit e3729359). Rain, not TB, of the partner is
put on GMI's pixels: inverse squared distance over at most three neighbours within 10 km, overlaps within 15 minutes. Rain below
0.1 mm/h counts as none: they set it to zero after the retrieval, after resampling and in the reference, and so do we.

What is otherwise here: bias is retrieved minus reference as everywhere in this platform, theirs is the opposite. Their RMSE is a
mean of the RMSEs of overpasses, weighted by pixels; it stands beside the pooled one as `mean_overpass_rmse`, and is the smaller
of the two, for a mean of roots is at most the root of the mean. A missing neighbour costs them the pixel, us the neighbour.

Errors by class of the *reference* reward exaggeration: given that it was observed to rain hard, the retrieval that always rains
hard errs least, and nothing in those classes counts its false alarms. (The forecaster's dilemma, Lerch et al. 2017, Statistical
Science 32, 106.) So the same errors stand beside them by class of what was *retrieved*; a gain is one where both agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from gpm_assets.collocation.overlaps import WINDOW_S
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import RAIN_SUMS, at, rain_measures, rain_pixels

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["CLASSES", "NEIGHBOURS", "REACH_KM", "WET_MM_H", "WINDOW_S", "dropped", "remarks", "resampled", "sums", "table"]

REACH_KM, NEIGHBOURS = 10.0, 3
WET_MM_H = 0.1
BOUNDS_MM_H = (0.0, WET_MM_H, 2.5, 10.0, 50.0, 1000.0)
CLASSES = tuple(f"{low:g} to {high:g}" for low, high in pairwise(BOUNDS_MM_H))
"""Rain classes by their bounds in mm/h, the lower one included."""
ALL, NOTHING = "all", "nothing"
"""All classes together; the class of a pixel where nothing was retrieved."""
REFERENCE_CLASS, RETRIEVED_CLASS = "reference_class", "retrieved_class"

Rain = NDArray[np.float32]
Row = dict[str, Any]


def dropped(rain: ArrayLike) -> Rain:
    """Rain (...) in mm/h without what is below 0.1 mm/h, which becomes zero; NaN stays."""
    values = np.asarray(rain, np.float32)
    return np.where(values < np.float32(WET_MM_H), np.float32(0), values)


def resampled(
    rain: ArrayLike,
    latitude: ArrayLike,
    longitude: ArrayLike,
    to_latitude: ArrayLike,
    to_longitude: ArrayLike,
    times: tuple[NDArray[np.datetime64], NDArray[np.datetime64]] | None = None,
) -> Rain:
    """Rain (scan, pixel) in mm/h at places in degrees, put on other places (scan, pixel); NaN where none of it is within 10 km.

    Of the three nearest places those within reach count by 1 / d^2, d the distance through a sphere of 6371 km. Missing rain
    (NaN) counts nowhere, a place without a position (NaN) is none. At the very same place the rain is taken as it is. With
    `times` of both (shapes of their places) neighbours seen more than 15 minutes apart do not count: a swath crosses itself.
    Raises GpmAssetsError when shapes disagree.
    """
    values, source = np.asarray(rain, np.float64), _places(latitude, longitude)
    if values.shape != source.shape[:-1]:
        raise GpmAssetsError(f"rain to resample has shape {values.shape}, its positions {source.shape[:-1]}")
    target = _places(to_latitude, to_longitude)
    placed, sought = (np.isfinite(one).all(axis=-1) for one in (source, target))
    distance, neighbour = cKDTree(source[placed]).query(target[sought], k=NEIGHBOURS, distance_upper_bound=REACH_KM)
    values = np.append(values[placed], np.nan)[neighbour]  # one more: the tree's number for no neighbour
    known = np.isfinite(values)
    if times is not None:
        seen = np.append(times[0][placed].astype("datetime64[ms]"), np.datetime64("NaT", "ms"))[neighbour]
        apart = np.abs(seen - times[1][sought].astype("datetime64[ms]")[:, None])
        known &= apart <= np.timedelta64(round(1000 * WINDOW_S), "ms")
    with np.errstate(divide="ignore"):
        weight = np.where(known, distance, np.inf) ** -2
    same = np.isinf(weight)
    weight = np.where(same.any(axis=-1, keepdims=True), same, weight)
    total, weighted = weight.sum(axis=-1), (weight * np.where(known, values, 0)).sum(axis=-1)
    found = np.full(target.shape[:-1], np.nan, np.float32)
    found[sought] = np.divide(weighted, total, out=np.full_like(total, np.nan), where=total > 0)
    return found


def sums(retrieved: ArrayLike, reference: ArrayLike, granule: str) -> list[Row]:
    """Sums of an overpass, a row for every pair of classes that occurs; rows add up, so order and splitting change nothing.

    `retrieved` and `reference` rain (...) in mm/h on the same pixels, NaN where missing; below 0.1 mm/h it is dropped here. A row
    holds `granule`, `reference_class`, `retrieved_class` (`nothing` where nothing was retrieved) and `RAIN_SUMS`. No pixel with
    a reference makes no row. Raises GpmAssetsError when shapes differ or rain is not from 0 to below 1000 mm/h.
    """
    x, y = (dropped(_checked(rain, what)) for rain, what in ((retrieved, "retrieved"), (reference, "reference")))
    pixels = rain_pixels(Retrieved.certain(x, y), y)
    x_class, y_class = (_classes(rain.reshape(-1)) for rain in (x, y))
    known = y_class < len(CLASSES)
    cells, cell = np.unique(np.stack([y_class[known], x_class[known]]), axis=1, return_inverse=True)
    added = np.stack([np.bincount(cell.reshape(-1), one, cells.shape[1]) for one in pixels[known].T], axis=-1)
    names = (*CLASSES, NOTHING)
    return [
        {"granule": granule, REFERENCE_CLASS: names[i], RETRIEVED_CLASS: names[j], **dict(zip(RAIN_SUMS, row, strict=True))}
        for (i, j), row in zip(cells.T, added.tolist(), strict=True)
    ]


def table(rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Measures for people, of rows of `sums` with any further keys (method, reference, ...), which are never pooled over.

    For every value of the keys there is a row for `all` pixels and one for each class: first by what was observed (`by` is
    `reference`), then by what was retrieved (`by` is `retrieved`). Columns: `overpasses`, `n` pixels scored, `missing` pixels
    without a retrieval; `bias`, `mae`, `rmse`, `mean_overpass_rmse` in mm/h; at 0.1 mm/h and for all pixels alone `csi` (their
    IoU), `pod` (recall), `far`, `frequency_bias`, `precision`. NaN where undefined. Raises GpmAssetsError for no rows.
    """
    import pandas

    cells = pandas.DataFrame.from_records(list(rows))
    if cells.empty:
        raise GpmAssetsError("no scores to show: no pixel has both a reference and a place within 10 km of the other sensor")
    keys = [name for name in cells.columns if name not in ("granule", REFERENCE_CLASS, RETRIEVED_CLASS, *RAIN_SUMS)]
    parts = cells.groupby(keys, sort=False) if keys else [((), cells)]
    return pandas.DataFrame.from_records(
        [{**dict(zip(keys, values, strict=True)), **row} for values, part in parts for row in _measured(part)]
    )


def remarks(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the scores cannot tell, in words: a reference without rain, rain classes that were never observed."""
    pixels = dict.fromkeys(CLASSES, 0.0)
    for row in rows:
        pixels[row[REFERENCE_CLASS]] += row["n"]
    absent = [name for name, count in pixels.items() if not count]
    if len(absent) == len(CLASSES):
        return ["no pixel is scored"]
    if absent == [*CLASSES[1:]]:
        return [f"the reference is dry everywhere (below {WET_MM_H:g} mm/h): POD and frequency bias are undefined"]
    told = [f"no reference pixel has {' or '.join(absent)} mm/h"] if absent else []
    if len(absent) == len(CLASSES) - 1:
        told.append("all reference pixels are of one class: errors by class say no more than those of all")
    return told


def _places(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float64]:
    """Places (..., 3) in km, NaN where missing; raises GpmAssetsError when shapes differ."""
    lat, lon = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    if lat.shape != lon.shape:
        raise GpmAssetsError(f"positions have latitudes of shape {lat.shape} and longitudes of shape {lon.shape}")
    return EARTH_RADIUS_KM * unit_vectors(lat, lon)


def _checked(rain: ArrayLike, what: str) -> Rain:
    """The same rain; raises GpmAssetsError where it is outside the classes: a fill value would pass for no rain."""
    values = np.asarray(rain, np.float32)
    wrong = values[(values < 0) | (values >= BOUNDS_MM_H[-1])]
    if wrong.size:
        raise GpmAssetsError(
            f"{what} rain has {wrong.size} values outside 0 to below {BOUNDS_MM_H[-1]:g} mm/h, the first is {wrong[0]:g}; "
            "missing rain is NaN"
        )
    return values


def _classes(rain: Rain) -> NDArray[np.intp]:
    """Number of every pixel's class (...), one more than the last where rain is missing."""
    return np.where(np.isfinite(rain), np.digitize(rain, np.array(BOUNDS_MM_H[1:], np.float32)), len(CLASSES))


def _measured(cells: DataFrame) -> Iterator[Row]:
    yield {"by": "reference", "class": ALL, **_measures(cells), **_detection(cells)}
    for by, column in (("reference", REFERENCE_CLASS), ("retrieved", RETRIEVED_CLASS)):
        for name in CLASSES:
            yield {"by": by, "class": name, **_measures(cells[cells[column] == name])}


def _measures(cells: DataFrame) -> Row:
    by_overpass = cells.groupby("granule")[list(RAIN_SUMS)].sum()
    total = by_overpass.sum()
    found = rain_measures(total)
    weighted = np.sqrt(by_overpass["n"] * by_overpass["squared"]).sum()  # n times the root of squared / n
    return {
        "overpasses": int((by_overpass["n"] > 0).sum()),
        "n": int(total["n"]),
        "missing": int(total["missing"]),
        **{name: float(found[name]) for name in ("bias", "mae", "rmse")},
        "mean_overpass_rmse": float(weighted / total["n"]) if total["n"] else float("nan"),
    }


def _detection(cells: DataFrame) -> Row:
    found = rain_measures(cells[list(RAIN_SUMS)].sum())
    told = {name: float(found[at(name, WET_MM_H)]) for name in ("csi", "pod", "far", "frequency_bias")}
    return {**told, "precision": 1 - told["far"]}
