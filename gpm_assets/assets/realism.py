"""The simulated world against the real one: a year's looks of GMI and its radar beside real statistics, and verdicts.

Means and spreads of every channel over sea and land, extremes, rain by place, season, rate and scale, signatures of rain in
brightness temperatures, scenes that TMI and SSMIS really saw. The sample is made for the purpose, from orbit and world; it
reads no granule.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from gpm_assets import provenance
from gpm_assets.assets import stage
from gpm_assets.errors import RequestError
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.sources import nature
from gpm_assets.settings import Home
from gpm_assets.simulation.realism import Extent

if TYPE_CHECKING:
    from pandas import DataFrame

REALISM = "simulation_realism"
TABLES = ("checks", "channels", "extremes", "zonal", "signatures", "scenes")
"""Tables of the artefact, each a Parquet file."""
_MODULES = ("gpm_assets.evaluation.realism.report", "gpm_assets.evaluation.figures.realism", "gpm_assets.evaluation.figures.png")
_DEFAULT = Extent()


class RealismConfig(dg.Config):
    """How much of the world is looked at."""

    year: int = Field(default=_DEFAULT.year, ge=2014, description="year of the sample")
    pieces: int = Field(default=_DEFAULT.pieces, ge=2, description="pieces of orbits, spread over the year")
    scans: int = Field(default=_DEFAULT.scans, ge=2, description="consecutive scans of a piece")
    lines: int = Field(default=_DEFAULT.lines, ge=2, description="single scans for the spectrum of rain")
    moments: int = Field(default=_DEFAULT.moments, ge=2, description="moments at which the statistics of rain are taken")
    map_step_deg: float = Field(default=_DEFAULT.map_step_deg, gt=0, le=10, description="lattice of the maps in degrees")


def recipe(home: Home, extent: Extent) -> Recipe:
    """A report follows from the nature and the sample; raises RequestError in the real world."""
    if home.settings.world == "real":
        raise RequestError("realism is asked of simulated worlds; this home is of the real one")
    config = asdict(nature(home.settings)) | asdict(extent)
    return stage.recipe(home, REALISM, "", inputs={}, config=config, modules=_MODULES)


def make(home: Home, extent: Extent = _DEFAULT, *, progress: stage.Progress | None = None) -> Artefact:
    """Sample the home's world, compare and draw; stores a Parquet file of each table and a PNG of each figure."""
    return provenance.build(home.folder(REALISM, "all"), recipe(home, extent), lambda work: _write(home, extent, work, progress))


def _write(home: Home, extent: Extent, work: Path, progress: stage.Progress | None) -> dict[str, Any]:
    import pandas

    from gpm_assets.evaluation.figures import png
    from gpm_assets.evaluation.figures.realism import FIGURES, draw
    from gpm_assets.evaluation.realism.report import report

    found = report(nature(home.settings), extent, progress)
    for name in TABLES:
        pandas.DataFrame(found.tables[name]).to_parquet(work / f"{name}.parquet", index=False)
    for name in FIGURES:
        (work / f"{name}.png").write_bytes(png(draw(name, found.sample, found.tables)))
    return {"checked": len(found.checks), "missed": [str(check) for check in found.missed]}


def read(home: Home, name: str) -> "DataFrame":
    """A stored table, one of TABLES; raises ProvenanceError where there is none."""
    import pandas

    folder = home.folder(REALISM, "all")
    provenance.require(folder, world=home.settings.world)
    return pandas.read_parquet(folder / f"{name}.parquet")


def _table(home: Home, name: str) -> dg.TableMetadataValue | None:
    rows = read(home, name).astype(object)
    return stage.table(stage.brief(rows.where(rows.notna(), None).to_dict("records")))


@dg.asset(name=REALISM, group_name="swaths", kinds={"parquet"}, description=__doc__)
def simulation_realism(
    context: dg.AssetExecutionContext, config: RealismConfig, home: HomeResource
) -> dg.MaterializeResult[None]:
    """Hold the home's world against reality."""
    from gpm_assets.evaluation.figures.realism import FIGURES

    place = home.open()
    with stage.failing_clearly():
        artefact = make(place, Extent(**config.model_dump()), progress=stage.logged(context, "pieces of orbits"))
        tables: dict[str, Any] = {name: _table(place, name) for name in TABLES}
    figures: dict[str, Any] = {f"figure_{name}": (artefact.folder / f"{name}.png").read_bytes() for name in FIGURES}
    return stage.result(artefact, asset=None, **figures, **tables)


@dg.asset_check(asset=REALISM, description="Every number of the simulated world lies within its limits of the real one.")
def realism_within_limits(home: HomeResource) -> dg.AssetCheckResult:
    """A warning that lists what misses: the world can be used, and this should be known of it."""
    place = home.open()
    with stage.failing_clearly():
        artefact = provenance.require(place.folder(REALISM, "all"), world=place.settings.world)
    missed = artefact.metadata["missed"]
    return dg.AssetCheckResult(
        passed=not missed,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(missed) or f"all {artefact.metadata['checked']} numbers are within their limits",
        metadata={"checked": artefact.metadata["checked"], "missed": len(missed)},
    )
