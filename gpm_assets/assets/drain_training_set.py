"""DRAIN's training set: GMI patches labelled with radar rain, split by the calendar; months of the test year never enter."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.assets import matches, pages, splits, stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation import calendar, tally
from gpm_assets.collocation import training_sets as sets
from gpm_assets.collocation.label_tally import WET_MM_H
from gpm_assets.collocation.strata import LABEL_RAIN
from gpm_assets.constellation.descriptions import described
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.errors import RequestError
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.resources.home import HomeResource
from gpm_assets.settings import Home
from models.packs import Pack, PackInfo, PackWriter
from models.retrievals.base import DESCRIPTIONS

DRAIN_SET = "drain_training_set"
PATCHES = "patches"
_MODULES = ("gpm_assets.collocation.tally", "gpm_assets.constellation.descriptions", "models.packs")


def folder(home: Home) -> Path:
    """Where the set lies."""
    return home.folder(DRAIN_SET, "all")


def learning_months(home: Home, asset: str, sensor: str | None = None) -> list[str]:
    """Made months that may train or validate: those of the settings, or all; never a test month."""
    wanted = home.settings.training.months
    made = stage.made_months(home, asset, sensor)
    return [month for month in made if (not wanted or month in wanted) and calendar.month_split(month, sensor or "") != "test"]


def recipe(home: Home) -> Recipe:
    """The set follows from matches and GMI swaths of the learning months, and from which rain is the label.

    Raises RequestError where no month has a label.
    """
    home.settings.require_learnable()
    months = learning_months(home, matches.MATCHES)
    if not months:
        raise RequestError(f"no month of {matches.MATCHES} trains or validates: materialise some outside the test year")
    rain = home.settings.collocation.rain
    if not any(matches.labelled(home, month) for month in months):
        raise RequestError(
            f"no month has labels of {rain} rain: {', '.join(months)}; the pages of {matches.MATCHES} say why, and [collocation] "
            "in settings.toml says which rain is the label"
        )
    for month in months:
        stage.agree(
            home, matches.MATCHES, (month,), {swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, REFERENCE, month)}
        )
    inputs = {f"{matches.MATCHES} {month}": stage.content(home, matches.MATCHES, month) for month in months}
    training = home.settings.training
    config = {
        "patch": training.patch,
        "patches_per_granule": training.patches_per_granule,
        "calendar": calendar.table(),
        "label": rain,
    }
    return stage.recipe(home, DRAIN_SET, "", inputs=inputs, config=config, modules=_MODULES)


def make(home: Home) -> Artefact:
    """Cut labelled patches from every matched GMI granule."""
    wanted = recipe(home)
    return provenance.build(folder(home), wanted, lambda work: _write(home, work))


def _write(home: Home, work: Path) -> dict[str, Any]:
    training = home.settings.training
    months = learning_months(home, matches.MATCHES)
    info = PackInfo(REFERENCE, home.settings.world, sets.GMI_CHANNELS, notes=_notes(months))
    counts = tally.EMPTY
    with PackWriter.open(work / PATCHES, info, (training.patch, training.patch), labelled=True) as writer:
        for month in months:
            swaths = swath_stage.load_all(home, REFERENCE, month)
            for name in store.names(home.folder(matches.MATCHES, month)):
                rain = sets.labels(matches.load(home, month, name))
                patches = sets.labelled_patches(swaths[name](), rain, training.patch, training.patches_per_granule)
                writer.append(patches.tb, patches.index, patches.rain)
                counts = counts + tally.tally(patches, WET_MM_H)
        writer.notes["rain"] = tally.rows({"labels": counts}, LABEL_RAIN)
    pages.of_labels(work, Pack.open(work / PATCHES))
    summary = tally.summary(counts)
    note = None if summary["patches"] else f"no GMI granule of {', '.join(months)} has a patch of which a quarter is labelled"
    label = home.settings.collocation.rain
    return {"note": note, **summary, "months": months, "label": label, "strata": tally.rows({"labels": counts}, LABEL_RAIN)}


def _notes(months: list[str]) -> dict[str, Any]:
    """The calendar, the months, and what the channels are, so that the pack alone is enough to train on."""
    return {"calendar": calendar.table(), "months": months, DESCRIPTIONS: described(instrument(REFERENCE))}


@dg.asset(
    name=DRAIN_SET,
    group_name="training_sets",
    kinds={"numpy"},
    deps=[stage.all_months(matches.MATCHES), stage.all_months(swath_stage.SWATHS)],
    check_specs=[splits.spec(DRAIN_SET)],
    description=__doc__,
)
def drain_training_set(home: HomeResource) -> Iterator[dg.MaterializeResult[None]]:
    """Cut DRAIN's training patches."""
    with stage.failing_clearly():
        place = home.open()
        artefact = make(place)
        apart = splits.check(DRAIN_SET, [folder(place) / PATCHES], REFERENCE)
    yield stage.result(
        artefact, check_results=[apart], strata=stage.table(artefact.metadata["strata"]), **pages.pictures(artefact.folder)
    )
