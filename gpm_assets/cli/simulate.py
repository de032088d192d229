"""`gpm-assets simulate`: granules of the simulated constellation in a folder, and the truth apart."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gpm_assets.errors import RequestError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from gpm_assets.simulation.nature import Nature
    from gpm_assets.simulation.plan import PlannedGranule
    from gpm_assets.simulation.sample import Sample, Wanted


def simulate(
    *,
    out: Path,
    sensor: list[str] | None = None,
    month: str | None = None,
    orbits: int = 1,
    granule: list[str] | None = None,
    seed: int = 1,
    world: str = "A",
    overlapping: bool = False,
    fraction: float = 1.0,
    version: str = "V07A",
    workers: int = 2,
) -> None:
    """Write granules of the simulated constellation as PPS writes real ones, with GMI those of the radar, and the truth apart.

    The truth, what GMI would have measured at the same pixels and the rain there, goes to the folder `truth` as netCDF-4. Files
    that are there and would come out the same are kept. Exit code 1 where a granule failed; the others are written.

    Parameters
    ----------
    out
        Folder for the files; of one world and seed.
    sensor
        Sensor of the instrument table, e.g. GPM_GMI; repeat it for several.
    month
        Month as YYYY-MM.
    orbits
        Orbits of each sensor.
    granule
        Instead of sensor, month and orbits: the name of a granule to make alone, the same to the byte; repeat it for several.
    seed
        The weather and every noise follow from it.
    world
        World A, or B with other physics and storms, which is for tests.
    overlapping
        Choose orbits that meet GMI within 15 minutes; those of GMI for the other sensors asked for, or else for F16_SSMIS.
    fraction
        Part of each orbit, about where it meets GMI.
    version
        Product version of the files: V07A is HDF5; V08A is netCDF-4, without 2B-CMB, whose layout there is not known.
    workers
        Processes side by side; each takes up to 2 GB.
    """
    from rich.console import Console

    from gpm_assets.simulation.nature import Nature
    from gpm_assets.simulation.sample import named, with_radar

    nature = Nature(seed, world)
    if workers < 1:
        raise RequestError(f"{workers} workers were asked for; it must be 1 or more")
    if granule and (sensor or month):
        raise RequestError("--granule names whole granules: leave out --sensor and --month")
    if granule:
        wanted = [named(name) for name in granule]
    else:
        wanted = with_radar(_planned(sensor or [], month, orbits, seed, overlapping, fraction), version)
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    sample = _write(wanted, nature, out, workers, console)
    console.print(_table(sample))
    _conclude(sample, out, console)


def _planned(
    sensors: list[str], month: str | None, orbits: int, seed: int, overlapping: bool, fraction: float
) -> list[PlannedGranule]:
    """The orbits of all sensors; raises RequestError where one cannot be served."""
    from gpm_assets.constellation.instruments import REFERENCE, instrument
    from gpm_assets.simulation.plan import PlanConfig, plan

    if not sensors or month is None:
        raise RequestError("say which --sensor and --month, e.g. --sensor GPM_GMI --month 2018-07, or name a --granule")
    partners = tuple(dict.fromkeys(sensor for sensor in sensors if sensor != REFERENCE))
    config = PlanConfig(seed, orbits, fraction, partners or PlanConfig().partners, float(overlapping))
    if overlapping and not instrument(REFERENCE).alive(month):
        raise RequestError(f"nothing overlaps {REFERENCE} in {month}: it lived from {instrument(REFERENCE).life}")
    planned = []
    for sensor in dict.fromkeys(sensors):
        found = [one for one in plan(sensor, month, config) if one.crossing or not overlapping]
        if len(found) < orbits:
            meeting = f" that meet {REFERENCE} within 15 minutes, none twice," if overlapping else ""
            raise RequestError(f"{sensor} has {len(found)} orbits in {month}{meeting} to choose from; {orbits} were asked for")
        planned += found
    return planned


def _write(wanted: list[Wanted], nature: Nature, out: Path, workers: int, console: Console) -> Sample:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from gpm_assets.simulation.sample import write_sample

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("granules", total=len(wanted))
        return write_sample(
            wanted, nature, out, workers=workers, progress=lambda done, total: progress.update(bar, completed=done, total=total)
        )


def _table(sample: Sample) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("file", "MB", "valid", "rain", "", box=SIMPLE_HEAD)
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in sample.files:
        rain = "" if one.rain_fraction is None else f"{one.rain_fraction:.1%}"
        table.add_row(one.file, f"{one.size / 1e6:.2f}", f"{one.valid_fraction:.1%}", rain, "as it was" if one.kept else "")
    return table


def _conclude(sample: Sample, out: Path, console: Console) -> None:
    for name, reason in sample.failed.items():
        print(f"gpm-assets: {name} failed: {' '.join(reason.split())}", file=sys.stderr)
    size = sum(one.size for one in sample.files)
    console.print(f"{len(sample.files)} files, {size / 1e6:.1f} MB in {out}; rain: share of pixels with 0.1 mm/h or more")
    if sample.failed:
        sys.exit(1)
