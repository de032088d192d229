"""The check of every training set: training and validation are apart by whole overpasses and months, as the calendar says."""

from pathlib import Path

import dagster as dg

from gpm_assets.collocation import calendar
from models.splits import SplitRow, read_splits, torn

NAME = "splits_apart"


def spec(asset: str) -> dg.AssetCheckSpec:
    """The check of one training set; what is learned from it waits for it."""
    return dg.AssetCheckSpec(
        NAME, asset=asset, blocking=True, description="No overpass and no month stands in two splits; the calendar agrees."
    )


def wrong(rows: list[SplitRow], sensor: str) -> list[str]:
    """What is wrong with a table of splits of a sensor, in words."""
    against = [
        f"month {row.month} stands in {row.split}, the calendar says {said}"
        for row in rows
        if (said := calendar.month_split(row.month, sensor)) != row.split
    ]
    return [*torn(rows), *dict.fromkeys(against)]


def check(asset: str, packs: list[Path], sensor: str) -> dg.AssetCheckResult:
    """Hold the tables of all packs of a set against each other and the calendar."""
    rows = [row for folder in packs for row in read_splits(folder)]
    found = wrong(rows, sensor)
    overpasses = {row.overpass for row in rows}
    return dg.AssetCheckResult(
        check_name=NAME,
        asset_key=asset,
        passed=not found,
        description="; ".join(found[:10]) or f"{len(overpasses)} overpasses, each in one split and each month in one",
        metadata={
            "overpasses": len(overpasses),
            "wrong": len(found),
            "months": dg.MetadataValue.json({split: _months(rows, split) for split in sorted({row.split for row in rows})}),
        },
    )


def _months(rows: list[SplitRow], split: str) -> list[str]:
    return sorted({row.month for row in rows if row.split == split})
