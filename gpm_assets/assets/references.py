"""References of a sensor's month: which there are, what they rest on, and its overpasses one by one.

Test months of a simulation are held against its truth. Wherever overlaps with GMI were found they are held against the radar's
rain and against DRAIN on GMI's TB too, as real data can be; validation months against these alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.assets import matches, overlaps, stage, truth
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation import calendar
from gpm_assets.collocation.grid import spacing_km
from gpm_assets.collocation.radar import RadarMatch, unseen
from gpm_assets.collocation.training_sets import labels
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.evaluation.methods import Answer, Image
from gpm_assets.evaluation.references import CMB, DPR, DRAIN_GMI, TRUTH, OnGmi, Overpass, Reference
from gpm_assets.evaluation.strata import Scene
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from gpm_assets.collocation.overlaps import Overlap
    from gpm_assets.settings import Home
    from models.drain import Drain

RADAR_RAIN: Mapping[str, str] = {DPR: "near surface", CMB: "combined"}
"""Which rain of the radar's matches is which reference."""
_WET_MM_H, _CONVECTIVE_SHARE = 0.1, 0.5
"""From where on true rain has a type, and the share of it that makes it convective."""


def needed(home: Home, sensor: str, month: str) -> tuple[str, ...]:
    """Assets that the references of a month rest on: those that must be there, and overlaps of a test month where they are."""
    tested, simulated = calendar.month_split(month, sensor) == "test", home.settings.world != "real"
    from_truth = (truth.TRUTH,) if tested and simulated else ()
    optional = bool(from_truth) and not _overlapped(home, sensor, month)
    return from_truth if optional else (*from_truth, overlaps.OVERLAPS, matches.MATCHES)


def inputs(home: Home, sensor: str, month: str) -> dict[str, str]:
    """Content hashes of what the references rest on; raises ProvenanceError where it is missing, or points into other swaths."""
    found = {swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, sensor, month)}
    assets = needed(home, sensor, month)
    if truth.TRUTH in assets:
        found[truth.TRUTH] = stage.content(home, truth.TRUTH, sensor, month)
    if overlaps.OVERLAPS in assets:
        found[overlaps.OVERLAPS] = stage.content(home, overlaps.OVERLAPS, sensor, month)
        found[matches.MATCHES] = stage.content(home, matches.MATCHES, month)
        found[REFERENCE] = stage.content(home, swath_stage.SWATHS, REFERENCE, month)
        swaths = {sensor: found[swath_stage.SWATHS], REFERENCE: found[REFERENCE]}
        stage.agree(home, overlaps.OVERLAPS, (sensor, month), swaths)
        stage.agree(home, matches.MATCHES, (month,), {swath_stage.SWATHS: found[REFERENCE]})
    return found


def overpasses(home: Home, sensor: str, month: str, drain: Drain) -> Iterator[Overpass]:
    """Comparable overpasses of a month, one at a time: whole granules against the truth, parts of them against GMI and radar."""
    assets = needed(home, sensor, month)
    if truth.TRUTH in assets:
        yield from _against_truth(home, sensor, month, drain)
    if overlaps.OVERLAPS in assets:
        yield from _at_overlaps(home, sensor, month, drain)


def count(home: Home, sensor: str, month: str) -> int:
    """How many overpasses there are."""
    assets = needed(home, sensor, month)
    whole = len(store.names(home.folder(swath_stage.SWATHS, sensor, month))) if truth.TRUTH in assets else 0
    return whole + (len(store.names(home.folder(overlaps.OVERLAPS, sensor, month))) if overlaps.OVERLAPS in assets else 0)


def _overlapped(home: Home, sensor: str, month: str) -> bool:
    made = home.folder(overlaps.OVERLAPS, sensor, month), home.folder(matches.MATCHES, month)
    return all(provenance.read(folder) is not None for folder in made)


