"""References of a sensor's month: which there are, what they rest on, and its overpasses one by one.

Test months of a simulation are held against its truth. Wherever overlaps with GMI were found they are held against the radar's
rain and against DRAIN on GMI's TB too, as real data can be; validation months against these alone. GMI itself meets the radar at
its own pixels wherever a month was matched, and needs no overlaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.assets import matches, overlaps, stage, truth
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation import calendar
from gpm_assets.collocation.grid import spacing_km
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.errors import RequestError
from gpm_assets.evaluation.known import from_matches, from_overlap, from_truth
from gpm_assets.evaluation.methods import Answer
from gpm_assets.evaluation.references import CMB, DPR, Overpass
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from gpm_assets.settings import Home
    from models.retrievals.base import Retrieval

RADAR_RAIN: Mapping[str, str] = {DPR: "near surface", CMB: "combined"}
"""Which rain of the radar's matches is which reference."""


def needed(home: Home, sensor: str, month: str) -> tuple[str, ...]:
    """Assets that the references of a month rest on: those that must be there, and the radar of a test month where it is."""
    tested, simulated = calendar.month_split(month, sensor) == "test", home.settings.world != "real"
    known = (truth.TRUTH,) if tested and simulated else ()
    folders = {matches.MATCHES: home.folder(matches.MATCHES, month)}
    if sensor != REFERENCE:
        folders = {overlaps.OVERLAPS: home.folder(overlaps.OVERLAPS, sensor, month)} | folders
    made = all(provenance.read(folder) is not None for folder in folders.values())
    return (*known, *folders) if made or not known else known


def inputs(home: Home, sensor: str, month: str) -> dict[str, str]:
    """Content hashes of what the references rest on; raises ProvenanceError where it is missing, or points into other swaths."""
    found = {swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, sensor, month)}
    assets = needed(home, sensor, month)
    if truth.TRUTH in assets:
        found[truth.TRUTH] = stage.content(home, truth.TRUTH, sensor, month)
    if overlaps.OVERLAPS in assets:
        found[overlaps.OVERLAPS] = stage.content(home, overlaps.OVERLAPS, sensor, month)
        found[REFERENCE] = stage.content(home, swath_stage.SWATHS, REFERENCE, month)
        swaths = {sensor: found[swath_stage.SWATHS], REFERENCE: found[REFERENCE]}
        stage.agree(home, overlaps.OVERLAPS, (sensor, month), swaths)
    if matches.MATCHES in assets:
        found[matches.MATCHES] = stage.content(home, matches.MATCHES, month)
        stage.agree(
            home, matches.MATCHES, (month,), {swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, REFERENCE, month)}
        )
    return found


def overpasses(home: Home, sensor: str, month: str, drain: Retrieval | None) -> Iterator[Overpass]:
    """Comparable overpasses of a month, one at a time: whole granules against the truth, parts of them against GMI and radar.

    Of GMI whole granules with all references side by side; `drain`, the yardstick at a partner's pixels, is not asked there.
    """
    assets = needed(home, sensor, month)
    if sensor == REFERENCE:
        yield from (gmi_overpass(home, month, name) for name in _granules(home, month, assets))
        return
    if drain is None:
        raise RequestError(f"{sensor} is held against DRAIN on GMI's TB too: give its DRAIN")
    if truth.TRUTH in assets:
        yield from _against_truth(home, sensor, month, drain)
    if overlaps.OVERLAPS in assets:
        yield from _at_overlaps(home, sensor, month, drain)


def count(home: Home, sensor: str, month: str) -> int:
    """How many overpasses there are."""
    assets = needed(home, sensor, month)
    if sensor == REFERENCE:
        return len(_granules(home, month, assets))
    whole = len(store.names(home.folder(swath_stage.SWATHS, sensor, month))) if truth.TRUTH in assets else 0
    return whole + (len(store.names(home.folder(overlaps.OVERLAPS, sensor, month))) if overlaps.OVERLAPS in assets else 0)


def _granules(home: Home, month: str, assets: tuple[str, ...]) -> list[str]:
    """GMI's granules with a reference: all where truth is known, else those that the radar met."""
    where = (swath_stage.SWATHS, REFERENCE) if truth.TRUTH in assets else (matches.MATCHES,)
    return list(store.names(home.folder(*where, month)))


def gmi_overpass(home: Home, month: str, name: str) -> Overpass:
    """One comparable granule of GMI with all references of it."""
    assets = needed(home, REFERENCE, month)
    swath = swath_stage.load_all(home, REFERENCE, month)[name]()
    known = from_truth(swath, truth.load(home, REFERENCE, month, name), None) if truth.TRUTH in assets else ()
    matched = matches.MATCHES in assets and name in store.names(home.folder(matches.MATCHES, month))
    radar = {one: matches.load(home, month, name, rain) for one, rain in RADAR_RAIN.items() if matched}
    return Overpass(name, swath, (*known, *from_matches(swath, radar)), _spacing(home, REFERENCE)).comparable()


def _against_truth(home: Home, sensor: str, month: str, drain: Retrieval) -> Iterator[Overpass]:
    for name, load in swath_stage.load_all(home, sensor, month).items():
        swath, known = load(), truth.load(home, sensor, month, name)
        yield Overpass(name, swath, from_truth(swath, known, drain), _spacing(home, sensor)).comparable()


def _at_overlaps(home: Home, sensor: str, month: str, drain: Retrieval) -> Iterator[Overpass]:
    partners = swath_stage.load_all(home, sensor, month)
    gmi = swath_stage.load_all(home, REFERENCE, month)
    matched = set(store.names(home.folder(matches.MATCHES, month)))

    @lru_cache(maxsize=2)
    def retrieved(name: str) -> tuple[Swath, Answer]:
        swath = gmi[name]()
        return swath, Answer(drain, swath.tb)

    for name, gmi_name, pairs in overlaps.load(home, sensor, month):
        swath, (gmi_swath, answer) = partners[name](), retrieved(gmi_name)
        radar = {one: matches.load(home, month, gmi_name, rain) for one, rain in RADAR_RAIN.items() if gmi_name in matched}
        found = from_overlap(swath, gmi_swath, pairs, radar, answer)
        yield Overpass(f"{name}+{gmi_name}", swath, found, _spacing(home, sensor)).comparable()


def _spacing(home: Home, sensor: str) -> tuple[float, float] | None:
    return spacing_km(instrument(sensor)) if home.settings.collocation.sampling == "GMI-like" else None
