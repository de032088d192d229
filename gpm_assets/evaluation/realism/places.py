"""Places that real radiometers saw, simulated for the same season and hour: TMI's clear sea, SSMIS off and over Australia.

The weather of the day is not to be had: what is compared is the closest clear place, or the closest day, of a simulated month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.evaluation.realism.check import Check, Row
from gpm_assets.evaluation.realism.real import SSMIS_LAND, SSMIS_SEA, TMI_CLEAR_SEA, Place
from gpm_assets.geography.land import land_fraction
from gpm_assets.geography.zones import LAND_LIMIT, SEA_LIMIT
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.world import World, world

Values = NDArray[np.floating[Any]]

DAYS = 28
_STEP_DEG = 0.5
_CLEAR_KG_M2 = 0.05
"""Most cloud liquid, and most ice, of clear air."""
_CLOSE_K = 5.0
_CONTRAST_K = 10.0
_MARGIN_K = 10.0
"""What one month's weather leaves open in a scene's range."""


@dataclass(frozen=True, eq=False)
class _Month:
    """A month at a place: TB (pixel, channel) in K, the day (pixel,) of each."""

    tb: Values
    day: NDArray[np.intp]

    def daily(self) -> Values:
        """Means (day, channel)."""
        return np.stack([self.tb[self.day == day].mean(axis=0) for day in np.unique(self.day)])


def scene_table(nature: Nature, year: int) -> list[Row]:
    """Channels of each scene in K: what was measured, the closest that was simulated, and ranges of both.

    The closest is a clear place for TMI, a day's mean for SSMIS.
    """
    rows = []
    for place in (TMI_CLEAR_SEA, SSMIS_SEA, SSMIS_LAND):
        month = _month(nature, place, year)
        candidates = month.daily() if place.lowest else month.tb
        closest = candidates[np.argmin(np.abs(candidates - place.mean).max(axis=1))]
        for index, channel in enumerate(INSTRUMENTS[place.sensor].channels):
            tb = month.tb[:, index]
            row: Row = {"scene": place.name, "channel": channel.name, "real_mean": place.mean[index]}
            row |= {"closest": float(closest[index]), "simulated_mean": float(tb.mean())}
            row |= {"real_lowest": place.lowest[index] if place.lowest else None, "simulated_lowest": float(tb.min())}
            row |= {"real_highest": place.highest[index] if place.highest else None, "simulated_highest": float(tb.max())}
            rows.append(row)
    return rows


def scene_checks(rows: list[Row]) -> list[Check]:
    """TMI's clear sea is found in the world; so are the contrast of land and sea that SSMIS saw, and its ranges."""
    clear, sea, land = ([row for row in rows if row["scene"] == place.name] for place in (TMI_CLEAR_SEA, SSMIS_SEA, SSMIS_LAND))
    away = max(abs(_off(row)) for row in clear)
    contrast = max(abs(_off(ashore) - _off(afloat)) for ashore, afloat in zip(land, sea, strict=True))
    outside = max(
        max(row["simulated_lowest"] - row["real_lowest"], row["real_highest"] - row["simulated_highest"]) for row in sea + land
    )
    return [
        Check("TMI, clear sea at 32S: largest difference of nine channels", away, 0.0, _CLOSE_K, "K"),
        Check("SSMIS, land minus sea: largest difference of eleven channels", contrast, 0.0, _CONTRAST_K, "K"),
        Check("SSMIS: how far the real range reaches out of a simulated month's", max(outside, 0.0), 0.0, _MARGIN_K, "K"),
    ]


def _off(row: Row) -> float:
    return float(row["closest"] - row["real_mean"])


def _month(nature: Nature, place: Place, year: int) -> _Month:
    """TB without footprints at a place, on the days of its month at its hour; of places of one look only clear ones."""
    latitude, longitude = (
        part.ravel() for part in np.mgrid[place.south : place.north : _STEP_DEG, place.west : place.east : _STEP_DEG]
    )
    share = land_fraction(latitude, longitude)
    kind = share >= LAND_LIMIT if place.land else share <= SEA_LIMIT
    count = int(kind.sum())
    midnights = np.datetime64(f"{year}-{place.month:02d}-01", "ms") + np.arange(DAYS) * np.timedelta64(1, "D")
    times = midnights + np.timedelta64(round(place.hour * 60), "m")
    there = world(
        nature.seed,
        np.tile(latitude[kind], DAYS),
        np.tile(longitude[kind], DAYS),
        np.repeat(times, count),
        nature.morphology,
    )
    day = np.repeat(np.arange(DAYS), count)
    if not place.lowest:
        clear = (there.rain == 0) & (there.ice < _CLEAR_KG_M2) & (there.cloud_liquid < _CLEAR_KG_M2)
        there, day = chosen(there, clear), day[clear]
    channels = INSTRUMENTS[place.sensor].channels
    return _Month(brightness_temperature(there, channels, place.incidence_deg, physics=nature.physics), day)


def chosen(there: World, which: NDArray[np.bool_]) -> World:
    """The world at some of its places."""
    return World(**{name: values[which] for name, values in vars(there).items()})
