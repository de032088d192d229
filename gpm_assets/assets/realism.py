"""The simulated world against the real one: a year's looks of GMI and its radar beside real statistics, and verdicts.

Means and spreads of every channel over sea and land, extremes, rain by place, season, rate and scale, signatures of rain in
brightness temperatures, scenes that TMI and SSMIS really saw. The sample is made for the purpose, from orbit and world; it
reads no granule. Where a real scene is at hand (`GPM_ASSETS_REAL_DATA`, a folder with `scenes/`), the domain shift of its TB
against the same pixels simulated is shown as well.
"""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from gpm_assets import provenance
from gpm_assets.assets import stage
from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.sources import nature
from gpm_assets.settings import REAL_DATA_VARIABLE, Home, real_data
from gpm_assets.simulation.realism import Extent

if TYPE_CHECKING:
    from pandas import DataFrame

REALISM = "simulation_realism"
TABLES = ("checks", "channels", "extremes", "zonal", "signatures", "scenes")
"""Tables of the artefact, each a Parquet file."""
SCENE_SHIFT = "scene_shift"
"""Table and figure that are there where a real scene was."""
_MODULES = (
    "gpm_assets.evaluation.realism.report",
    "gpm_assets.evaluation.realism.scene",
    "gpm_assets.evaluation.figures.realism",
    "gpm_assets.evaluation.figures.domain_shift",
    "gpm_assets.evaluation.figures.png",
)
_SCENE_PIXELS = 100
"""Fewest pixels for a number in the figure of a scene: its coasts have fewer."""
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
    """A report follows from the nature, the sample and the real scene; raises RequestError in the real world."""
    if home.settings.world == "real":
        raise RequestError("realism is asked of simulated worlds; this home is of the real one")
    config = asdict(nature(home.settings)) | asdict(extent)
    path = _scene()
    inputs = {"scene": hashlib.sha256(path.read_bytes()).hexdigest()[:16]} if path else {}
    return stage.recipe(home, REALISM, "", inputs=inputs, config=config, modules=_MODULES)


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
    return {
        "checked": len(found.checks),
        "missed": [str(check) for check in found.missed],
        "real_scene": _write_scene(home, work),
    }


def _scene() -> Path | None:
    """The first 1C file among the real scenes, None where there is none."""
    return min((real_data() / "scenes").glob("1C*"), default=None)


def _write_scene(home: Home, work: Path) -> str:
    """Table and figure of the domain shift of the real scene; its granule, or why it is left out."""
    import pandas

    from gpm_assets.evaluation.figures import domain_shift_figure, png
    from gpm_assets.evaluation.realism.scene import DAYS, scene_shift
    from gpm_assets.granules.read import read_1c

    path = _scene()
    if path is None:
        return f"left out: no 1C file in {real_data() / 'scenes'}; set {REAL_DATA_VARIABLE} to a folder that holds scenes/"
    try:
        swaths = read_1c(path)
        rows = scene_shift(nature(home.settings), swaths)
    except GpmAssetsError as error:
        return f"left out: {error}"
    pandas.DataFrame(rows).to_parquet(work / f"{SCENE_SHIFT}.parquet", index=False)
    granule = swaths[0].granule
    title = f"{granule}: real TB against the same pixels and hour on {len(DAYS)} simulated days"
    figure = domain_shift_figure(rows, min_pixels=_SCENE_PIXELS, against="real minus simulated", title=title)
    (work / f"{SCENE_SHIFT}.png").write_bytes(png(figure))
    return granule


def read(home: Home, name: str) -> "DataFrame":
    """A stored table: one of TABLES, or SCENE_SHIFT where there was a real scene; raises ProvenanceError before there is any."""
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
        extra = [SCENE_SHIFT] if (artefact.folder / f"{SCENE_SHIFT}.png").exists() else []
        tables: dict[str, Any] = {name: _table(place, name) for name in (*TABLES, *extra)}
    figures: dict[str, Any] = {f"figure_{name}": (artefact.folder / f"{name}.png").read_bytes() for name in (*FIGURES, *extra)}
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
