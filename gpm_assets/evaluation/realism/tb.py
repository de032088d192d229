"""Brightness temperatures of GMI, simulated and real, by channel and surface.

Surfaces are those of the real statistics: the sea (a land share of at most 0.05) with its ice, the land (more than that) with its
coasts and lakes. Two more are told apart: open water, and land without coasts (a share of half or more).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.evaluation.realism.check import Check, Row, verdict
from gpm_assets.evaluation.realism.real import CONUS_MAXIMUM, CONUS_MINIMUM, GMI
from gpm_assets.geography.zones import SEA_LIMIT
from gpm_assets.simulation.realism import Looks, Sample

Values = NDArray[np.floating[Any]]

_NAMES = INSTRUMENTS[REFERENCE].channel_names
_MOST_ICE = 0.01
"""On open water."""

SURFACES: dict[str, Callable[[Looks], NDArray[np.bool_]]] = {
    "sea": lambda looks: looks.land <= SEA_LIMIT,
    "land": lambda looks: looks.land > SEA_LIMIT,
    "open water": lambda looks: (looks.land <= SEA_LIMIT) & (looks.sea_ice < _MOST_ICE),
    "land without coasts": lambda looks: looks.land >= 0.5,
}
COMPARED = {"sea": "sea", "land": "land", "land without coasts": "land"}
"""Surfaces that are compared, and with which real statistics."""
JUDGED = {"sea": 0.25, "land": 0.35}
"""Surfaces with a verdict, and by which share their standard deviations may be off."""


def mean_limit_k(surface: str, channel: str) -> float:
    """By how much (K) a mean may be off."""
    return 4.0 if surface == "sea" and float(channel.partition("±")[0].rstrip("VH")) < 60 else 6.0


def channel_table(sample: Sample) -> list[Row]:
    """Means and standard deviations in K, simulated and real, a row for each surface and channel.

    `sampling_error`: what the mean may be off (K) because a year has been looked at in pieces.
    """
    rows = []
    for surface, chosen in SURFACES.items():
        for looks in sample.looks.values():
            here = chosen(looks)
            piece = np.repeat(np.arange(len(here)) // sample.extent.scans, here.shape[1]).reshape(here.shape)[here]
            for name in looks.channels:
                rows.append(_channel_row(surface, name, looks.channel(name)[here].astype(np.float64), piece))
    order = {name: index for index, name in enumerate(SURFACES)}
    return sorted(rows, key=lambda row: (order[row["surface"]], _NAMES.index(row["channel"])))


def _sampling_error(tb: Values, piece: NDArray[np.intp]) -> float:
    """Standard error (K) of the mean, pieces being independent: generous, since they are spread evenly."""
    return float(np.sqrt(np.sum(np.bincount(piece, tb - tb.mean()) ** 2)) / tb.size)


def _channel_row(surface: str, name: str, tb: Values, piece: NDArray[np.intp]) -> Row:
    known = tb.size > 0
    index, real = _NAMES.index(name), GMI.get(COMPARED.get(surface, ""))
    mean, deviation = (float(tb.mean()), float(tb.std())) if known else (np.nan, np.nan)
    row: Row = {"surface": surface, "channel": name, "simulated_mean": mean, "real_mean": None, "mean_difference": None}
    row |= {
        "mean_limit": None,
        "sampling_error": _sampling_error(tb, piece) if known else np.nan,
        "simulated_deviation": deviation,
        "real_deviation": None,
        "deviation_ratio": None,
    }
    row |= {"lowest": float(tb.min()) if known else np.nan, "highest": float(tb.max()) if known else np.nan}
    row |= {"pixels": int(tb.size), "verdict": None}
    if real is None:
        return row
    row |= {"real_mean": real.mean[index], "mean_difference": mean - real.mean[index]}
    row |= {"real_deviation": real.deviation[index], "deviation_ratio": deviation / real.deviation[index]}
    if surface in JUDGED:
        row["mean_limit"] = mean_limit_k(surface, name)
        row["verdict"] = verdict(all(check.holds for check in channel_checks([row])))
    return row


def channel_checks(rows: list[Row]) -> list[Check]:
    """Differences of means and ratios of standard deviations of the rows that have a limit."""
    found = []
    for row in rows:
        if row["mean_limit"] is not None:
            what, limit, share = f"{row['channel']} over {row['surface']}", row["mean_limit"], JUDGED[row["surface"]]
            found.append(Check(f"{what}, simulated minus real mean", row["mean_difference"], -limit, limit, "K"))
            ratio = row["deviation_ratio"]
            found.append(Check(f"{what}, simulated over real standard deviation", ratio, 1 - share, 1 + share))
    return found


def extreme_checks(rows: list[Row]) -> list[Check]:
    """Lowest and highest TB, the deepest cells, and the spread of open water."""
    whole = [row for row in rows if row["surface"] in ("sea", "land")]

    def lowest(frequency: str) -> float:
        return min((row["lowest"] for row in whole if row["channel"].startswith(frequency)), default=np.nan)

    calm = next(row for row in rows if row["surface"] == "open water" and row["channel"] == _NAMES[0])
    return [
        Check("lowest TB of all channels", min(row["lowest"] for row in whole), 50.0, 330.0, "K"),
        Check("highest TB of all channels", max(row["highest"] for row in whole), 50.0, 330.0, "K"),
        Check("lowest TB at 89 GHz", lowest("89"), 50.0, 120.0, "K"),
        Check("lowest TB at 166 GHz", lowest("166"), 50.0, 120.0, "K"),
        Check(f"{_NAMES[0]} over open water, standard deviation", calm["simulated_deviation"], 0.0, 8.0, "K"),
    ]


def extreme_table(rows: list[Row]) -> list[Row]:
    """Extremes of GMI's channels: the whole sample beside those that GMI saw over the United States."""
    table = []
    for index, name in enumerate(_NAMES):
        mine = [row for row in rows if row["channel"] == name and row["surface"] in ("sea", "land")]
        row: Row = {"channel": name, "simulated_lowest": min(one["lowest"] for one in mine), "real_lowest": CONUS_MINIMUM[index]}
        table.append(row | {"simulated_highest": max(one["highest"] for one in mine), "real_highest": CONUS_MAXIMUM[index]})
    return table
