"""Which granules the simulated constellation delivers: a few orbits of every sensor and month, some of them crossing GMI."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE, Instrument, instrument
from gpm_assets.constellation.orbits import granule_numbers, southernmost_times
from gpm_assets.constellation.radar import RADAR_LIFE, RADAR_PRODUCTS
from gpm_assets.errors import RequestError
from gpm_assets.simulation.crossings import Crossing, find_crossings, month_bounds, spread_out

PIECE_STEP_S = 7
"""Pieces of orbits start at whole seconds and last a multiple of this, ten scans of the radar: names then tell them exactly."""


@dataclass(frozen=True)
class PlanConfig:
    """What the constellation delivers a month: `orbits` a sensor, `fraction` of each about its place of interest.

    `partners` are the sensors whose crossings GMI's orbits are chosen for; sensor and GMI see the same place within 15 minutes.
    `overlapping` is the share of orbits that are chosen for a crossing, the others are drawn at random. Raises RequestError.
    """

    seed: int = 1
    orbits: int = 8
    fraction: float = 1.0
    partners: tuple[str, ...] = ("F16_SSMIS",)
    overlapping: float = 0.5

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise RequestError(f"the seed is {self.seed}; it must be 0 or more")
        if self.orbits < 1:
            raise RequestError(f"{self.orbits} orbits a month were asked for; it must be 1 or more")
        if not 0 < self.fraction <= 1:
            raise RequestError(f"{self.fraction} of each orbit was asked for; it must be above 0 and at most 1")
        if not 0 <= self.overlapping <= 1:
            raise RequestError(f"a share of {self.overlapping} of the orbits was to cross GMI; it must be from 0 to 1")

    @property
    def crossings(self) -> int:
        """How many of a sensor's orbits are chosen for a crossing, rounded down."""
        return int(self.overlapping * self.orbits)


@dataclass(frozen=True)
class PlannedGranule:
    """One granule to simulate: `product` (a sensor or `GPM_DPR`), orbit `number`, times of its first and last moment (UTC)."""

    product: str
    number: int
    start: np.datetime64
    stop: np.datetime64
    crossing: Crossing | None = None


def is_radar(product: str) -> bool:
    """Whether a product is the radar's or made from it: it has the orbits of GMI and a life of its own."""
    return product in RADAR_PRODUCTS


def plan(product: str, month: str, config: PlanConfig) -> tuple[PlannedGranule, ...]:
    """The granules of a product that start in the month `YYYY-MM`, in order; `config.crossings` of them cross GMI if it flew.

    The radar has the pieces of GMI. Raises RequestError for an unknown sensor or a month outside its life.
    """
    sensor = REFERENCE if is_radar(product) else product
    life = RADAR_LIFE if is_radar(product) else instrument(sensor).life
    if not life.alive(month):
        raise RequestError(f"{product} delivered nothing in {month}; it lived from {life}")
    first = np.datetime64(life.first_day)
    pieces = _pieces(sensor, month, config)
    return tuple(PlannedGranule(product, p.number, p.start, p.stop, p.crossing) for p in pieces if p.start >= first)


@lru_cache(maxsize=64)
def _pieces(sensor: str, month: str, config: PlanConfig) -> tuple[PlannedGranule, ...]:
    row = instrument(sensor)
    orbits = _Orbits(row, month, config.fraction)
    for crossing in _crossings_of(sensor, month, config):
        orbits.take(crossing.gmi_time if sensor == REFERENCE else crossing.partner_time, crossing)
    start, stop = (moment.astype("datetime64[ms]") for moment in month_bounds(month))
    missing = max(config.orbits - len(orbits.taken), 0)
    draw = np.random.default_rng([config.seed, zlib.crc32(f"{sensor} {month}".encode())])
    for window in range(missing):
        for _ in range(20):  # an orbit already taken is drawn again
            when = start + ((window + draw.uniform()) / missing * (stop - start).astype(float)).astype("timedelta64[ms]")
            if orbits.take(when, None):
                break
    for when in draw.permutation(orbits.cuts[:-1]):  # what is left, where nearly every orbit is asked for
        if len(orbits.taken) >= config.orbits:
            break
        orbits.take(when, None)
    return tuple(sorted(orbits.taken.values(), key=lambda piece: piece.start))


