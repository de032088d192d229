"""`gpm-assets inspect FILE`: what a granule is and what is in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpm_assets.errors import GpmAssetsError

if TYPE_CHECKING:
    from rich.console import Console

_HEADINGS = ("group", "scans x pixels", "time (UTC)", "latitude", "longitude", "valid", "channels or rain", "masked")


def inspect(file: Path, *, json: bool = False) -> None:
    """Show platform, sensor, version, swaths, channels, coverage and valid fraction of a granule.

    Parameters
    ----------
    file
        A 1C file of any sensor, or a 2A-DPR, 2A-Ku or 2B-CMB file; HDF5 or netCDF-4.
    json
        Print everything that is known as JSON.

    """
    from gpm_assets.granules.inspection import describe

    try:
        description = describe(file)
    except GpmAssetsError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        raise SystemExit(1) from None
    if json:
        import json as encoder

        print(encoder.dumps(description, indent=2, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console

    _show(description, Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False))


def _show(description: dict[str, Any], console: Console) -> None:
    from rich.table import Table

    number = "" if description["number"] is None else f" #{description['number']:06d}"
    product = f"{description['product']} {description['version']}{number}"
    origin = "simulated" if description["simulated"] else "real"
    known = "" if description["known"] else "; no reader here accepts it"
    console.print(f"{description['file']}  ({description['size_bytes'] / 1e6:.2f} MB)")
    console.print(f"{description['platform']} {description['sensor']}, {product}, {origin}{known}")
    console.print(f"{description['start']} to {description['stop']} UTC, valid {description['valid_fraction']:.1%}")
    table = Table(*_HEADINGS)
    for swath in description["swaths"]:
        table.add_row(*_row(swath))
    console.print(table)


def _row(swath: dict[str, Any]) -> tuple[str, ...]:
    return (
        swath["group"],
        f"{swath['scans']} x {swath['pixels']}",
        "none" if swath["first_scan"] is None else f"{swath['first_scan']}\n{swath['last_scan']}",
        _degrees(swath["latitude_degrees"]),
        _degrees(swath["longitude_degrees"]),
        f"{swath['valid_fraction']:.1%}",
        "\n".join(_channel(channel) for channel in swath["channels"]) or _rain(swath),
        "\n".join(f"{reason}: {number}" for reason, number in swath.get("masked", {}).items()),
    )


def _degrees(limits: list[float] | None) -> str:
    return "none" if limits is None else f"{limits[0]:.2f} to {limits[1]:.2f}"


def _channel(channel: dict[str, Any]) -> str:
    limits = channel["tb_k"]
    return channel["name"] + (" missing" if limits is None else f" {limits[0]:.1f} to {limits[1]:.1f} K")


def _rain(swath: dict[str, Any]) -> str:
    limits = swath["rain_mm_h"]
    return "rain missing" if limits is None else f"{swath['rainy_pixels']} rainy pixels, at most {limits[1]:.2f} mm/h"
