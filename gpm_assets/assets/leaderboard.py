"""Methods side by side on the test months: rain skill of DRAIN on raw, translated and true GMI brightness temperatures.

One row a sensor, reference and method with intervals by block bootstrap, what they rest on, and G, the share of the gap between
raw and true GMI that a method closes. Of GMI itself the methods are the retrievals, each paired with DRAIN. Beside it stands
whether quantiles are met as often as they say. Negative results stay.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from gpm_assets import provenance
from gpm_assets.assets import scores, stage
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import RequestError
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home

if TYPE_CHECKING:
    from pandas import DataFrame

LEADERBOARD = "leaderboard"
BOARD, CALIBRATION = "leaderboard", "calibration"
"""Tables of the artefact, Parquet files by name."""
_MODULES = (
    "gpm_assets.evaluation.leaderboard",
    "gpm_assets.evaluation.gate",
    "gpm_assets.evaluation.structure",
    "gpm_assets.evaluation.coverage",
)


def _scored(home: Home) -> dict[str, list[str]]:
    found = {sensor: scores.scored_months(home, sensor, "test") for sensor in INSTRUMENTS}
    return {sensor: months for sensor, months in found.items() if months}


def recipe(home: Home) -> Recipe:
    """The leaderboard follows from all test scores, and from those of validation, which name the baseline of every sensor."""
    months = _scored(home)
    if not months:
        raise RequestError("no test month is scored: materialise retrieval_scores for a month of the test year")
    validated = {sensor: scores.scored_months(home, sensor, "validation") for sensor in months}
    inputs = {
        f"{sensor} {month}": provenance.require(scores.folder(home, sensor, month), world=home.settings.world).content
        for sensor, inside in months.items()
        for month in (*inside, *validated[sensor])
    }
    return stage.recipe(home, LEADERBOARD, "", inputs=inputs, config={}, modules=_MODULES)


def make(home: Home) -> Artefact:
    """Compare, draw, and store `leaderboard.parquet`, `calibration.parquet` and `leaderboard.png`."""
    return provenance.build(home.folder(LEADERBOARD, "all"), recipe(home), lambda work: _write(home, work))


def _write(home: Home, work: Path) -> dict[str, Any]:
    from gpm_assets.evaluation import figures
    from gpm_assets.evaluation.coverage import calibration
    from gpm_assets.evaluation.leaderboard import leaderboard
    from gpm_assets.evaluation.structure import GROUP, structure

    rain, tb = _tables(home, "rain"), _tables(home, "tb")
    if not len(rain):
        raise RequestError(f"no pixel of the test months has every channel and a reference: {_scored(home)}")
    board = leaderboard(rain, tb if len(tb) else None, baselines=_baselines(home))
    found = structure(lambda name: _tables(home, name))
    if len(found):
        board = board.merge(found, how="left", on=list(GROUP))
    board.to_parquet(work / f"{BOARD}.parquet", index=False)
    calibration(rain, _tables(home, "reliability")).to_parquet(work / f"{CALIBRATION}.parquet", index=False)
    (work / "leaderboard.png").write_bytes(figures.png(figures.leaderboard_figure(board, title="Test months")))
    return {"months": _scored(home), "rows": len(board)}


def _tables(home: Home, name: str) -> "DataFrame":
    import pandas

    from gpm_assets.evaluation import table

    tables = [scores.read_all(home, sensor, months, name) for sensor, months in _scored(home).items()]
    return table.newest(pandas.concat(tables, ignore_index=True))


def _baselines(home: Home) -> dict[str, str]:
    """The better pixel-wise method of every sensor that validation months tell of."""
    from gpm_assets.evaluation.gate import JUDGE, choose_baseline

    judged = [("reference", "==", JUDGE)]
    months = {sensor: scores.scored_months(home, sensor, "validation") for sensor in _scored(home)}
    rows = {sensor: scores.read_all(home, sensor, validated, "rain", judged) for sensor, validated in months.items()}
    chosen = {sensor: choose_baseline(of) for sensor, of in rows.items() if len(of)}
    return {sensor: method for sensor, method in chosen.items() if method}


def read(home: Home, table: str = BOARD) -> "DataFrame":
    """The stored leaderboard, or its other table; raises ProvenanceError where there is none."""
    import pandas

    folder = home.folder(LEADERBOARD, "all")
    provenance.require(folder, world=home.settings.world)
    return pandas.read_parquet(folder / f"{table}.parquet")


SHOWN = (
    "sensor",
    "reference",
    "decides",
    "method",
    "seeds",
    "overpasses",
    "rainy_blocks",
    "pixels",
    "threshold",
    "csi",
    "crps",
    "rmse",
    "r",
    "bias",
    "tb_rmse",
    "anchor",
    "csi_vs_anchor",
    "csi_vs_anchor_low",
    "csi_vs_anchor_high",
    "crps_vs_anchor",
    "crps_vs_anchor_low",
    "crps_vs_anchor_high",
    "csi_seed_std",
    "crps_seed_std",
    "bias_seed_std",
    "gap_closed_csi",
    "gap_closed_crps",
    "claim",
    "note",
)
"""Columns that people see first."""


@dg.asset(
    name=LEADERBOARD,
    group_name="evaluation",
    kinds={"parquet"},
    deps=[stage.all_months(scores.RAIN_SCORES), stage.all_months(scores.TB_SCORES)],
    description=__doc__,
)
def leaderboard(home: HomeResource) -> dg.MaterializeResult[None]:
    """Make the leaderboard."""
    place = home.open()
    with stage.failing_clearly():
        artefact = make(place)
        board, calibration = read(place)[list(SHOWN)], read(place, CALIBRATION)
    figure = (artefact.folder / "leaderboard.png").read_bytes()
    return stage.result(artefact, table=_shown(board), calibration=_shown(calibration), figure=figure)


def _shown(table: "DataFrame") -> dg.TableMetadataValue | None:
    return stage.table(stage.brief(table.astype(object).where(table.notna(), None).to_dict("records")))
