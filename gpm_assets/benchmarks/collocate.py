"""`gpm-assets benchmark collocate`: a GMI orbit against an SSMIS orbit, beside the remaps of pyresample and gpm_api.

All find the nearest SSMIS pixel within 7.5 km of every GMI pixel and take its TB. The rivals know no time: what they match
outside the window of 15 minutes is left out of the comparison, everything else must be the same.
"""

from __future__ import annotations

import os
import platform
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gpm_assets.benchmarks.granules import write_granule
from gpm_assets.benchmarks.growth import growth
from gpm_assets.benchmarks.timing import Contender, Limit, Report, alternate, judge
from gpm_assets.collocation.overlaps import MAX_SEPARATION_KM, WINDOW_S, overlap
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.orbits import orbit_starts
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.granules.read import read_1c
from gpm_assets.simulation.crossings import find_crossings
from gpm_assets.swath import Swath

PARTNER, MONTH = "F16_SSMIS", "2018-07"
LIMITS = (
    Limit("pyresample", "overlap", at_least=5.0),
    Limit("gpm_api", "overlap", at_least=5.0),
    Limit("an overpass of a month", "an overpass of a day", at_most=1.25),
)
"""What collocation promises: five times the speed of either rival, and a cost that grows with the overpasses alone."""
_AS_NEAR_KM = 0.005
"""Rivals round positions otherwise: of pixels that are equally near to 5 m either may be the match."""

Image = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Orbits:
    """An orbit of GMI and one of a partner that crosses it, by their reference groups, and the files that they were read from."""

    gmi: Swath
    partner: Swath
    files: tuple[Path, Path]


def benchmark_collocate(*, repeat: int = 7, days: int = 30, scans: int | None = None, limits: Sequence[Limit] = LIMITS) -> Report:
    """Time the three on whole orbits (or `scans` scans) about a crossing, and the growth of ours from a day to `days` days.

    All match once before the clock runs, to warm up and to show that their matches are the same. Raises RequestError for numbers
    that are no use and where a rival is missing, GpmAssetsError where matches differ.
    """
    if repeat < 1 or days < 2:
        raise RequestError(f"a benchmark needs at least one repetition and two days, not {repeat} and {days}")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the rivals warn of versions and of coordinates that they leave out
        orbits = crossing(Path(folder), scans)
        runs: dict[str, Callable[[], Any]] = {"overlap": partial(ours, orbits), **rivals(orbits)}
        matches = check_same(orbits, runs)
        timings = alternate([Contender(name, run) for name, run in runs.items()], repeat)
        peaks = {f"{name}, arrays MB": _peak_mb(run) for name, run in runs.items()}
    grown = growth(PARTNER, MONTH, days)
    subject = {
        **{f"{one.sensor} {one.group}": "{} scans x {} pixels".format(*one.shape) for one in (orbits.gmi, orbits.partner)},
        "matches": matches,
        **peaks,
        **grown.facts,
        "processors": os.cpu_count() or 1,
    }
    timed = (*timings, *grown.timings)
    return Report("collocate", subject, _versions(), timed, judge(timed, limits))


def crossing(folder: Path, scans: int | None = None) -> Orbits:
    """Granules of both sensors about the month's first crossing, as files and as they read back."""
    found = find_crossings(PARTNER, MONTH)[0]
    paths, groups = [], []
    for sensor, moment in ((REFERENCE, found.gmi_time), (PARTNER, found.partner_time)):
        row = instrument(sensor)
        half = np.timedelta64(round(500 * row.scan_period_s * (scans or 0)), "ms")
        start = moment - half if scans else orbit_starts(row, np.array([moment]))[0]
        paths.append(write_granule(folder, row, scans=scans, start=start))
        groups.append(next(one for one in read_1c(paths[-1]) if one.group == row.reference_group))
    return Orbits(groups[0], groups[1], (paths[0], paths[1]))


def ours(orbits: Orbits) -> tuple[NDArray[np.int32], Image]:
    """Flat pixels of GMI (pair,) that have a match, and the partner's TB there (pair, channel)."""
    pairs = overlap(orbits.gmi, orbits.partner)
    return pairs.first, orbits.partner.tb.reshape(-1, len(orbits.partner.channels))[pairs.second]


