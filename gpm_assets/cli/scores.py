"""`gpm-assets scores`: methods by stratum, or by two strata crossed, with how many pixels each number rests on."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gpm_assets.settings import Home

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table


def scores(
    by: str,
    crossed_with: str | None = None,
    *,
    sensor: str | None = None,
    reference: str | None = None,
    channel: str | None = None,
    measure: str | None = None,
    validation: bool = False,
    json: bool = False,
) -> None:
    """Show a measure of every method by class of a stratum, or of one stratum crossed with another.

    Strata: surface, latitude_band, climate, climate_class, terrain, season, solar_time, rain_type, rain_class, retrieved_class,
    regime, freezing_level, scan_position, incidence, time_difference.

    Parameters
    ----------
    by
        The stratum whose classes are shown, e.g. surface.
    crossed_with
        A second stratum, e.g. season.
    sensor
        One sensor, by default all.
    reference
        One reference: truth, DPR, CMB or DRAIN(GMI); by default those there are.
    channel
        TB of one of GMI's channels instead of rain, e.g. 89V.
    measure
        Of rain: csi (by default), crps, bias, rmse, r, relative_bias, frequency_bias, hss, csi@0.5, crps_above@2.5 and so on.
        Of TB: rmse (by default), bias, mae, r, in K.
    validation
        Months of validation instead of test.
    json
        Print JSON with all measures and intervals instead of tables.
    """
    from rich.console import Console

    from gpm_assets.assets.score_tables import by_strata

    strata = [by, crossed_with] if crossed_with else [by]
    split = "validation" if validation else "test"
    found = by_strata(Home(), strata, sensor=sensor, reference=reference, channel=channel, split=split)
    if json:
        print(json_module.dumps(found.astype(object).where(found.notna(), None).to_dict("records"), indent=1))
        return
    console = Console()
    for shown in tables(found, strata, measure or ("rmse" if channel else "csi")):
        console.print(shown)


def tables(found: DataFrame, strata: list[str], measure: str) -> Iterator[Table]:
    """A table per sensor and reference, methods within classes; raises RequestError for a measure that there is not."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from gpm_assets.errors import RequestError

    if measure not in found.columns:
        known = [name for name in found.columns if found[name].dtype.kind == "f" and not name.endswith(("_low", "_high"))]
        raise RequestError(f"there is no measure {measure!r}; measures are {', '.join(known)}")
    for (world, sensor, of, split), rows in found.groupby(["world", "sensor", "reference", "split"], sort=False):
        shown = Table(
            title=f"{_what(rows)} of {sensor} against {of} by {' and '.join(strata)}, {split} months, {world} world",
            caption=_caption(rows),
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        for name in (*strata, "method"):
            shown.add_column(name, no_wrap=True)
        with_interval = f"{measure}_low" in rows and rows[f"{measure}_low"].notna().any()
        rainy = ["rainy"] if "rainy_blocks" in rows else []
        for name in (measure, *(["95 %"] if with_interval else []), "pixels", "blocks", *rainy):
            shown.add_column(name, justify="right", no_wrap=True)
        for classes, cell in rows.groupby(strata, sort=False, observed=True):
            for number, row in enumerate(cell.to_dict("records")):
                named = classes if number == 0 else [""] * len(strata)
                interval = [_interval(row, measure)] if with_interval else []
                counts = [f"{row['pixels']:,}", *(str(row[name]) for name in ("blocks", "rainy_blocks") if name in row)]
                shown.add_row(*map(str, named), row["method"], _number(row[measure]), *interval, *counts)
            shown.add_section()
        yield shown


def _what(rows: DataFrame) -> str:
    return f"{rows['channel'].iloc[0]} TB" if "channel" in rows else "rain"


def _caption(rows: DataFrame) -> str:
    return "K" if "channel" in rows else f"mm/h; detection (csi, hss, frequency_bias) at {rows['threshold'].iloc[0]:g} mm/h"


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3g}"


def _interval(row: dict[Any, Any], measure: str) -> str:
    low, high = row[f"{measure}_low"], row[f"{measure}_high"]
    return "–" if low != low else f"{low:.3g} to {high:.3g}"
