"""A sample of the simulated constellation in a folder: granules of radiometers and radar, and the truth apart from them.

One folder has one nature. `simulated.json` in it says what each file follows from: a file that would come out the same is kept.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.radar import RADAR_LIFE, RADAR_PRODUCTS
from gpm_assets.errors import GpmAssetsError
from gpm_assets.granules.editions import edition_of
from gpm_assets.granules.names import parse_name
from gpm_assets.granules.radar import read_radar
from gpm_assets.granules.radar.layout import PRODUCTS as LAYOUTS
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.sources import Offer
from gpm_assets.granules.sources.simulated import offer
from gpm_assets.granules.write import Level
from gpm_assets.provenance import code_hash, digest
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlannedGranule, is_radar
from gpm_assets.simulation.recall import recall
from gpm_assets.simulation.record import Made, Record
from gpm_assets.simulation.room import expected_bytes, inside, no_room, require_room
from gpm_assets.simulation.truth import truth
from gpm_assets.simulation.truth_file import truth_name, write_truth

TRUTH_FOLDER = "truth"
RAIN_MM_H = 0.1
"""From here on it rains."""

Progress = Callable[[int, int], None]
Files = tuple[list[Made], dict[str, str]]
"""Files of one granule, and the reasons why others are missing by their name."""


@dataclass(frozen=True)
class Sample:
    """What a folder got: files in order of their names, and the reasons why others are missing by their name."""

    files: tuple[Made, ...]
    failed: dict[str, str]


@dataclass(frozen=True)
class Wanted:
    """A planned granule as a file of a version and, of a radiometer, a level."""

    planned: PlannedGranule
    version: str = "V07A"
    level: Level = "1C"


@dataclass(frozen=True)
class _Task:
    """One granule and, of a radiometer's, the truth at its pixels."""

    planned: PlannedGranule
    offer: Offer
    truth_key: str
    record: Record

    @property
    def files(self) -> tuple[str, ...]:
        """What is to be written, below the folder."""
        truth_file = f"{TRUTH_FOLDER}/{truth_name(self.offer.name)}"
        return (self.offer.name,) if is_radar(self.planned.product) else (self.offer.name, truth_file)

    @property
    def keys(self) -> tuple[str, ...]:
        """What each of the files follows from."""
        return self.offer.key, self.truth_key

    @property
    def done(self) -> bool:
        """Whether all files are there and would come out the same."""
        return all(self.record.holds(*file) for file in zip(self.files, self.keys, strict=False))


def named(name: str) -> Wanted:
    """What to write for a file of that name; raises GranuleError and RequestError as `recall` does."""
    parsed = parse_name(name)
    return Wanted(recall(name), parsed.version, "1C-R" if parsed.level == "1C-R" else "1C")


def with_radar(planned: Iterable[PlannedGranule], version: str = "V07A") -> list[Wanted]:
    """Files of a version; after each of GMI's those of the radar in the same piece, where it lived and their layout is known."""
    edition, radar_born = edition_of(version).number, np.datetime64(RADAR_LIFE.first_day)
    known = [product for product, name in RADAR_PRODUCTS.items() if LAYOUTS[name].groups_in(edition)]
    result = []
    for one in planned:
        flown = known if one.product == REFERENCE and one.start >= radar_born else ()
        result += [Wanted(one, version), *(Wanted(replace(one, product=product), version) for product in flown)]
    return result


def write_sample(
    wanted: Sequence[Wanted],
    nature: Nature,
    folder: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sample:
    """Write granules, and below `truth` what GMI would have measured at the pixels of each radiometer's.

    A file that is there and would come out the same is kept. A granule that fails is told in the result, the others are written.
    `workers` above 1 work in spawned processes; `progress(done, total)` counts granules. Raises RequestError where the folder
    holds another nature's files, or where there is no room: then nothing new is left behind. Raises GranuleError for a version or
    level that there is not.
    """
    record = Record.of(folder, nature)
    tasks = [_task(one, record) for one in wanted]
    require_room(folder, sum(expected_bytes(task.planned) for task in tasks if not task.done))
    before = dict(record.files)
    with inside(folder, [folder / file for task in tasks for file in task.files]):
        try:
            return _write(tasks, record, workers, progress or (lambda done, total: None))
        except OSError:
            record.restore(before)
            raise


def _task(wanted: Wanted, record: Record) -> _Task:
    its = offer(wanted.planned, record.nature, wanted.version, wanted.level)
    return _Task(wanted.planned, its, digest([code_hash(__name__), its.key]), record)


def _write(tasks: Sequence[_Task], record: Record, workers: int, progress: Progress) -> Sample:
    files: list[Made] = []
    failed: dict[str, str] = {}
    progress(0, len(tasks))
    for done, (made, missing) in enumerate(_results(tasks, workers), 1):
        files += made
        failed |= missing
        if any(not one.kept for one in made):
            record.add(made)
        progress(done, len(tasks))
    return Sample(tuple(sorted(files, key=lambda one: one.file)), failed)


def _results(tasks: Sequence[_Task], workers: int) -> Iterator[Files]:
    if min(workers, len(tasks)) <= 1:
        yield from map(_make, tasks)
        return
    # spawn: threads of the parent do not survive a fork
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_make, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise GpmAssetsError("a process that simulated was killed, perhaps for memory: ask for fewer workers") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _make(task: _Task) -> Files:
    """The files of one granule; what fails is told, a full disk raises OSError."""
    made: list[Made] = []
    for file, key, make in zip(task.files, task.keys, (_granule, _truth), strict=False):
        try:
            made.append(task.record.holds(file, key) or make(task, file, key))
        except (GpmAssetsError, OSError, MemoryError) as error:
            if no_room(error):
                raise
            return made, {missing: str(error) or "not enough memory" for missing in task.files[len(made) :]}
    return made, {}


def _granule(task: _Task, file: str, key: str) -> Made:
    path = task.record.folder / file
    assert task.offer.make is not None  # of the simulated constellation every file is made
    task.offer.make(path)
    if is_radar(task.planned.product):
        return Made(file, key, path.stat().st_size, *_shares(read_radar(path).rain_mm_h))
    valid = np.concatenate([np.isfinite(swath.tb).reshape(-1) for swath in read_1c(path)])
    return Made(file, key, path.stat().st_size, float(valid.mean()))


def _truth(task: _Task, file: str, key: str) -> Made:
    folder, nature = task.record.folder, task.record.nature
    swath = gmi_like(read_1c(folder / task.offer.name), instrument(task.planned.product))
    told = truth(swath, nature)
    write_truth(folder / file, swath, told, nature)
    return Made(file, key, (folder / file).stat().st_size, *_shares(told.rain_mm_h))


def _shares(rain_mm_h: NDArray[np.float32]) -> tuple[float, float]:
    """Share of pixels that have a value, and of those the share where it rains."""
    valued = np.isfinite(rain_mm_h)
    return float(valued.mean()), float((rain_mm_h[valued] >= RAIN_MM_H).mean()) if valued.any() else 0.0
