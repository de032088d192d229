"""Training sets: labelled GMI patches for DRAIN; unpaired patches of both domains and weak pairs of pixels for translators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation import calendar, climatology, strata
from gpm_assets.collocation.likeness import pair_variability
from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.collocation.patches import Corners, counts, cut, stratified, windows
from gpm_assets.collocation.radar import RadarMatch
from gpm_assets.conditions import conditions
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.swath import Swath
from models.conditions import CONDITIONS
from models.packs import INDEX
from models.pairs import PAIR_INDEX

MIN_COVERAGE = 0.8
"""Share of the antenna pattern that the radar must have filled for a label."""
MIN_LABELLED = 0.25
"""Share of a patch that must be labelled: the radar's swath is 46 of GMI's 221 pixels wide."""
MIN_VALID = 0.95
"""Share of a patch that must have every channel."""
MIN_OVERLAPPED = 0.5
"""Share of a patch that both sensors must have seen for it to be a pair, or to calibrate strata."""
WEIGHT_ELSEWHERE = 0.1
"""Weight of a patch outside every overlap."""
PAIR_LIFETIME_S = 600.0
"""A weak pair counts less the farther apart in time it was seen: ten minutes move rain by a footprint of 37 GHz."""
GMI_CHANNELS = INSTRUMENTS[REFERENCE].channel_names


@dataclass(frozen=True, eq=False)
class Patches:
    """Patches of one granule: `tb` (patch, channel, scan, pixel) in K, `index` (patch,), `rain` (patch, scan, pixel) in mm/h,
    `conditions` (patch, condition, scan, pixel), and which windows of the swath they are, `corner` (patch, 2)."""

    tb: NDArray[np.float32]
    index: NDArray[np.void]
    rain: NDArray[np.float32]
    conditions: NDArray[np.float32]
    corner: Corners


def complete(swath: Swath, channels: tuple[str, ...] | None = None) -> Swath:
    """The swath with these channels in this order, by default all of its sensor's; those that its granule lacks are missing."""
    wanted = channels or INSTRUMENTS[swath.sensor].channel_names
    if swath.channels == wanted:
        return swath
    source = [swath.channels.index(name) for name in wanted if name in swath.channels]
    place = [number for number, name in enumerate(wanted) if name in swath.channels]

    def chosen(values: NDArray[np.float32]) -> NDArray[np.float32]:
        whole = np.full((*swath.shape, len(wanted)), np.nan, np.float32)
        whole[..., place] = values[..., source]
        return whole

    support = None if swath.support is None else np.nan_to_num(chosen(swath.support))
    return replace(swath, channels=wanted, tb=chosen(swath.tb), incidence=chosen(swath.incidence), support=support)


def labels(match: RadarMatch) -> NDArray[np.float32]:
    """Rain labels (scan, pixel) in mm/h: radar rain where it filled the antenna pattern, NaN elsewhere."""
    return np.where(match.coverage >= MIN_COVERAGE, match.rain_mm_h, np.nan).astype(np.float32)


def labelled_patches(swath: Swath, rain: NDArray[np.float32], size: int, count: int) -> Patches:
    """Patches of a GMI swath of which at least a quarter is labelled, rare strata more than their share; the same each time.

    A patch weighs as many windows of the granule as it stands for.
    """
    usable = np.isfinite(rain) & np.isfinite(swath.tb).all(axis=-1)
    found = windows(usable, size, MIN_LABELLED)
    return _patches(swath, found, size, count, rain, strata.LABEL_THRESHOLDS_MM_H, np.ones(len(found)))


class WeakPairs(NamedTuple):
    """Pixels of a partner that GMI saw: TB of both, `source` and `target` (pair, channel) in K, their index `rows` (pair,) of
    `PAIR_INDEX`, and the partner's `conditions` (pair, condition)."""

    source: NDArray[np.float32]
    target: NDArray[np.float32]
    rows: NDArray[np.void]
    conditions: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Domain:
    """A swath as one domain of an unpaired training set: its rain proxy (scan, pixel) in mm/h, the thresholds that cut it into
    strata, and where (scan, pixel) the other sensor saw the same place."""

    swath: Swath
    proxy: NDArray[np.float32]
    thresholds: tuple[float, ...]
    overlapped: NDArray[np.bool_]


def domain_patches(domain: Domain, size: int, count: int) -> Patches:
    """Patches of a swath that are valid in nearly every pixel, rare strata more than their share.

    A patch weighs as many windows of the granule as it stands for, times its share in overlaps: there both domains see the same
    weather, whatever few orbits a month has; elsewhere patches count a tenth, and strata keep the domains alike.
    """
    swath = domain.swath
    found = windows(np.all(np.isfinite(swath.tb), axis=-1), size, MIN_VALID)
    share = counts(domain.overlapped, found, size) / size**2
    return _patches(swath, found, size, count, domain.proxy, domain.thresholds, np.maximum(share, WEIGHT_ELSEWHERE))


