"""`gpm-assets inspect FILE`: what a granule is and what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gpm_assets.errors import RequestError

Description = dict[str, Any]
Rows = list[tuple[str, ...]]
_LAST_COLUMNS = (
    ("freezing_level_m", "0 °C level (m)", 0),
    ("probability_of_precipitation", "P(precipitation)", 2),
    ("incidence_degrees", "incidence (°)", 2),
)
"""What a swath is shown with beside its place: key, heading, digits."""
_DOTS_PER_INCH = 120
"""Of pictures: 1560 elements wide at most."""


def inspect(
    file: Path, *, json: bool = False, header: bool = False, picture: Path | None = None, channels: str | None = None
) -> None:
    """Show what a granule is: identity, times, swaths, channels, coverage, quality and what is missing.

    Parameters
    ----------
    file
        A 1C file of any sensor, its 2A-GPROF file, or a 2A-DPR, 2A-Ku or 2B-CMB file; HDF5 or netCDF-4.
    json
        Print everything that is known, the whole header too, as JSON.
    header
        Show every record of the file's header as well.
    picture
        Write a quick-look of all channels, or of rain, to this PNG file.
    channels
        Channels of the picture, separated by commas, e.g. 37V,183.31+-3V; of a radar rain or type.

    """
    from gpm_assets.granules.inspection import describe

    chosen = _chosen(picture, channels)
    description = describe(file)
    if picture is not None:
        _draw(file, description, picture, chosen)
    if json:
        import json as encoder

        print(encoder.dumps(description, indent=2, ensure_ascii=False, allow_nan=False), flush=True)
        return
    lines = [*_facts(description), *_warnings(description), *_tables(description["swaths"])]
    if header:
        lines += _records(description["header"])
    if picture is not None:
        lines += ["", _fact("picture", str(picture))]
    print("\n".join(lines), flush=True)  # so that a reader who has gone is noticed here


def _chosen(picture: Path | None, channels: str | None) -> list[str]:
    if picture is not None and picture.suffix.lower() != ".png":
        raise RequestError(f"--picture {picture}: pictures are PNG, name it {picture.with_suffix('.png').name}")
    if picture is not None and not picture.parent.is_dir():
        raise RequestError(f"--picture {picture}: there is no folder {picture.parent}; make it first")
    if channels and picture is None:
        raise RequestError(f"--channels {channels} chooses what --picture draws; give both")
    typed = (channels or "").replace("+/-", "±").replace("+-", "±")
    return [name.strip() for name in typed.split(",") if name.strip()]


def _draw(file: Path, description: Description, picture: Path, channels: list[str]) -> None:
    """Write the quick-look, atomically."""
    from gpm_assets.evaluation.figures.quicklook import quicklook
    from gpm_assets.granules.inspection import read_any

    _, swaths = read_any(file)
    title = f"{_printable(_name(description))}\n{_span(description)}"
    figure = quicklook(swaths, channels=channels, title=title)
    aside = picture.with_name(f".{picture.name}.{os.getpid()}.part")
    try:
        figure.savefig(aside, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight")
        aside.replace(picture)
    except OSError as error:
        raise RequestError(f"--picture {picture}: cannot be written ({error.strerror})") from error
    finally:
        aside.unlink(missing_ok=True)


def _facts(description: Description) -> Iterator[str]:
    edition = "of an unknown edition" if description["edition"] is None else f"edition {description['edition']}"
    size = f"{description['size_bytes'] / 1e6:.2f} MB"
    maker = description["processing_system"] or "an unknown system"
    yield _fact("granule", _name(description))
    yield _fact("file", description["file"])
    yield _fact("format", f"{description['product']} {edition}, {description['container']}, {size}")
    yield _fact("made by", f"{maker}, algorithm {description['algorithm']}")
    if description["calibration_table"]:
        yield _fact("calibrated", f"by {description['calibration_table']}")
    yield _fact("time", _span(description))
    yield _fact("scanning", _scanning(description["swaths"]))
    missing, inputs = _or_unknown(description["missing_scans"]), description["inputs"]
    yield _fact(
        "header", f"missing scans {missing}, input files {inputs}, made {description['generated'] or 'at an unknown time'}"
    )
    what = "rain rates" if any("rainy_pixels" in swath for swath in description["swaths"]) else "TB"
    yield _fact("valid", f"{_percent(description['valid_fraction'])} of all {what}")


def _fact(label: str, value: str) -> str:
    return f"{label:<11}{_printable(value)}"


def _name(description: Description) -> str:
    number = "near-real-time piece" if description["number"] is None else f"orbit {description['number']:06d}"
    origin = "simulated" if description["simulated"] else "real"
    return (
        f"{description['platform']} {description['sensor']}  {description['level']} {description['version']}  {number}  {origin}"
    )


def _span(description: Description) -> str:
    first, last, by = description["first_scan"], description["last_scan"], ""
    if first is None:
        first, last, by = description["start"], description["stop"], " by the header: no scan has a time"
    return f"{first.replace('T', ' ')} to {last.replace('T', ' ')} UTC{by}"


def _scanning(swaths: Sequence[Description]) -> str:
    periods = dict.fromkeys(f"{swath['scan_period_s']:.4g} s" for swath in swaths if swath["scan_period_s"] is not None)
    limits = [limit for swath in swaths for limit in swath["altitude_km"] or ()]
    altitude = f"{_range([min(limits), max(limits)], 1)} km" if limits else "unknown"
    turns = dict.fromkeys(f"{turn}°" for swath in swaths for turn in swath["orientation_degrees"])
    aft = ", looks aft" if any(swath.get("looks_aft") for swath in swaths) else ""
    return f"every {' or '.join(periods) or '?'}, altitude {altitude}, yaw {' and '.join(turns) or 'unknown'}{aft}"


def _warnings(description: Description) -> Iterator[str]:
    if not description["known"]:
        yield _fact("attention", f"{description['sensor_name']} has no row in the instrument table")
    if description["empty"]:
        yield _fact("attention", "the header calls this granule empty")
    shared: dict[str, list[str]] = {}
    for swath in description["swaths"]:
        for remark in _remarks(swath):
            shared.setdefault(remark, []).append(swath["group"])
    for remark, groups in shared.items():
        yield _fact("attention", f"{' '.join(groups)}: {remark}")


def _remarks(swath: Description) -> Iterator[str]:
    there, said = ((swath[f"scans{where}"], swath[f"pixels{where}"]) for where in ("", "_in_header"))
    if None not in said and there != said:
        cut = "cut: " if there < said else ""
        yield f"{cut}{there[0]} x {there[1]} scans x pixels, {said[0]} x {said[1]} in the header"
    if swath["time_gaps"]:
        yield f"{swath['time_gaps']} gaps between scan times"
    if swath["scans_without_time"]:
        yield f"{swath['scans_without_time']} scans without a time"
    if len(swath["orientation_degrees"]) > 1:
        yield "yaw of " + " and ".join(f"{turn}° in {scans} scans" for turn, scans in swath["orientation_degrees"].items())


def _tables(swaths: Sequence[Description]) -> Iterator[str]:
    if not swaths:
        return
    key, last, digits = next(column for column in _LAST_COLUMNS if column[0] in swaths[0])
    heading = ("swath", "scans", "rays" if "rain_types" in swaths[0] else "pixels", "placed", "latitude", "longitude", last)
    yield from _aligned(heading, [(*_place(swath), _range(swath[key], digits)) for swath in swaths], left=(0,))
    yield from _rain_tables(swaths) if "rainy_pixels" in swaths[0] else _channel_table(swaths)
    yield from _quality_table(swaths)


def _place(swath: Description) -> tuple[str, ...]:
    where = (_span_of(swath["latitude_degrees"], "SN"), _span_of(swath["longitude_degrees"], "WE"))
    return (swath["group"], str(swath["scans"]), str(swath["pixels"]), _percent(swath["placed_fraction"]), *where)


def _channel_table(swaths: Sequence[Description]) -> Iterator[str]:
    rows = [
        (swath["group"], channel["name"], _percent(channel["valid_fraction"]), *_tb(channel))
        for swath in swaths
        for channel in swath["channels"]
    ]
    yield from _aligned(("swath", "channel", "valid", "least TB (K)", "mean TB (K)", "greatest TB (K)"), rows, left=(0, 1))


def _tb(channel: Description) -> tuple[str, ...]:
    if channel["tb_k"] is None:
        return "–", "–", "–"
    least, greatest = channel["tb_k"]
    return tuple(f"{value:.1f}" for value in (least, channel["tb_mean_k"], greatest))


def _rain_tables(swaths: Sequence[Description]) -> Iterator[str]:
    rows: Rows = []
    for swath in swaths:
        mean, limits = swath["rain_mean_where_raining_mm_h"], swath["rain_mm_h"]
        rates = ("–" if value is None else f"{value:.2f}" for value in (mean, limits and limits[1]))
        share = _percent(swath["rainy_pixels"] / swath["valid"]) if swath["valid"] else "–"
        rows.append((swath["group"], _percent(swath["valid_fraction"]), str(swath["rainy_pixels"]), share, *rates))
    heading = ("swath", "rain known", "rainy pixels", "share", "mean in rain (mm/h)", "greatest (mm/h)")
    yield from _aligned(heading, rows, left=(0,))
    for name, key in (("rain type", "rain_types"), ("surface", "surfaces")):
        if key not in swaths[0]:
            continue
        rows = [(swath["group"], name, *map(str, swath[key].values())) for swath in swaths]
        yield from _aligned(("swath", "pixels of", *swaths[0][key]), rows, left=(0, 1))


def _quality_table(swaths: Sequence[Description]) -> Iterator[str]:
    """Pixels by quality code, then what else was masked; a reason that repeats the meaning of a code is not shown twice."""
    rows: Rows = []
    for swath in swaths:
        group, pixels = swath["group"], swath["scans"] * swath["pixels"]
        codes = swath["quality"]
        rows += [(group, str(e["code"]), e["meaning"], str(e["pixels"]), _percent(e["fraction"]), e["fate"]) for e in codes]
        for reason, number in swath["masked"].items():
            if reason in {entry["meaning"] for entry in codes}:
                continue
            whole, fate = ("", "") if reason.startswith("scans") else (_percent(number / pixels), "mask")
            rows.append((group, "", reason, str(number), whole, fate))
    yield from _aligned(("swath", "code", "quality", "pixels", "share", "fate"), rows, left=(0, 2, 5))


def _records(header: dict[str, dict[str, str]]) -> Iterator[str]:
    for name, entries in header.items():
        width = max(map(len, entries), default=0) + 2
        yield from ("", name, "-" * len(name))
        for key, value in entries.items():
            parts = f",\n{'':<{width}}".join(_printable(part.strip()) for part in value.split(","))
            yield f"{key:<{width}}{parts}".rstrip()


def _aligned(heading: tuple[str, ...], rows: Rows, left: tuple[int, ...]) -> Iterator[str]:
    """A table after an empty line, numbers to the right; never narrower than its content, so that nothing is cut."""
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    yield ""
    for row in (heading, tuple("-" * width for width in widths), *rows):
        cells = (f"{cell:{'<' if i in left else '>'}{width}}" for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
        yield _printable("  ".join(cells).rstrip())


def _range(limits: list[float] | None, digits: int) -> str:
    if limits is None:
        return "–"
    least, greatest = (f"{limit:.{digits}f}" for limit in limits)
    return least if least == greatest else f"{least} to {greatest}"


def _span_of(limits: list[float] | None, sides: str) -> str:
    """Degrees with their hemisphere, negative values on the first side."""
    if limits is None:
        return "–"
    return " to ".join(f"{abs(limit):.1f}{sides[limit >= 0]}" for limit in limits)


def _percent(share: float) -> str:
    """Per cent, with neither a few pixels rounded to none nor nearly all to all."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return ">99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"


def _or_unknown(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _printable(text: str) -> str:
    """The text without control characters: a header may hold what would command a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
