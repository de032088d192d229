"""Training sets: labelled GMI patches for DRAIN; unpaired patches of both domains and weak pairs of pixels for translators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation import calendar, strata
from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.collocation.patches import corners, cut
from gpm_assets.collocation.radar import RadarMatch
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.geography import zones
from gpm_assets.geography.land import land_fraction
from gpm_assets.swath import Swath
from models.packs import INDEX, PAIR_INDEX

MIN_COVERAGE = 0.8
"""Share of the antenna pattern that the radar must have filled for a label."""
MIN_LABELLED = 0.25
"""Share of a patch that must be labelled: the radar's swath is 46 of GMI's 221 pixels wide."""
MIN_VALID = 0.95
"""Share of a patch that must have every channel."""
WEIGHT_ELSEWHERE = 0.1
"""Weight of a patch outside every overlap."""
PAIR_LIFETIME_S = 600.0
"""A weak pair counts less the farther apart in time it was seen: ten minutes move rain by a footprint of 37 GHz."""
SOLAR_TIME_HOURS = 6
"""Length of a class of local solar time."""
GMI_CHANNELS = INSTRUMENTS[REFERENCE].channel_names


@dataclass(frozen=True, eq=False)
class Patches:
    """Patches of one granule: `tb` (patch, channel, scan, pixel) in K, `index` (patch,), `rain` (patch, scan, pixel) in mm/h."""

    tb: NDArray[np.float32]
    index: NDArray[np.void]
    rain: NDArray[np.float32]


def labels(match: RadarMatch) -> NDArray[np.float32]:
    """Rain labels (scan, pixel) in mm/h: radar rain where it filled the antenna pattern, NaN elsewhere."""
    return np.where(match.coverage >= MIN_COVERAGE, match.rain_mm_h, np.nan).astype(np.float32)


def labelled_patches(swath: Swath, rain: NDArray[np.float32], size: int, count: int) -> Patches:
    """Patches of a GMI swath of which at least a quarter is labelled; deterministic for a granule."""
    usable = np.isfinite(rain) & np.isfinite(swath.tb).all(axis=-1)
    chosen = corners(usable, size, count, MIN_LABELLED, _generator(swath.granule))
    return _patches(swath, chosen, size, rain, strata.RAIN_THRESHOLDS_MM_H, np.ones(len(chosen)))


@dataclass(frozen=True, eq=False)
class Domain:
    """A swath as one domain of an unpaired training set: its rain proxy (scan, pixel) in mm/h, the thresholds that cut it into
    strata, and where (scan, pixel) the other sensor saw the same place."""

    swath: Swath
    proxy: NDArray[np.float32]
    thresholds: tuple[float, ...]
    overlapped: NDArray[np.bool_]


def domain_patches(domain: Domain, size: int, count: int) -> Patches:
    """Patches of a swath that are valid in nearly every pixel, weighted by their share in overlaps.

    There both domains see the same weather, whatever few orbits a month has; elsewhere patches count a tenth, and strata keep
    the domains alike.
    """
    swath = domain.swath
    chosen = corners(np.all(np.isfinite(swath.tb), axis=-1), size, count, MIN_VALID, _generator(swath.granule))
    share = cut(domain.overlapped, chosen, size).mean(axis=(1, 2))
    return _patches(swath, chosen, size, domain.proxy, domain.thresholds, np.maximum(share, WEIGHT_ELSEWHERE))


def weak_pairs(
    partner: Swath, gmi: Swath, pairs: Overlap, limit: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.void]]:
    """Partner TB (pair, channel), GMI TB (pair, channel) and index of at most `limit` overlapping pixels, all channels valid."""
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
    index["weight"] = np.exp(-np.abs(pairs.time_s[good]) / PAIR_LIFETIME_S)
    return source[good], target[good], index


def joined_pairs(
    parts: Sequence[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.void]]], channels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.void]]:
    """Weak pairs of several overpasses as one; no overpass gives none."""
    nothing = (np.zeros((0, channels), np.float32), np.zeros((0, len(GMI_CHANNELS)), np.float32), np.zeros(0, PAIR_INDEX))
    source, target, index = (np.concatenate(columns) for columns in zip(nothing, *parts, strict=True))
    return source, target, index


def census(indices: Sequence[NDArray[np.void]]) -> dict[str, object]:
    """How many patches there are per split and rain stratum, for the asset page."""
    index = np.concatenate([np.zeros(0, INDEX), *indices])
    return {
        "patches": len(index),
        "patches_per_split": {split: int(np.count_nonzero(index["split"] == split)) for split in ("train", "validation")},
        "patches_per_rain_stratum": np.bincount(index["stratum"], minlength=4).tolist(),
    }


def keep_learnable(index: NDArray[np.void]) -> NDArray[np.intp]:
    """Numbers of the rows that may train or validate; test and guard rows are never written into a training set."""
    return np.flatnonzero(np.isin(index["split"], ("train", "validation")))


def _patches(
    swath: Swath,
    chosen: NDArray[np.intp],
    size: int,
    rain: NDArray[np.float32],
    thresholds: tuple[float, ...],
    weight: NDArray[np.float64],
) -> Patches:
    tb = np.moveaxis(cut(swath.tb, chosen, size), -1, 1).astype(np.float32)
    patch_rain = cut(rain, chosen, size).astype(np.float32)
    index = np.zeros(len(chosen), INDEX)
    middle = chosen + size // 2
    latitude, longitude = (values[middle[:, 0], middle[:, 1]] for values in (swath.latitude, swath.longitude))
    _place(index, swath.granule, swath.time[middle[:, 0]], np.nan_to_num(latitude), np.nan_to_num(longitude), swath.sensor)
    index["stratum"] = strata.rain_stratum(patch_rain, thresholds)
    index["weight"] = weight
    keep = keep_learnable(index)
    return Patches(tb[keep], index[keep], patch_rain[keep])


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
    index["surface"] = zones.surface(land_fraction(latitude, longitude))
    index["latitude_band"] = zones.latitude_band(latitude)
    month = time.astype("datetime64[M]").astype(int) % 12 + 1
    index["season"] = zones.season(month)
    index["solar_time"] = (zones.local_solar_time(time, longitude) // SOLAR_TIME_HOURS).astype(np.int8)
    index["split"] = calendar.splits(time, sensor)
    index["weight"] = 1.0


def _generator(granule: str) -> np.random.Generator:
    """Random numbers that belong to a granule: adding another one changes nothing for it."""
    return np.random.default_rng(np.frombuffer(granule.encode().ljust(8), np.uint8).astype(np.uint32))
