"""A granule of the simulated constellation from its file name alone, without the plan that once chose it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.orbits import granule_numbers, southernmost_times
from gpm_assets.errors import RequestError
from gpm_assets.granules.names import GranuleName, parse_name
from gpm_assets.granules.write import Level
from gpm_assets.simulation.granules import granule_name
from gpm_assets.simulation.plan import PIECE_STEP_S, PlannedGranule, is_radar

_SECOND = np.timedelta64(1, "s")
_LONGEST_ORBIT = np.timedelta64(3, "h")


def recall(name: str) -> PlannedGranule:
    """The planned granule whose file has that name: a whole orbit, or a piece of one as `plan` cuts them.

    Raises GranuleError where it is no PPS name, RequestError for an unknown sensor or where no orbit makes a file of that name.
    """
    wanted = parse_name(name)
    level: Level = "1C-R" if wanted.level == "1C-R" else "1C"  # of the radar's products there is one
    for candidate in _candidates(wanted):
        if granule_name(candidate, version=wanted.version, level=level) == name:
            return candidate
    raise RequestError(
        f"{name}: the simulated constellation has no granule of that name; it has whole orbits, and pieces of a multiple of "
        f"{PIECE_STEP_S} s, with its own orbit numbers"
    )


def _candidates(wanted: GranuleName) -> Iterator[PlannedGranule]:
    product = wanted.sensor_name
    row = instrument(REFERENCE if is_radar(product) else product)
    start, stop = np.datetime64(wanted.start, "ms"), np.datetime64(wanted.stop, "ms")
    cuts = southernmost_times(row, start - _LONGEST_ORBIT, start + _LONGEST_ORBIT)
    numbers = [int(number) for number in granule_numbers(row, cuts)]
    begun = int(np.searchsorted(cuts, start + _SECOND)) - 1  # a name cuts off the milliseconds
    if not 0 <= begun < len(cuts) - 1:
        return
    yield PlannedGranule(product, numbers[begun], cuts[begun], cuts[begun + 1])
    steps = int((stop - start) / (PIECE_STEP_S * _SECOND))  # the last scan begins up to two scans before the stop
    for length in (steps, steps + 1, steps + 2):
        yield PlannedGranule(product, numbers[begun], start, start + length * PIECE_STEP_S * _SECOND)
