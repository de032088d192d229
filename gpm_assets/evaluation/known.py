"""Building references: the simulated truth of a swath, and what radar and GMI say where they saw the same places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation.radar import RadarMatch, unseen
from gpm_assets.collocation.training_sets import labels
from gpm_assets.evaluation.methods import Answer, Image
from gpm_assets.evaluation.references import DPR, DRAIN_GMI, TRUTH, OnGmi, Reference
from gpm_assets.evaluation.regimes import WET_MM_H
from gpm_assets.evaluation.strata import Scene
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from gpm_assets.collocation.overlaps import Overlap
    from gpm_assets.simulation.truth import Truth
    from models.retrievals.base import Retrieval

CONVECTIVE_SHARE = 0.5
"""Share of true rain that makes it convective."""


def from_truth(swath: Swath, truth: Truth, drain: Retrieval | None) -> tuple[Reference, ...]:
    """The true rain and GMI's TB without noise; the yardstick is DRAIN on GMI's TB with noise, if any."""
    wet = truth.rain_mm_h >= WET_MM_H
    kinds = [~np.isfinite(truth.rain_mm_h), ~wet, truth.convective_fraction >= CONVECTIVE_SHARE]
    scene = _scene(
        swath,
        truth.rain_mm_h,
        rain_type=np.select(kinds, [-1, 0, 2], 1).astype(np.int8),
        freezing_level_m=truth.freezing_level_m,
        storm_top_m=truth.storm_top_m,
        lag_s=np.zeros(swath.shape, np.float32),
    )
    on_gmi = None if drain is None else Answer(drain, truth.tb_noisy)(truth.rain_mm_h)
    return (Reference(TRUTH, truth.rain_mm_h, scene, on_gmi, truth.tb),)


def from_matches(swath: Swath, radar: Mapping[str, RadarMatch]) -> tuple[Reference, ...]:
    """The radar's rains by name at the pixels of GMI's own swath."""
    found = []
    for name, match in radar.items():
        rain, known = (
            labels(match),
            {one: getattr(match, one) for one in ("rain_type", "freezing_level_m", "storm_top_m", "lag_s")},
        )
        found.append(Reference(name, rain, _scene(swath, rain, **known)))
    return tuple(found)


def from_overlap(
    swath: Swath, gmi: Swath, pairs: Overlap, radar: Mapping[str, RadarMatch], answer: Answer
) -> tuple[Reference, ...]:
    """The radar's rains by name, and DRAIN's on GMI's TB, at the partner's pixels; `answer` is DRAIN's of GMI's swath."""

    def placed(values: Any, nothing: float = np.nan) -> Any:
        return _placed(values, pairs.second, pairs.first, swath.shape, nothing)

    lag = _placed(pairs.time_s, np.arange(len(pairs)), pairs.first, swath.shape)
    met = np.unique(pairs.second)

    def scene(rain: Image, match: RadarMatch) -> Scene:
        return _scene(
            swath,
            rain,
            rain_type=placed(match.rain_type, -1),
            freezing_level_m=placed(match.freezing_level_m),
            storm_top_m=placed(match.storm_top_m),
            lag_s=lag,
        )

    def on_gmi(rain: Image) -> OnGmi:
        latitude, longitude = (values.reshape(-1)[met] for values in (gmi.latitude, gmi.longitude))
        time = gmi.time[met // gmi.shape[1]]
        return OnGmi(latitude, longitude, time, rain.reshape(-1)[met], answer.mean.reshape(-1)[met])

    found = []
    for name, match in radar.items():
        label = labels(match)
        rain, seen = placed(label), answer(label).at(pairs.second, pairs.first, swath.shape)
        found.append(Reference(name, rain, scene(rain, match), seen, on_gmi=on_gmi(label)))
    rain = placed(answer.mean)
    where = radar.get(DPR) or unseen(gmi.shape)
    return (*found, Reference(DRAIN_GMI, rain, scene(rain, where), tb=placed(gmi.tb), on_gmi=on_gmi(answer.mean)))


def _scene(swath: Swath, rain: Image, **known: Any) -> Scene:
    return Scene(
        latitude=swath.latitude,
        longitude=swath.longitude,
        time=swath.time,
        incidence_deg=np.abs(swath.incidence[..., 0]),
        rain_mm_h=rain,
        **known,
    )


def _placed(
    values: NDArray[Any], index: NDArray[Any], into: NDArray[Any], shape: tuple[int, int], nothing: float = np.nan
) -> NDArray[Any]:
    """Values (scan, pixel, ...) at flat pixels `index`, put at flat pixels `into` of an image of `shape`; `nothing` elsewhere."""
    trailing = values.shape[2:]
    placed = np.full((shape[0] * shape[1], *trailing), nothing, values.dtype)
    placed[into] = values.reshape(-1, *trailing)[index]
    return placed.reshape(*shape, *trailing)
