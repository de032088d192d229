"""Model cards: what somebody must know who finds a checkpoint without the platform."""

from collections.abc import Mapping
from typing import Any

from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.provenance import Recipe
from models.retrievals import RETRIEVALS
from models.retrievals.base import WET_MM_H, Retrieval


def of_retrieval(
    method: str, seed: int, model: Retrieval, wanted: Recipe, training: Mapping[str, Any], scores: Mapping[str, float]
) -> str:
    """The card of a retrieval: `training` is the metadata of its training set, `scores` are those on validation patches."""
    described = {channel.name: channel for channel in instrument(REFERENCE).channels}
    channels = "\n".join(
        f"| {number} | {name} | {described[name].frequency_ghz:g} | {described[name].polarisation} |"
        for number, name in enumerate(model.channels)
    )
    months = ", ".join(training.get("months", []))
    measured = "\n".join(f"| {name.removeprefix('validation_')} | {value:.4g} |" for name, value in scores.items())
    levels = " to ".join(f"{float(model.levels[end]):g}" for end in (0, -1))
    return f"""---
license: mit
tags: [precipitation, passive-microwave, GPM, {wanted.world}]
---
# {method}, seed {seed}

{RETRIEVALS[method].what}. Rain rate from GMI's brightness temperatures, trained in the **{wanted.world}** world.

## Input
float32 (batch, channel, scan, pixel), brightness temperatures in **K**, NaN where missing, on GMI's sampling (5.8 km along the
scan, 13.5 km between scans), scans in the order in which they look forward.

| channel | name | GHz | polarisation |
| --- | --- | --- | --- |
{channels}

## Output
float32 (batch, {len(model.levels)} + 1, scan, pixel) in mm/h: quantiles at levels {levels}, and last the mean, which is an
estimate of its own. A pixel is called wet where P(rain >= {WET_MM_H:g} mm/h) >= {model.wet_probability:.3f}.

## Training
Labels: {training.get("label")} rain of the radar, averaged by the 36.64 GHz footprint; months {months};
training set {next(iter(wanted.inputs.values()))}, code {wanted.code}. The months of the test year never enter.

| on validation patches | mm/h, or none |
| --- | --- |
{measured}

## Limits
Labels exist within the radar's swath, the middle quarter of GMI's; radar sees little rain below 0.2 to 0.5 mm/h and little light
snow, and what it misses is missed here too. Not for brightness temperatures of another sensor unless they were translated to
GMI's, not for the other world (simulated or real) unless asked for by name, not for single storms without the quantiles.

## Use
```python
from models import checkpoint
rain = checkpoint.load("this folder").predict(tb)  # rain.mean, rain.quantile(0.9), rain.exceedance(0.1), rain.samples(...)
```
"""