def _against_truth(home: Home, sensor: str, month: str, drain: Drain) -> Iterator[Overpass]:
    for name, load in swath_stage.load_all(home, sensor, month).items():
        swath, known = load(), truth.load(home, sensor, month, name)
        wet = known.rain_mm_h >= _WET_MM_H
        kinds = [~np.isfinite(known.rain_mm_h), ~wet, known.convective_fraction >= _CONVECTIVE_SHARE]
        scene = _scene(
            swath,
            known.rain_mm_h,
            rain_type=np.select(kinds, [-1, 0, 2], 1).astype(np.int8),
            freezing_level_m=known.freezing_level_m,
            storm_top_m=known.storm_top_m,
            lag_s=np.zeros(swath.shape, np.float32),
        )
        seen = Answer(drain, known.tb_noisy)(known.rain_mm_h)
        reference = Reference(TRUTH, known.rain_mm_h, scene, seen, known.tb)
        yield Overpass(name, swath, (reference,), _spacing(home, sensor)).comparable()


def _at_overlaps(home: Home, sensor: str, month: str, drain: Drain) -> Iterator[Overpass]:
    partners = swath_stage.load_all(home, sensor, month)
    gmi = swath_stage.load_all(home, REFERENCE, month)
    matched = set(store.names(home.folder(matches.MATCHES, month)))
    for name, gmi_name, pairs in overlaps.load(home, sensor, month):
        swath, gmi_swath = partners[name](), gmi[gmi_name]()
        radar = {one: matches.load(home, month, gmi_name, rain) for one, rain in RADAR_RAIN.items() if gmi_name in matched}
        found = _references(swath, gmi_swath, pairs, radar, Answer(drain, gmi_swath.tb))
        yield Overpass(f"{name}+{gmi_name}", swath, found, _spacing(home, sensor)).comparable()


def _references(
    swath: Swath, gmi: Swath, pairs: Overlap, radar: Mapping[str, RadarMatch], answer: Answer
) -> tuple[Reference, ...]:
    """The radar's rains and DRAIN's on GMI's TB, at the partner's pixels."""

    def placed(values: Any, nothing: float = np.nan) -> Any:
        return _placed(values, pairs.second, pairs.first, swath.shape, nothing)

    lag = _placed(pairs.time_s, np.arange(len(pairs)), pairs.first, swath.shape)

    def scene(rain: Image, match: RadarMatch) -> Scene:
        return _scene(
            swath,
            rain,
            rain_type=placed(match.rain_type, -1),
            freezing_level_m=placed(match.freezing_level_m),
            storm_top_m=placed(match.storm_top_m),
            lag_s=lag,
        )

    met = np.unique(pairs.second)

    def on_gmi(rain: Image) -> OnGmi:
        latitude, longitude = (values.reshape(-1)[met] for values in (gmi.latitude, gmi.longitude))
        return OnGmi(latitude, longitude, rain.reshape(-1)[met], answer.mean.reshape(-1)[met])

    found = []
    for name, match in radar.items():
        label = labels(match)
        rain, seen = placed(label), answer(label).at(pairs.second, pairs.first, swath.shape)
        found.append(Reference(name, rain, scene(rain, match), seen, on_gmi=on_gmi(label)))
    rain = placed(answer.mean)
    where = radar.get(DPR) or unseen(gmi.shape)
    return (*found, Reference(DRAIN_GMI, rain, scene(rain, where), tb=placed(gmi.tb), on_gmi=on_gmi(answer.mean)))


def _spacing(home: Home, sensor: str) -> tuple[float, float] | None:
    return spacing_km(instrument(sensor)) if home.settings.collocation.sampling == "GMI-like" else None


def _scene(swath: Swath, rain: Image, **known: Any) -> Scene:
    return Scene(
        latitude=swath.latitude,
        longitude=swath.longitude,
        time=swath.time,
        incidence_deg=np.abs(swath.incidence[..., 0]),
        rain_mm_h=rain,
        **known,
    )


def _placed(values: Any, index: Any, into: Any, shape: tuple[int, int], nothing: float = np.nan) -> Any:
    """Values (scan, pixel, ...) at flat pixels `index`, put at flat pixels `into` of an image of `shape`; `nothing` elsewhere."""
    trailing = values.shape[2:]
    placed = np.full((shape[0] * shape[1], *trailing), nothing, values.dtype)
    placed[into] = values.reshape(-1, *trailing)[index]
    return placed.reshape(*shape, *trailing)