def rivals(orbits: Orbits) -> dict[str, Callable[[], Any]]:
    """The remaps of both, each a call that gives the partner's TB on GMI's pixels (scan, pixel, channel)."""
    try:
        from gpm import open_granule_dataset
        from pyresample.geometry import SwathDefinition
        from pyresample.kd_tree import resample_nearest
    except ImportError as error:
        raise RequestError(
            'the benchmark needs pyresample and gpm_api, its rivals; install them with: pip install -e ".[benchmark]"'
        ) from error
    area, nearest, reach_m = cast(Any, SwathDefinition), cast(Any, resample_nearest), 1000 * MAX_SEPARATION_KM
    datasets = [
        open_granule_dataset(str(path), scan_mode=one.group, variables=["Tc"], chunks=None).load()
        for path, one in zip(orbits.files, (orbits.gmi, orbits.partner), strict=True)
    ]
    here, there = datasets

    def pyresample() -> Image:
        source, target = (area(one.longitude, one.latitude) for one in (orbits.partner, orbits.gmi))
        found: Image = nearest(source, orbits.partner.tb, target, reach_m, fill_value=np.nan)
        return found

    def gpm_api() -> Any:
        remapped = there.chunk({}).gpm.remap_on(here, radius_of_influence=reach_m)["Tc"]
        return remapped.transpose("along_track", "cross_track", ...).load()

    return {"pyresample": pyresample, "gpm_api": gpm_api}


def check_same(orbits: Orbits, runs: dict[str, Callable[[], Any]]) -> int:
    """Number of matches; raises GpmAssetsError that names the rival whose matches inside the window are not ours."""
    pixel, tb = runs["overlap"]()
    scans, pixels, channels = *orbits.gmi.shape, len(orbits.partner.channels)
    expected = np.full((scans * pixels, channels), np.nan, np.float32)
    expected[pixel] = tb
    decided = _decided(orbits)
    for name in [name for name in runs if name != "overlap"]:
        found = np.asarray(runs[name]()).reshape(scans * pixels, channels)
        same = np.all((found == expected) | (np.isnan(found) & np.isnan(expected)), axis=1)
        if not same[decided].all():
            wrong = int(np.count_nonzero(~same[decided]))
            raise GpmAssetsError(
                f"{name} matches {wrong} of {decided.sum()} pixels of {orbits.gmi.granule} with others than overlap"
            )
    return len(pixel)


def _decided(orbits: Orbits) -> NDArray[np.bool_]:
    """Pixels of GMI, flat, whose nearest pixel of the partner is one for all: within the window, and not as near as another."""
    places = [EARTH_RADIUS_KM * unit_vectors(one.latitude, one.longitude).reshape(-1, 3) for one in (orbits.gmi, orbits.partner)]
    known = [np.flatnonzero(np.isfinite(one[:, 0])) for one in places]
    tree = cKDTree(places[1][known[1]])
    distance, nearest = tree.query(places[0][known[0]], k=2, distance_upper_bound=2 * MAX_SEPARATION_KM)
    times = [np.repeat(one.time, one.shape[1]) for one in (orbits.gmi, orbits.partner)]
    partner = known[1][np.minimum(nearest[:, 0], tree.n - 1)]
    lag_s = (times[1][partner] - times[0][known[0]]) / np.timedelta64(1, "s")
    with np.errstate(invalid="ignore"):  # nothing near at all: infinity minus infinity
        clear = ~(distance[:, 1] - distance[:, 0] <= _AS_NEAR_KM) & (np.abs(distance[:, 0] - MAX_SEPARATION_KM) > _AS_NEAR_KM)
    decided = np.zeros(len(places[0]), bool)
    decided[known[0]] = clear & ((np.abs(lag_s) <= WINDOW_S) | (distance[:, 0] > MAX_SEPARATION_KM))
    return decided


def _peak_mb(run: Callable[[], Any]) -> float:
    """Most memory (MB) of numpy's arrays above what was there before; trees are not counted, in either."""
    tracemalloc.start()
    try:
        result = run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del result
    return round(peak / 1e6, 1)


def _versions() -> dict[str, str]:
    libraries = ("numpy", "scipy", "pyresample", "pykdtree", "gpm_api", "xarray")
    return {"python": platform.python_version(), **{name: version(name) for name in libraries}}