class _Orbits:
    """The orbits of a sensor in a month, of each at most one piece."""

    def __init__(self, row: Instrument, month: str, fraction: float) -> None:
        start, stop = month_bounds(month)
        margin = np.timedelta64(3, "h")
        self.cuts = southernmost_times(row, start - margin, stop + margin)
        self.numbers = granule_numbers(row, self.cuts)
        self.fraction = fraction
        self.life = np.datetime64(row.first_day, "ms"), np.datetime64(row.last_day or "2200-01-01", "ms") + np.timedelta64(1, "D")
        self.row, self.month = row, (start, stop)
        self.taken: dict[int, PlannedGranule] = {}

    def take(self, when: np.datetime64, crossing: Crossing | None) -> bool:
        """Take the piece about a moment, inside one orbit; whether it is free and starts in the month and the sensor's life."""
        index = int(np.searchsorted(self.cuts, when, side="right")) - 1
        if not 0 <= index < len(self.cuts) - 1 or int(self.numbers[index]) in self.taken:
            return False
        start, stop = _piece(self.cuts[index], self.cuts[index + 1], when, self.fraction)
        if not (self.month[0] <= start < self.month[1] and self.life[0] <= start and stop <= self.life[1]):
            return False
        number = int(self.numbers[index])
        self.taken[number] = PlannedGranule(self.row.name, number, start, stop, crossing)
        return True


def _piece(low: np.datetime64, high: np.datetime64, when: np.datetime64, fraction: float) -> tuple[np.datetime64, np.datetime64]:
    """Start and stop of a fraction, of at least one step, of an orbit about a moment in it."""
    if fraction == 1:
        return low, high
    second = np.timedelta64(1, "s")
    length = max(int(fraction * ((high - low) / second) / PIECE_STEP_S), 1) * PIECE_STEP_S * second
    start = min(max(when - length // 2, low), high - length - second)
    start = (start + np.timedelta64(999, "ms")).astype("datetime64[s]").astype("datetime64[ms]")
    return start, start + length


def _crossings_of(sensor: str, month: str, config: PlanConfig) -> tuple[Crossing, ...]:
    """The crossings that a sensor's pieces are chosen for."""
    chosen = _partner_crossings(month, config)
    if sensor == REFERENCE:
        return tuple(crossing for crossings in chosen.values() for crossing in crossings)
    if sensor in chosen:
        return chosen[sensor]
    if not INSTRUMENTS[REFERENCE].alive(month):
        return ()
    made = [(piece.start, piece.stop) for piece in _pieces(REFERENCE, month, config)]
    found = find_crossings(sensor, month)
    seen = [crossing for crossing in found if any(start <= crossing.gmi_time <= stop for start, stop in made)]
    wanted = config.crossings
    others = spread_out([crossing for crossing in found if crossing not in seen], max(wanted - len(seen), 0), month)
    return (*seen[:wanted], *others)


@lru_cache(maxsize=64)
def _partner_crossings(month: str, config: PlanConfig) -> dict[str, tuple[Crossing, ...]]:
    """Crossings of GMI and each living partner that both sensors' pieces are chosen for."""
    if not INSTRUMENTS[REFERENCE].alive(month):
        return {}
    partners = [name for name in config.partners if instrument(name).alive(month) and name != REFERENCE]
    each = min(config.crossings, config.orbits // max(len(partners), 1))
    chosen: dict[str, tuple[Crossing, ...]] = {}
    for partner in partners:
        taken = [crossing for crossings in chosen.values() for crossing in crossings]
        chosen[partner] = spread_out(find_crossings(partner, month), each, month, taken)
    return chosen
