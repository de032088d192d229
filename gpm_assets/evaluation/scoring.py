"""Scoring one overpass: what methods make of a swath against its references, on the same pixels, as rows of sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from gpm_assets.evaluation import distributions, latmos, reliability, scatter, spectra, tb_joint
from gpm_assets.evaluation.ledger import Run, keyed
from gpm_assets.evaluation.methods import Image, Method, Result
from gpm_assets.evaluation.references import Overpass, Reference
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scores import PAIR_SUMS, RAIN_SUMS, rain_pixels, tb_pixels
from gpm_assets.evaluation.strata import crossed, rain_class
from gpm_assets.evaluation.table import UNREGISTERED
from gpm_assets.evaluation.yardsticks import GMI
from gpm_assets.inference.translation import GMI_CHANNELS

if TYPE_CHECKING:
    from pandas import DataFrame

RETRIEVED_CLASS = "retrieved_class"
"""The stratum that is told from the retrieval: conditioning on the reference alone rewards exaggeration."""


@dataclass(frozen=True, eq=False)
class Failure:
    """A method that could not make anything of an overpass, and why: all its pixels there count as missing."""

    method: str
    version: int
    seed: int
    overpass: str
    reason: str

    @property
    def run(self) -> Run:
        """What failed."""
        return self.method, self.version, self.seed


@dataclass(frozen=True, eq=False)
class Scored:
    """What a method made of some `scans` of an overpass against one reference, arrays (scan, pixel, ...) of these scans."""

    reference: Reference
    scans: slice
    retrieved: Retrieved
    tb: Image | None = None
    channels: tuple[str, ...] = ()
    spacing_km: tuple[float, float] | None = None
    is_gmi: bool = False

    @cached_property
    def rain(self) -> Image:
        """The reference's rain (scan, pixel) in mm/h."""
        return self.reference.rain[self.scans]

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Pixels (scan, pixel) whose rain is known."""
        return np.isfinite(self.rain)

    @cached_property
    def pixels(self) -> NDArray[np.float64]:
        """What every pixel whose rain is known adds to `RAIN_SUMS`, (pixel, sum)."""
        return rain_pixels(self.retrieved, self.rain)[self.known.reshape(-1)]

    @cached_property
    def tb_by_channel(self) -> list[tuple[str, NDArray[np.float64], NDArray[np.bool_]]]:
        """Channels that are given and known, what pixels add to `PAIR_SUMS` where they are known, and where (scan, pixel)."""
        return list(_channels(self))

    def codes_at(self, known: NDArray[np.bool_]) -> dict[str, NDArray[np.int8]]:
        """Codes (pixel,) of all strata at some pixels (scan, pixel)."""
        of_places = {name: values[self.scans][known] for name, values in self.reference.codes.items()}
        return of_places | {RETRIEVED_CLASS: rain_class(self.retrieved.mean[known])}


Frames = dict[str, "DataFrame"]
"""Rows of every table, by the name of the table."""


def score(
    overpass: Overpass, methods: Sequence[Method], *, with_gmi: bool = True
) -> Iterator[tuple[Mapping[str, Any], Frames, Failure | None]]:
    """Rows of every method against every reference of a `comparable` overpass, with what they are keyed by.

    The yardstick `gmi`, DRAIN on GMI's own TB, comes first. A method that fails makes rows in which every pixel is missing, and
    says why: an exception of somebody's function must not end the evaluation of the others.
    """
    if with_gmi:
        for one in overpass.references:
            if one.gmi is not None:
                scored = Scored(one, slice(None), one.gmi, spacing_km=overpass.spacing_km, is_gmi=True)
                yield _keys(overpass, one, GMI, 0, 0), _frames(scored), None
    if not overpass.references:
        return
    known = np.any([one.known for one in overpass.references], axis=0)
    for method in methods:
        kept = method.scans(known)
        made = _made(method, overpass, kept)
        for one in overpass.references:
            yield _keys(overpass, one, method.name, method.version, method.seed), *_against(one, kept, made, method, overpass)


def tables_of(
    overpass: Overpass, methods: Sequence[Method], keys: Mapping[str, Any], *, with_gmi: bool = True
) -> tuple[dict[str, list[DataFrame]], list[Failure]]:
    """Frames of every table of an overpass, keyed by `keys` and by what `score` adds, and every method that failed once."""
    frames: dict[str, list[DataFrame]] = {}
    failures: dict[Run, Failure] = {}
    for more, found, failure in score(overpass, methods, with_gmi=with_gmi):
        for name, frame in found.items():
            frames.setdefault(name, []).append(keyed(frame, {**keys, **more}))
        if failure:
            failures[failure.run] = failure
    return frames, list(failures.values())


def _made(method: Method, overpass: Overpass, kept: slice) -> Result | Exception:
    try:
        return method.make(overpass.swath.rows(kept))
    except Exception as error:  # whatever an outsider's function raises
        _require_lasting(error, method)
        return error


def _require_lasting(error: Exception, method: Method) -> None:
    """Raise what may go well next time, of registered methods: it must not stay in their scores."""
    if method.version != UNREGISTERED and isinstance(error, (MemoryError, OSError, torch.cuda.OutOfMemoryError)):
        raise error


def _against(
    reference: Reference, kept: slice, made: Result | Exception, method: Method, overpass: Overpass
) -> tuple[Frames, Failure | None]:
    """Rows of what was made, or rows without anything and the reason."""
    try:
        if isinstance(made, Exception):
            raise made
        retrieved = made.against(reference.rain[kept])
        return _frames(Scored(reference, kept, retrieved, made.tb, made.channels, overpass.spacing_km)), None
    except Exception as error:  # told, counted, and not fatal for the other methods
        _require_lasting(error, method)
        nothing = Scored(reference, kept, Retrieved.nothing(reference.rain[kept].shape), spacing_km=overpass.spacing_km)
        reason = f"{type(error).__name__}: {error}"
        return _frames(nothing), Failure(method.name, method.version, method.seed, overpass.name, reason)


def _keys(overpass: Overpass, reference: Reference, method: str, version: int, seed: int) -> dict[str, Any]:
    return {
        "reference": reference.name,
        "method": method,
        "version": version,
        "seed": seed,
        "granule": overpass.name,
        "block": overpass.block,
    }


def _frames(scored: Scored) -> Frames:
    return {name: frame for name, rows in TABLES.items() if (frame := rows(scored)) is not None and len(frame)}


def _rain(scored: Scored) -> DataFrame | None:
    import pandas

    return pandas.DataFrame([scored.pixels.sum(axis=0)], columns=list(RAIN_SUMS)) if scored.known.any() else None


def _strata(scored: Scored) -> DataFrame | None:
    return crossed(scored.pixels, RAIN_SUMS, scored.codes_at(scored.known)) if scored.known.any() else None


def _distributions(scored: Scored) -> DataFrame | None:
    return _long(distributions.sums(scored.retrieved, scored.rain))


def _scatter(scored: Scored) -> DataFrame | None:
    return _long(scatter.sums(scored.pixels))


def _reliability(scored: Scored) -> DataFrame | None:
    return _long(reliability.sums(scored.retrieved, scored.rain))


def _spectra(scored: Scored) -> DataFrame | None:
    if scored.spacing_km is None:
        return None
    along_km, across_km = scored.spacing_km
    whole = np.full(scored.reference.rain.shape, np.nan, np.float32)
    whole[scored.scans] = scored.retrieved.mean  # windows are cut from the first scan on, whatever a method was given
    return _long(spectra.sums(whole, scored.reference.rain, along_km=along_km, across_km=across_km))


def _tb_joint(scored: Scored) -> DataFrame | None:
    if scored.tb is None or scored.reference.tb is None:
        return None
    return _long(tb_joint.sums(scored.tb, scored.reference.tb[scored.scans]))


def _long(rows: list[dict[str, Any]]) -> DataFrame | None:
    import pandas

    return pandas.DataFrame.from_records(rows) if rows else None


def _tb(scored: Scored) -> DataFrame | None:
    import pandas

    rows = [
        {"channel": name, **dict(zip(PAIR_SUMS, pixels.sum(axis=0), strict=True))} for name, pixels, _ in scored.tb_by_channel
    ]
    return pandas.DataFrame.from_records(rows) if rows else None


def _tb_strata(scored: Scored) -> DataFrame | None:
    import pandas

    parts = [
        crossed(pixels, PAIR_SUMS, scored.codes_at(known)).assign(channel=name) for name, pixels, known in scored.tb_by_channel
    ]
    return pandas.concat(parts, ignore_index=True) if parts else None


def _channels(scored: Scored) -> Iterable[tuple[str, NDArray[np.float64], NDArray[np.bool_]]]:
    """See `Scored.tb_by_channel`."""
    if scored.tb is None or scored.reference.tb is None:
        return
    for name in scored.channels:
        index = GMI_CHANNELS.index(name)
        reference = scored.reference.tb[scored.scans, :, index]
        known = np.isfinite(reference)
        if known.any():
            yield name, tb_pixels(scored.tb[..., index], reference)[known.reshape(-1)], known


def _latmos(scored: Scored) -> DataFrame | None:
    import pandas

    there, of = scored.reference.on_gmi, scored.reference.scene
    if there is None:
        return None
    places = (of.latitude[scored.scans], of.longitude[scored.scans])
    times = (np.broadcast_to(of.time[scored.scans, None], places[0].shape), there.time)
    mean = latmos.dropped(scored.retrieved.mean)
    rain = there.gmi if scored.is_gmi else latmos.resampled(mean, *places, there.latitude, there.longitude, times)
    rows = latmos.sums(rain, there.rain, "")
    return pandas.DataFrame.from_records(rows).drop(columns="granule") if rows else None


TABLES: Mapping[str, Callable[[Scored], DataFrame | None]] = MappingProxyType(
    {
        "rain": _rain,
        "strata": _strata,
        "distributions": _distributions,
        "scatter": _scatter,
        "reliability": _reliability,
        "spectra": _spectra,
        "latmos": _latmos,
        "tb": _tb,
        "tb_strata": _tb_strata,
        "tb_joint": _tb_joint,
    }
)
"""Tables of sums, and what makes their rows of what was scored."""
