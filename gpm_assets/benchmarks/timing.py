"""Timing contenders against each other: in turns, in one process, with limits on the ratios of their times."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Contender:
    """Somebody who does the work that is measured; what `run` returns is thrown away, and `prepare` is not timed."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Timing:
    """Wall-clock seconds of every repetition of one contender."""

    name: str
    seconds: tuple[float, ...]

    @cached_property
    def median_s(self) -> float:
        """Median of the repetitions."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Limit:
    """How many times as long as another (`over`) a contender (`of`) may or must take."""

    of: str
    over: str
    at_least: float = 0.0
    at_most: float = math.inf

    def __str__(self) -> str:
        bounds = [f"at least {self.at_least:g}"] * (self.at_least > 0) + [f"at most {self.at_most:g}"] * (self.at_most < math.inf)
        return f"{self.of} takes {' and '.join(bounds)} times as long as {self.over}"


@dataclass(frozen=True)
class Verdict:
    """A limit and the ratio that was measured."""

    limit: Limit
    ratio: float

    @property
    def met(self) -> bool:
        """Whether the ratio keeps the limit."""
        return self.limit.at_least <= self.ratio <= self.limit.at_most


@dataclass(frozen=True)
class Report:
    """What a benchmark found; `subject` says what was worked on, `versions` with which libraries, `work` how much of what.

    `work` is what a contender does in one repetition, such as (1024, "samples"), where that is counted.
    """

    benchmark: str
    subject: Mapping[str, str | int | float]
    versions: Mapping[str, str]
    timings: tuple[Timing, ...]
    verdicts: tuple[Verdict, ...]
    work: tuple[int, str] | None = None

    @property
    def passed(self) -> bool:
        """Whether every limit was kept."""
        return all(verdict.met for verdict in self.verdicts)


def alternate(contenders: Sequence[Contender], repeat: int) -> tuple[Timing, ...]:
    """Time every contender `repeat` times, in turns, so that a slow moment of the machine meets all of them alike.

    Nothing is warmed up here. Garbage is collected and the contender prepares before each run; results are freed after the clock
    has stopped.
    """
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(repeat):
        for contender in contenders:
            gc.collect()
            contender.prepare()
            start = time.perf_counter()
            result = contender.run()
            seconds[contender.name].append(time.perf_counter() - start)
            del result
    return tuple(Timing(name, tuple(values)) for name, values in seconds.items())


def judge(timings: Sequence[Timing], limits: Sequence[Limit]) -> tuple[Verdict, ...]:
    """Hold ratios against the limits: the median of the ratios turn by turn, in each of which a slow machine cancels."""
    seconds = {timing.name: timing.seconds for timing in timings}

    def ratio(limit: Limit) -> float:
        return statistics.median(of / over for of, over in zip(seconds[limit.of], seconds[limit.over], strict=True))

    return tuple(Verdict(limit, ratio(limit)) for limit in limits)
