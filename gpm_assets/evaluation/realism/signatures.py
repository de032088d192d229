"""What rain does to brightness temperatures, in the simulated world: the signatures that retrievals live on."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.evaluation.realism.check import Check, Row
from gpm_assets.evaluation.realism.places import chosen
from gpm_assets.evaluation.realism.tb import SURFACES
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.realism import Looks, Sample

Values = NDArray[np.floating[Any]]

RATES_MM_H = (0.0, 0.05, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 100.0)
"""Edges of classes of rain over the 36.64 GHz footprint."""
_INCIDENCE_DEG = 52.8
_FEWEST = 20
_STRONG_MM_H = 10.0
_WARM_RAIN_MM_H = (0.5, 5.0)


def polarisation_corrected(vertical: Values, horizontal: Values) -> Values:
    """Polarisation-corrected temperature (K) at 89 GHz: 1.818 V - 0.818 H (Spencer, Goodman and Hood 1989)."""
    return 1.818 * vertical - 0.818 * horizontal


def pct89(looks: Looks) -> Values:
    """The same of looks (scan, pixel)."""
    return polarisation_corrected(looks.channel("89V"), looks.channel("89H"))


def signature_table(sample: Sample) -> list[Row]:
    """By class of rain: polarisation and 37H over open water, and PCT89 over all surfaces and where rain is convective; in K."""
    looks = next(iter(sample.looks.values()))
    water = SURFACES["open water"](looks)
    cold, convective = pct89(looks), looks.convective >= 0.5
    split = looks.channel("18.7V") - looks.channel("18.7H")
    rows = []
    for low, high in itertools.pairwise(RATES_MM_H):
        inside = (looks.rain >= low) & (looks.rain < high)
        row: Row = {"from_mm_h": low, "to_mm_h": high, "pixels": int(inside.sum())}
        row["18V_minus_18H_sea"] = _mean(split[inside & water])
        row["36.64H_sea"] = _mean(looks.channel("36.64H")[inside & water])
        row["PCT89"] = _mean(cold[inside])
        row["PCT89_convective"] = _mean(cold[inside & convective])
        rows.append(row)
    return rows


def signature_checks(nature: Nature, sample: Sample) -> list[Check]:
    """Polarisation shrinks with rain, strong convection is cold, warm rain shows over sea and not over land."""
    looks = next(iter(sample.looks.values()))
    water = SURFACES["open water"](looks)
    split = looks.channel("18.7V") - looks.channel("18.7H")
    rainy, dry = (_mean(split[water & part]) for part in (looks.rain >= _STRONG_MM_H, looks.rain < RATES_MM_H[1]))
    strong = pct89(looks)[(looks.rain >= 2 * _STRONG_MM_H) & (looks.convective >= 0.5)]
    sea, land = warm_rain(nature, sample)
    return [
        Check("18V-18H over open water, rain above 10 mm/h over no rain", _ratio(rainy, dry), 0.0, 0.7),
        Check("PCT89 in convection above 20 mm/h, median", _median(strong), 60.0, 225.0, "K"),
        Check("warm rain of 0.5-5 mm/h warms 36.64H over sea, mean", sea, 5.0, 120.0, "K"),
        Check("warm rain of 0.5-5 mm/h changes 36.64H over land, mean", land, -4.0, 4.0, "K"),
    ]


def warm_rain(nature: Nature, sample: Sample) -> tuple[float, float]:
    """What rain without ice above it adds to 36.64H (K) over sea and over land: with the rain, and with its drops taken away."""
    there = sample.places.world
    low, high = _WARM_RAIN_MM_H
    warm = (there.rain > low) & (there.rain < high) & (there.ice == 0) & (there.storm_top < there.freezing_level)
    channel = tuple(item for item in INSTRUMENTS[REFERENCE].channels if item.name == "36.64H")
    added = []
    for surface in (there.land < 0.05, there.land > 0.9):
        wet = chosen(there, warm & surface)
        dry = replace(wet, rain=np.zeros_like(wet.rain))
        with_rain, without = (brightness_temperature(one, channel, _INCIDENCE_DEG, physics=nature.physics) for one in (wet, dry))
        added.append(_mean(with_rain - without) or np.nan)
    return added[0], added[1]


def _mean(values: Values) -> float | None:
    """None for fewer values than tell something."""
    return float(values.mean(dtype=np.float64)) if values.size >= _FEWEST else None


def _median(values: Values) -> float:
    return float(np.median(values)) if values.size >= _FEWEST else np.nan


def _ratio(upper: float | None, lower: float | None) -> float:
    return np.nan if upper is None or lower is None else upper / lower
