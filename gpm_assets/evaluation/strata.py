"""Strata of scores: places, times, rain and viewing geometry of the pixels of an overpass, each a partition into named classes.

Codes are int8 indices into the names of a stratum; -1 is unknown. Strata of places and times are those of the samplers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.collocation.strata import NAMES, of_places
from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.evaluation.regimes import REGIMES, WET_MM_H, regime
from gpm_assets.evaluation.table import keys
from gpm_assets.geography.climate import CLIMATE_CLASSES, CLIMATE_GROUPS, climate_class, climate_group
from gpm_assets.geography.terrain import TERRAINS, terrain

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Values = NDArray[np.floating]
Codes = NDArray[np.int8]

RAIN_LIMITS_MM_H = (WET_MM_H, 2.5, 10.0, 50.0)
"""Where rain is wet, moderate, heavy and violent (the last three as in the World Meteorological Organization's guide no. 8)."""
FREEZING_LIMITS_KM = (0.5, 2.0, 3.5, 4.5)
INCIDENCE_LIMITS_DEG = (15.0, 30.0, 45.0, 52.0, 53.0, 54.0, 56.0)
"""Cross-track scanners fill the classes up to 45 degrees evenly and reach 51 to 64; conical ones lie between 52 and 56, where 53
halves the range of an orbit of SSMIS and GMI, 54 parts TMI and SSMIS from AMSR2 and AMSR-E."""
TIME_LIMITS_MIN = (2.5, 5.0, 10.0)
"""Overlaps are searched within 15 minutes."""
SCAN_POSITIONS = ("edge left", "left", "centre", "right", "edge right")
"""Fifths of the pixels of a scan, in the direction in which rows advance: the direction of view of co-registered swaths."""


def _classes(limits: tuple[float, ...], unit: str) -> tuple[str, ...]:
    """Names of the classes between limits; a limit belongs to the class above."""
    between = (f"{low:g}-{high:g} {unit}" for low, high in pairwise(limits))
    return (f"below {limits[0]:g} {unit}", *between, f"from {limits[-1]:g} {unit}")


STRATA: Mapping[str, tuple[str, ...]] = {
    "surface": NAMES["surface"],
    "latitude_band": NAMES["latitude_band"],
    "climate": CLIMATE_GROUPS,
    "climate_class": CLIMATE_CLASSES,
    "terrain": TERRAINS,
    "season": NAMES["season"],
    "solar_time": NAMES["solar_time"],
    "rain_type": ("none", "stratiform", "convective", "other"),
    "rain_class": _classes(RAIN_LIMITS_MM_H, "mm/h"),
    "retrieved_class": _classes(RAIN_LIMITS_MM_H, "mm/h"),
    "regime": REGIMES,
    "freezing_level": _classes(FREEZING_LIMITS_KM, "km"),
    "scan_position": SCAN_POSITIONS,
    "incidence": _classes(INCIDENCE_LIMITS_DEG, "deg"),
    "time_difference": _classes(TIME_LIMITS_MIN, "min"),
}
"""Every stratum and its classes in order. `rain_class` is the reference's, `retrieved_class` what was retrieved: tables may be
conditioned on either. `climate_class` has 31 classes of land and may be left out of what is crossed."""

UNKNOWN = "unknown"
_LABELS = [*dict.fromkeys(name for classes in STRATA.values() for name in classes), UNKNOWN]
_LABEL_OF = {name: np.array([_LABELS.index(label) for label in (*classes, UNKNOWN)]) for name, classes in STRATA.items()}
"""Places of a stratum's classes among the labels of all; code -1 finds the last one."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known of the pixels of an overpass, whole scans in their order; arrays (scan, pixel) unless said.

    `latitude`, `longitude` in degrees; `time` (scan,) datetime64, NaT where unknown; `incidence_deg` of either sign; `rain_mm_h`
    the reference's; `rain_type` int8, 0 none, 1 stratiform, 2 convective, 3 other, -1 unknown; `freezing_level_m` and
    `storm_top_m` above sea; `lag_s` seconds between reference and partner, 0 for a simulated truth. Unknown numbers are NaN.
    Raises GpmAssetsError when shapes disagree.
    """

    latitude: Values
    longitude: Values
    time: NDArray[np.datetime64]
    incidence_deg: Values
    rain_mm_h: Values
    rain_type: Codes
    freezing_level_m: Values
    storm_top_m: Values
    lag_s: Values

    def __post_init__(self) -> None:
        shape = np.shape(self.latitude)
        for name, values in vars(self).items():
            expected = shape[:1] if name == "time" else shape
            if len(shape) != 2 or np.shape(values) != expected:
                raise GpmAssetsError(
                    f"scene: {name} has shape {np.shape(values)}, latitude {shape}; all are (scan, pixel), and time is (scan,)"
                )


def codes(scene: Scene) -> dict[str, Codes]:
    """Codes (scan, pixel) of every stratum but `retrieved_class`, which follows from `rain_class` of what was retrieved."""
    latitude, longitude = scene.latitude, scene.longitude
    relief = terrain(latitude, longitude)
    places = of_places(latitude, longitude, np.broadcast_to(scene.time[:, None], latitude.shape))
    found = places | {
        "climate": climate_group(latitude, longitude),
        "climate_class": climate_class(latitude, longitude),
        "terrain": relief,
        "rain_type": np.asarray(scene.rain_type, np.int8),
        "rain_class": rain_class(scene.rain_mm_h),
        "regime": regime(scene.rain_mm_h, scene.rain_type, scene.freezing_level_m, scene.storm_top_m, relief),
        "freezing_level": _between(scene.freezing_level_m / 1e3, FREEZING_LIMITS_KM),
        "scan_position": scan_position(latitude, longitude),
        "incidence": _between(np.abs(scene.incidence_deg), INCIDENCE_LIMITS_DEG),
        "time_difference": _between(np.abs(scene.lag_s) / 60, TIME_LIMITS_MIN),
    }
    return {name: found[name] for name in STRATA if name in found}


def rain_class(rain_mm_h: ArrayLike) -> Codes:
    """Code in STRATA["rain_class"] of rain in mm/h, any shape; -1 where NaN."""
    return _between(rain_mm_h, RAIN_LIMITS_MM_H)


def scan_position(latitude: Values, longitude: Values) -> Codes:
    """Code in SCAN_POSITIONS of the pixels of a swath (scan, pixel) in degrees; -1 everywhere where no side can be told.

    Radiometers turn one way or the other; which end of the scan is left follows from positions: up, along the track and along the
    scan make a right-handed or a left-handed system.
    """
    scans, pixels = latitude.shape
    fifth = np.broadcast_to(((np.arange(pixels) + 0.5) / max(pixels, 1) * len(SCAN_POSITIONS)).astype(np.int8), (scans, pixels))
    middle = slice(pixels // 4, max(3 * pixels // 4, pixels // 4 + 2))  # scans curve forwards at their ends
    points = unit_vectors(latitude[:, middle], longitude[:, middle]).astype(np.float64)
    up, along_track, along_scan = points[:-1, :-1], np.diff(points, axis=0)[:, :-1], np.diff(points, axis=1)[:-1]
    leftwards = np.einsum("spi,spi->sp", up, np.cross(along_track, along_scan))
    known = leftwards[np.isfinite(leftwards)]
    side = np.sign(np.median(known)) if known.size else 0.0
    return {1.0: (len(SCAN_POSITIONS) - 1 - fifth).astype(np.int8), -1.0: fifth.copy()}.get(side, np.full_like(fifth, -1))


def _between(values: ArrayLike, limits: tuple[float, ...]) -> Codes:
    values = np.asarray(values, np.float64)
    return np.where(np.isfinite(values), np.digitize(values, limits), -1).astype(np.int8)


def crossed(pixels: NDArray[np.float64], names: Sequence[str], codes: Mapping[str, Codes]) -> DataFrame:
    """Sums over the cells of every pair of strata: `first`, `first_class`, `second`, `second_class` (categorical), the `names`.

    `pixels` (n, k) are contributions of pixels to k sums called `names`, `codes` (n,) those of at least two strata. Each pair
    stands once, in the order of STRATA, unknown classes as "unknown", empty cells left out; pixels that contribute nothing count
    as none. The cells of one pair add up to the whole, so one stratum is the marginal of any pair that it is in. Raises
    RequestError for fewer than two strata or unknown ones, GpmAssetsError when lengths disagree.
    """
    import pandas

    _require(codes, STRATA)
    kept = [name for name in STRATA if name in codes]
    if len(kept) < 2:
        raise RequestError(f"strata are crossed in pairs, {len(kept)} given; strata are {', '.join(STRATA)}")
    lengths = sorted({len(pixels), *(len(codes[name]) for name in kept)})
    if len(lengths) > 1 or pixels.shape[1:] != (len(names),):
        raise GpmAssetsError(
            f"strata: contributions {pixels.shape} to {len(names)} sums, codes and contributions of {lengths} pixels"
        )
    counted = np.any(pixels != 0, axis=1)
    cells, sums = _summed(np.stack([codes[name][counted] for name in kept], axis=1), pixels[counted], kept)
    found = {
        (first, second): _summed(cells[:, [at, beside]], sums, [first, second])
        for (at, first), (beside, second) in combinations(enumerate(kept), 2)
    }
    total = np.concatenate([part for _, part in found.values()])
    table = pandas.DataFrame(total, columns=list(names))
    rows = [len(pair) for pair, _ in found.values()]
    for side, column in enumerate(("first", "second")):
        of_pair = np.repeat([list(STRATA).index(pair[side]) for pair in found], rows)
        of_cell = np.concatenate([_LABEL_OF[pair[side]][cells[:, side]] for pair, (cells, _) in found.items()])
        table.insert(2 * side, column, pandas.Categorical.from_codes(of_pair, list(STRATA)))
        table.insert(2 * side + 1, f"{column}_class", pandas.Categorical.from_codes(of_cell, _LABELS))
    return table


def pair_of(*names: str) -> tuple[str, str]:
    """The pair of strata whose rows tell of one stratum, or of two crossed: all that has to be read of a stored table.

    Raises RequestError for unknown strata, for one that is crossed with itself, and for none or more than two.
    """
    _require(names, STRATA)
    if len(set(names)) != len(names) or len(names) not in (1, 2):
        raise RequestError(f"scores are told by one stratum or by two different ones, not by {', '.join(names) or 'none'}")
    wanted = set(names) if len(names) == 2 else {names[0], next(other for other in STRATA if other != names[0])}
    first, second = (name for name in STRATA if name in wanted)
    return first, second


def of(table: DataFrame, name: str) -> DataFrame:
    """The rows of one stratum: key columns of a table of pairs, its class in the column `name` (in order), and sums.

    Raises RequestError for a stratum that is unknown or not in the table.
    """
    _require([name], STRATA)
    pairs = table[["first", "second"]].drop_duplicates()
    _require([name], [*pairs["first"], *pairs["second"]])
    pairs = pairs[(pairs["first"] == name) | (pairs["second"] == name)]
    beside = str(next(other for other in pairs.iloc[0] if other != name))
    rows = cross(table, name, beside).drop(columns=beside)
    return rows.groupby(keys(rows), observed=True, sort=False, dropna=False).sum().reset_index()


def cross(table: DataFrame, a: str, b: str) -> DataFrame:
    """The rows of two strata: key columns of a table of pairs, their classes in the columns `a` and `b` (in order), and sums.

    Raises RequestError for a stratum that is unknown or not in the table, or crossed with itself.
    """
    _require([a, b], STRATA)
    if a == b:
        raise RequestError(f"stratum {a} is crossed with itself; choose two of {', '.join(STRATA)}")
    _require([a, b], [*table["first"].unique(), *table["second"].unique()])
    first, second = (name for name in STRATA if name in (a, b))
    rows = table[(table["first"] == first) & (table["second"] == second)].drop(columns=["first", "second"])
    rows = rows.rename(columns={"first_class": first, "second_class": second})
    return rows.assign(**{name: _ordered(rows[name], name) for name in (first, second)}).reset_index(drop=True)


def _summed(cells: Codes, pixels: NDArray[np.float64], names: Sequence[str]) -> tuple[Codes, NDArray[np.float64]]:
    """Cells (cell, stratum) that occur among codes (n, stratum), in order, and sums (cell, k) of contributions (n, k)."""
    if not len(cells):
        return cells, pixels
    number = np.zeros(len(cells), np.int64)
    for code, name in zip(cells.T, names, strict=True):
        number = number * (len(STRATA[name]) + 1) + code + 1
    order = np.argsort(number, kind="stable")
    number = number[order]
    starts = np.flatnonzero(np.append(True, number[1:] != number[:-1]))
    return cells[order[starts]], np.add.reduceat(pixels[order], starts, axis=0)


def _ordered(labels: Series, name: str) -> Series:
    """Labels of one stratum as an ordered categorical of its own classes."""
    import pandas

    return labels.astype(pandas.CategoricalDtype([*STRATA[name], UNKNOWN], ordered=True))


def _require(asked: Iterable[str], there: Iterable[str]) -> None:
    choices = [name for name in STRATA if name in set(there)]
    for name in asked:
        if name not in choices:
            raise RequestError(f"no stratum {name!r}; strata here are {', '.join(choices) or 'none'}")
