"""What the pages of scores show: scatter, reliability, distributions, spectra, strata and joint TB, drawn when made."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gpm_assets.assets.pages import keep
from gpm_assets.evaluation import binned, distributions, reliability, scatter, spectra, tb_joint
from gpm_assets.evaluation.figures.scales import OKABE_ITO
from gpm_assets.evaluation.ledger import read
from gpm_assets.evaluation.references import DRAIN_GMI, REFERENCES
from gpm_assets.evaluation.strata import pair_of
from gpm_assets.evaluation.table import newest
from gpm_assets.evaluation.yardsticks import DRAIN, GMI, RAW

if TYPE_CHECKING:
    from pandas import DataFrame

DRAWN_STRATA = ("surface", "regime", "scan_position")
OF_RAIN = ("swaths", "scatter", "reliability", "rain_distribution", "spectra", *DRAWN_STRATA)
OF_TB = ("joint_tb",)
"""Figures of the two assets of scores."""


def of_scores(work: Path, world: str, title: str) -> None:
    """Draw into the folder of a month's tables; `world` is simulated where the models are.

    Rain against the first reference that decides, TB of the method with the best rain. A month without any scored pixel has no
    figures.
    """
    from gpm_assets.evaluation import figures

    rain = read([work], "rain")
    if not len(rain) or not rain["n"].any():
        return
    reference = next(name for name in REFERENCES if name in set(rain.loc[rain["n"] > 0, "reference"]))
    _spectra(work, world, title, rain)
    title, most = f"{title} against {reference}", _drawn(rain, reference)
    found = _by_method(work, "reliability", reference, reliability.KEYS, reliability.SUMS, most)
    keep(work, "reliability", lambda: figures.reliability_figure(found, world=world, title=title))
    joint = _by_method(work, "scatter", reference, scatter.KEYS, scatter.SUMS, most)
    keep(work, "scatter", lambda: figures.scatter_figure(joint, world=world, reference=reference, title=title))
    rates = _by_method(work, "distributions", reference, distributions.KEYS, distributions.SUMS, most)
    keep(
        work,
        "rain_distribution",
        lambda: figures.rain_distribution_figure(rates, world=world, reference=reference, title=title),
    )
    for name in DRAWN_STRATA:
        first, second = pair_of(name)
        pair = [("reference", "==", reference), ("first", "==", first), ("second", "==", second)]
        _strata(work, read([work], "strata", pair), name, world, f"{title} by {name}")
    _joint_tb(work, world, title, rain, reference)


def _spectra(work: Path, world: str, title: str, rain: "DataFrame") -> None:
    """Against the first reference that has whole windows: the radar's swath is seldom wide enough."""
    from gpm_assets.evaluation import figures

    rows = read([work], "spectra")
    seen = set(rows.loc[(rows["transform"] == "dct") & (rows["windows"] > 0), "reference"]) if len(rows) else set()
    reference = next((name for name in REFERENCES if name in seen), None)
    if reference:
        waves = _by_method(work, "spectra", reference, spectra.KEYS, spectra.SUMS, _drawn(rain, reference))
        keep(work, "spectra", lambda: figures.spectra_figure(waves, world=world, title=f"{title} against {reference}"))


def _strata(work: Path, table: "DataFrame", stratum: str, world: str, title: str) -> None:
    from gpm_assets.evaluation import figures
    from gpm_assets.evaluation.by_strata import measures_by

    cells = measures_by(table, stratum)
    cells = cells[cells[stratum] != "dry"]  # where there is nothing to hit, CSI is 0 or nothing
    if not len(cells):
        return
    measure = f"CSI at {cells['threshold'].iloc[0]:g} mm/h"
    shown = {stratum: "class", "csi": "value", "pixels": "n", "csi_low": "low", "csi_high": "high"}
    drawn = cells.rename(columns=shown)
    keep(work, stratum, lambda: figures.strata_figure(drawn, measure=measure, world=world, title=title))


def _joint_tb(work: Path, world: str, title: str, rain: "DataFrame", reference: str) -> None:
    from gpm_assets.evaluation import figures

    joint = read([work], "tb_joint")
    if not len(joint):
        return
    errors = rain[rain["method"].isin(joint["method"]) & (rain["reference"] == reference)]
    sums = errors.groupby("method")[["crps", "n"]].sum()
    best = (sums["crps"] / sums["n"].where(sums["n"] > 0)).idxmin()
    of = next(name for name in (reference, DRAIN_GMI) if name in set(joint["reference"]))
    chosen = newest(joint[(joint["method"] == best) & (joint["reference"] == of)])
    chosen = chosen[chosen["seed"] == chosen["seed"].min()]
    table = binned.add(chosen, tb_joint.KEYS, tb_joint.SUMS)
    keep(work, "joint_tb", lambda: figures.joint_tb_figure(table, world=world, title=f"{title}: TB of {best}"))


def _drawn(rain: "DataFrame", reference: str) -> set[str]:
    """Methods that are drawn: the yardsticks and those of lowest CRPS, as many as there are colours.

    Only those that were scored on as many pixels as any: distributions of others are those of other places.
    """
    rows = newest(rain[rain["reference"] == reference]).groupby(["method", "seed"])[["n", "crps"]].sum()
    by_method = rows.groupby("method").agg({"n": "min", "crps": "mean"})
    whole = by_method[by_method["n"] == by_method["n"].max()]["crps"].sort_values().index
    ordered = sorted(whole, key=lambda name: name not in (GMI, RAW, DRAIN))
    return set(ordered[: len(OKABE_ITO)])


def _by_method(
    work: Path, name: str, reference: str, keys: tuple[str, ...], sums: tuple[str, ...], methods: set[str]
) -> Mapping[str, "DataFrame"]:
    """Sums by bin of every method against a reference, over overpasses and the first seed."""
    rows = newest(read([work], name, [("reference", "==", reference)]))
    rows = rows[rows["seed"] == rows.groupby("method")["seed"].transform("min")]
    return {method: binned.add(part, keys, sums) for method, part in rows.groupby("method") if method in methods}