def overlap_patches(domain: Domain, gmi: Swath, pairs: Overlap, size: int, count: int) -> tuple[Patches, NDArray[np.float32]]:
    """Patches of a partner's swath of which GMI saw at least half, and GMI's TB (patch, 13, scan, pixel) in K there, else NaN.

    GMI's values are those of the nearest of its own pixels, never interpolated. A patch weighs as many windows as it stands for,
    less the longer GMI came before or after.
    """
    swath = domain.swath
    placed = np.full((*swath.shape, len(gmi.channels)), np.nan, np.float32)
    placed.reshape(-1, len(gmi.channels))[pairs.first] = gmi.tb.reshape(-1, len(gmi.channels))[pairs.second]
    valid = np.all(np.isfinite(swath.tb), axis=-1)
    seen = valid & np.all(np.isfinite(placed), axis=-1)
    found = windows(seen, size, MIN_OVERLAPPED)
    found = found[counts(valid, found, size) >= MIN_VALID * size**2]
    weight = np.full(len(found), float(np.exp(-np.abs(pairs.time_s).mean() / PAIR_LIFETIME_S)) if len(pairs) else 0.0)
    patches = _patches(swath, found, size, count, domain.proxy, domain.thresholds, weight)
    return patches, np.moveaxis(cut(placed, patches.corner, size), -1, 1)


def weak_pairs(partner: Swath, gmi: Swath, pairs: Overlap, limit: int) -> WeakPairs:
    """At most `limit` overlapping pixels, all channels valid."""
    source = partner.tb.reshape(-1, len(partner.channels))[pairs.first]
    target = gmi.tb.reshape(-1, len(gmi.channels))[pairs.second]
    good = np.flatnonzero(np.isfinite(source).all(axis=-1) & np.isfinite(target).all(axis=-1))
    if len(good) > limit:
        good = np.sort(_generator(partner.granule + gmi.granule).choice(good, limit, replace=False))
    index = np.zeros(len(good), PAIR_INDEX)
    pixel = pairs.first[good]
    time = partner.time[pixel // partner.shape[1]]
    _place(
        index, partner.granule, time, partner.latitude.reshape(-1)[pixel], partner.longitude.reshape(-1)[pixel], partner.sensor
    )
    index["block"] = time.astype("datetime64[D]").astype(str)
    index["seconds_apart"] = pairs.time_s[good]
    index["variability_k"] = pair_variability(pairs, partner, gmi)[good]
    index["weight"] = np.exp(-np.abs(pairs.time_s[good]) / PAIR_LIFETIME_S)
    return WeakPairs(source[good], target[good], index, conditions(partner).reshape(-1, len(CONDITIONS))[pixel])


def joined_pairs(parts: Sequence[WeakPairs], channels: int) -> WeakPairs:
    """Weak pairs of several overpasses as one; no overpass gives none.

    In every split latitude bands and surfaces come to weigh what they do in GMI's own view.
    """
    widths = channels, len(GMI_CHANNELS), len(CONDITIONS)
    none_source, none_target, none_conditions = (np.zeros((0, width), np.float32) for width in widths)
    nothing = WeakPairs(none_source, none_target, np.zeros(0, PAIR_INDEX), none_conditions)
    source, target, index, beside = (np.concatenate(columns) for columns in zip(nothing, *parts, strict=True))
    for split in np.unique(index["split"]):
        part = index["split"] == split
        index["weight"][part] *= climatology.weights(*(index[name][part] for name in ("latitude_band", "surface", "weight")))
    return WeakPairs(source, target, index, beside)


def keep_learnable(index: NDArray[np.void]) -> NDArray[np.intp]:
    """Numbers of the rows that may train or validate; test and guard rows are never written into a training set."""
    return np.flatnonzero(np.isin(index["split"], ("train", "validation")))


def _patches(
    swath: Swath,
    found: Corners,
    size: int,
    count: int,
    rain: NDArray[np.float32],
    thresholds: tuple[float, ...],
    weight: NDArray[np.float64],
) -> Patches:
    """At most `count` of the windows that were found (window, 2), with their weights (window,)."""
    stratum = strata.rain_strata(rain, found, size, thresholds)
    drawn, standing = stratified(stratum, count, _generator(swath.granule))
    chosen, middle = found[drawn], found[drawn] + size // 2
    index = np.zeros(len(chosen), INDEX)
    latitude, longitude = _middles(swath, chosen, size)
    _place(index, swath.granule, swath.time[middle[:, 0]], latitude, longitude, swath.sensor)
    index["stratum"] = stratum[drawn]
    index["weight"] = standing * weight[drawn]
    keep = keep_learnable(index)
    chosen = chosen[keep]
    tb, beside = (np.moveaxis(cut(values, chosen, size), -1, 1).astype(np.float32) for values in (swath.tb, conditions(swath)))
    return Patches(tb, index[keep], cut(rain, chosen, size).astype(np.float32), beside, chosen)


def _middles(swath: Swath, chosen: Corners, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude (patch,) of the known pixel nearest to the middle of each window."""
    parts = [cut(values, chosen, size).reshape(len(chosen), size**2) for values in (swath.latitude, swath.longitude)]
    scan, pixel = np.divmod(np.arange(size**2), size)
    away = np.hypot(scan - size // 2, pixel - size // 2)
    nearest = np.where(np.isfinite(parts[0]), away, np.inf).argmin(axis=1)
    latitude, longitude = (part[np.arange(len(chosen)), nearest] for part in parts)
    return latitude, longitude


def _place(
    index: NDArray[np.void],
    granule: str,
    time: NDArray[np.datetime64],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    sensor: str,
) -> None:
    """Fill what follows from place and time."""
    index["granule"], index["time"], index["latitude"], index["longitude"] = granule, time, latitude, longitude
    for name, codes in strata.of_places(latitude, longitude, time).items():
        index[name] = codes
    index["split"] = calendar.splits(time, sensor)
    index["weight"] = 1.0


def _generator(granule: str) -> np.random.Generator:
    """Random numbers that belong to a granule: adding another one changes nothing for it."""
    return np.random.default_rng(np.frombuffer(granule.encode().ljust(8), np.uint8).astype(np.uint32))
