"""`gpm-assets benchmark latmos`: DRAIN on GMI, on a partner and on its translation, by LATMOS' protocol on overlaps of a file.

Method `gmi` is DRAIN on GMI's own TB, `raw` on the partner's nearest channels as they are, `translated` on a translator's
pseudo-TB. All are scored on the same pixels: those of GMI where every method gives rain and the reference is known. References
are `CMB`, the combined product of the file, which uses GMI's TB itself, and `DRAIN(GMI)`, which tells how like GMI a translation
is and nothing of how right. Rain is DRAIN's mean, and it rains where that reaches 0.1 mm/h, not where DRAIN's p* is reached.

Swaths are taken as the file has them: a partner's scans and pixels are not put on the GMI-like sampling that models learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.benchmarks.latmos_overlaps import MeasuredOverlap, OverlapFile
from gpm_assets.errors import RequestError
from gpm_assets.evaluation import latmos
from gpm_assets.inference.retrieval import predict
from gpm_assets.inference.translation import GMI_CHANNELS, translate
from gpm_assets.named_models import NamedModel
from gpm_assets.swath import Swath
from models.retrievals.base import Retrieval
from models.translators.base import OUTPUTS, Translator
from models.translators.nearest import NearestChannel, NearestConfig, identity

if TYPE_CHECKING:
    from pandas import DataFrame

GMI, RAW, TRANSLATED = "gmi", "raw", "translated"
COMBINED, DRAIN_ON_GMI = "CMB", "DRAIN(GMI)"

Rain = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LatmosReport:
    """What was scored (`subject`), the measures as `evaluation.latmos.table` has them, and what they cannot tell (`notes`)."""

    subject: Mapping[str, str | int]
    table: DataFrame
    notes: tuple[str, ...]


def benchmark_latmos(
    path: Path,
    drain: NamedModel[Retrieval],
    translator: NamedModel[Translator] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LatmosReport:
    """Score a file of overlaps; without a translator only `gmi` and `raw`.

    Raises GpmAssetsError for a file that is none or wrong, RequestError where a model wants channels that the file lacks and
    where no pixel can be scored.
    """
    file = OverlapFile.open(path)
    scorer = _Scorer(drain.model, _partner_methods(file, translator))
    keys = {"world": file.world, "models": _worlds(drain, translator), "sensor": file.partner.name}
    rows: list[dict[str, Any]] = []
    apart: list[str] = []
    timed = True
    for done, overlap in enumerate(file.overlaps(), start=1):
        _require_channels(translator, overlap, path)
        found = scorer.score(overlap)
        rows += [{**keys, **row} for row in found]
        apart += [] if found else [overlap.name]
        timed &= overlap.time_difference is not None
        progress(done, len(file.names))
    if not rows:
        raise RequestError(
            f"{path}: no pixel of GMI in {len(file.names)} overlaps has rain of every method within {latmos.REACH_KM:g} km and "
            f"{latmos.WINDOW_S:g} s: nothing can be scored; look whether positions and times are those of one overlap"
        )
    subject: dict[str, str | int] = {
        "file": path.name,
        "source": file.source,
        "observations": file.world,
        "models": keys["models"],
        "DRAIN": drain.name,
        "translator": translator.name if translator else "none",
        "sensor": file.partner.name,
        "overlaps": len(file.names) - len(apart),
    }
    return LatmosReport(subject, latmos.table(rows), tuple(_notes(rows, apart, timed=timed)))


@dataclass(frozen=True, eq=False)
class _Scorer:
    """DRAIN and the translators by method that the partner's swath goes through."""

    drain: Retrieval
    methods: Mapping[str, Translator]

    def score(self, overlap: MeasuredOverlap) -> list[dict[str, Any]]:
        """Rows of an overlap with their reference and method; none where no pixel is common to all."""
        gmi, partner = overlap.gmi, overlap.partner
        rain = {GMI: self._rain(identity(OUTPUTS), gmi)}
        for name, model in self.methods.items():
            native = self._rain(model, partner)
            rain[name] = latmos.resampled(native, partner.latitude, partner.longitude, gmi.latitude, gmi.longitude)
        common = np.all([np.isfinite(one) for one in rain.values()], axis=0)
        if overlap.time_difference is not None:
            common &= np.abs(overlap.time_difference) <= latmos.WINDOW_S
        rows = []
        for reference, values in ((COMBINED, overlap.rain), (DRAIN_ON_GMI, rain[GMI])):
            known = np.where(common, values, np.nan)
            for method in rain:
                if (method, reference) != (GMI, DRAIN_ON_GMI):
                    keys = {"reference": reference, "method": method}
                    rows += [{**keys, **row} for row in latmos.sums(rain[method], known, overlap.name)]
        return rows

    def _rain(self, model: Translator, swath: Swath) -> Rain:
        """DRAIN's mean (scan, pixel) in mm/h after a translator, dropped below 0.1 mm/h, NaN where a channel is missing."""
        tb = translate(model, swath).tb
        valued = np.isfinite(tb[..., [GMI_CHANNELS.index(name) for name in self.drain.channels]]).all(axis=-1)
        return latmos.dropped(np.where(valued, predict(self.drain, tb).mean[0].numpy(), np.nan))


def _partner_methods(file: OverlapFile, translator: NamedModel[Translator] | None) -> dict[str, Translator]:
    raw = NearestChannel(NearestConfig(file.nearest, OUTPUTS, file.nearest))
    return {RAW: raw} if translator is None else {RAW: raw, TRANSLATED: translator.model}


def _require_channels(translator: NamedModel[Translator] | None, overlap: MeasuredOverlap, path: Path) -> None:
    known = overlap.partner.channels
    lacking = [name for name in translator.model.inputs if name not in known] if translator else []
    if translator and lacking:
        raise RequestError(
            f"{translator.name} reads {len(translator.model.inputs)} channels, {path} has of {overlap.partner.sensor} only "
            f"{', '.join(known)} ({overlap.name}), as LATMOS' own file, and lacks {', '.join(lacking)}; name a translator that "
            "was trained on these alone, or leave it out to score gmi and raw"
        )


def _worlds(drain: NamedModel[Retrieval], translator: NamedModel[Translator] | None) -> str:
    """The world that models were trained in, or both where they are of two."""
    if translator is None or translator.world == drain.world:
        return drain.world
    return f"DRAIN {drain.world}, translator {translator.world}"


def _notes(rows: list[dict[str, Any]], apart: list[str], *, timed: bool) -> list[str]:
    notes = []
    if apart:
        shown = ", ".join(apart[:3]) + (", ..." if len(apart) > 3 else "")
        notes.append(
            f"{len(apart)} overlaps have no pixel with rain of every method within {latmos.REACH_KM:g} km and "
            f"{latmos.WINDOW_S:g} s, and count nowhere: {shown}"
        )
    if not timed:
        notes.append(
            f"not every overlap tells its time differences: that they are within {latmos.WINDOW_S:g} s is the file's claim"
        )
    for reference in (COMBINED, DRAIN_ON_GMI):
        of_it = [row for row in rows if (row["reference"], row["method"]) == (reference, RAW)]
        notes += [f"{reference}: {remark}" for remark in latmos.remarks(of_it)]
    return notes
