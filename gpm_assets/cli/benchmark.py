"""`gpm-assets benchmark ...`: measured claims; one command a benchmark, exit code 1 where a limit is missed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cyclopts

if TYPE_CHECKING:
    from gpm_assets.benchmarks.timing import Report, Timing

benchmark = cyclopts.App(name="benchmark", help="Measure what is claimed, beside the rivals.")


@benchmark.command
def read(*, sensor: str = "GPM_GMI", repeat: int = 11, json: bool = False) -> None:
    """Read a full-size granule with our reader, with bare h5py and with gpm_api; exit code 1 where a limit is missed.

    Parameters
    ----------
    sensor
        Sensor of the generated granule, as the instrument table names it.
    repeat
        Repetitions of every reader.
    json
        Print every repetition, the limits and the versions of the libraries as JSON.
    """
    from gpm_assets.benchmarks.read import benchmark_read

    conclude(benchmark_read(sensor, repeat=repeat), json=json)


@benchmark.command
def collocate(*, repeat: int = 7, days: int = 30, json: bool = False) -> None:
    """Match a GMI orbit with an SSMIS orbit, beside pyresample and gpm_api, and a month of orbits; exit code 1 on a missed limit.

    Parameters
    ----------
    repeat
        Repetitions of every contender on the pair of orbits.
    days
        Days of orbits that a single day is held against.
    json
        Print every repetition, the limits and the versions of the libraries as JSON.
    """
    from gpm_assets.benchmarks.collocate import benchmark_collocate

    conclude(benchmark_collocate(repeat=repeat, days=days), json=json)


@benchmark.command
def samples(*, patches: int = 4096, repeat: int = 11, json: bool = False) -> None:
    """Read random samples from a pack, from memory, Zarr and HDF5; exit code 1 where a limit is missed.

    Parameters
    ----------
    patches
        Patches of 13 channels, 64 scans and 64 pixels in the generated pack; 4096 take 2.5 GB of the temporary folder.
    repeat
        Repetitions of every reader.
    json
        Print every repetition, the limits and the versions of the libraries as JSON.
    """
    from gpm_assets.benchmarks.samples import benchmark_samples

    conclude(benchmark_samples(patches, repeat=repeat), json=json)


@benchmark.command
def strata(*, home: Path | None = None, sensor: str = "F16_SSMIS", json: bool = False) -> None:
    """Show what strata spare a coupling of distributions on a home's test month; exit code 1 unless crossing is halved.

    Parameters
    ----------
    home
        A simulated home with a scored test month, such as the demo's; by default GPM_ASSETS_HOME.
    sensor
        The partner whose patches are coupled with GMI's.
    json
        Print all numbers as JSON.
    """
    from gpm_assets.benchmarks.strata import JUDGED_MM_H, benchmark_strata
    from gpm_assets.cli.home import enter
    from gpm_assets.resources.registry import RegistryResource
    from gpm_assets.settings import Home

    place = Home(home)
    enter(place)
    found = benchmark_strata(place, RegistryResource().open(place), sensor)
    if json:
        import json as encoder

        print(encoder.dumps([{**vars(one), "left": one.left, "met": one.met} for one in found], indent=1))
    else:
        print("crossing mass of a coupling between rainy and dry patches, in % (standard error)")
        print(f"{'rain from':>12} {'mismatch':>9} {'without strata':>16} {'within strata':>16} {'left':>6}")
        for one in found:
            without, within = (f"{100 * value:.1f} ({100 * error:.1f})" for value, error in one.masses)
            mark = "" if one.rainy_mm_h != JUDGED_MM_H else "  met" if one.met else "  MISSED"
            print(f"{one.rainy_mm_h:>7.1f} mm/h {one.mismatch:>8.0f}x {without:>16} {within:>16} {100 * one.left:>5.0f}%{mark}")
    if not all(one.met for one in found):
        sys.exit(1)


@benchmark.command
def latmos(
    file: Path,
    *,
    model: str | None = None,
    drain: str = "models:/drain@champion",
    home: Path | None = None,
    json: bool = False,
) -> None:
    """Score DRAIN on GMI, on a partner and on its translation by LATMOS' protocol, on overlaps in a converted file.

    Parameters
    ----------
    file
        Overlaps as HDF5; gpm_assets/benchmarks/README.md tells how to convert those that LATMOS publish.
    model
        Translator: models:/NAME@champion, models:/NAME/VERSION or a folder; without it only gmi and raw are scored.
    drain
        DRAIN, named in the same way.
    home
        The home whose registry is asked; by default GPM_ASSETS_HOME.
    json
        Print all numbers as JSON.
    """
    from rich.console import Console
    from rich.progress import Progress

    from gpm_assets.benchmarks.latmos import benchmark_latmos
    from gpm_assets.cli.latmos import document as latmos_document
    from gpm_assets.cli.latmos import show
    from gpm_assets.named_models import load
    from gpm_assets.registry import Registry
    from gpm_assets.settings import Home
    from models.retrievals.base import Retrieval
    from models.translators.base import Translator

    place = Home(home)
    registry = Registry(place.settings.models.registry or place.registry_uri)
    retrieval = load(drain, Retrieval, registry)  # type: ignore[type-abstract]
    translator = load(model, Translator, registry) if model else None  # type: ignore[type-abstract]
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("overlaps", total=None)
        report = benchmark_latmos(
            file, retrieval, translator, lambda done, total: progress.update(task, completed=done, total=total)
        )
    if json:
        import json as encoder

        print(encoder.dumps(latmos_document(report), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        show(report)


def conclude(report: Report, *, json: bool) -> None:
    """Print a report for people or as JSON; ends with exit code 1 unless every limit was met."""
    if json:
        import json as encoder

        print(encoder.dumps(document(report), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _show(report)
    if not report.passed:
        sys.exit(1)


def document(report: Report) -> dict[str, Any]:
    """A report as what JSON knows; a limit has `at_least` or `at_most` only where it bounds."""
    contenders = [
        {"name": timing.name, "median_s": timing.median_s, **_rate(report, timing), "seconds": list(timing.seconds)}
        for timing in report.timings
    ]
    limits = [{"limit": str(verdict.limit), "ratio": verdict.ratio, "met": verdict.met} for verdict in report.verdicts]
    about = {"benchmark": report.benchmark, "subject": dict(report.subject), "versions": dict(report.versions)}
    return {**about, "contenders": contenders, "limits": limits, "passed": report.passed}


def _rate(report: Report, timing: Timing) -> dict[str, float]:
    """How much a second, under the name of what is counted, if anything is."""
    return {f"{report.work[1]}_per_s": report.work[0] / timing.median_s} if report.work else {}


def _show(report: Report) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)
    width = 1 + max(len(name) for name in report.subject)
    for name, value in report.subject.items():
        console.print(f"{name:<{width}} {value:,}" if isinstance(value, int) else f"{name:<{width}} {value}")
    fastest = min(timing.median_s for timing in report.timings)
    rates = [f"{report.work[1]}/s"] if report.work else []
    table = Table("", "median", "fastest", "slowest", "times the fastest", *rates, box=SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    for timing in report.timings:
        seconds = (timing.median_s, min(timing.seconds), max(timing.seconds))
        rate = (f"{value:,.0f}" for value in _rate(report, timing).values())
        table.add_row(timing.name, *(f"{value:.3f} s" for value in seconds), f"{timing.median_s / fastest:.2f}", *rate)
    console.print(table)
    for verdict in report.verdicts:
        console.print(f"{'met   ' if verdict.met else 'MISSED'}  {verdict.limit}: {verdict.ratio:.2f}")
    console.print(", ".join(f"{name} {number}" for name, number in report.versions.items()), style="dim")
