"""How much rain a set of patches holds, by split and stratum: additive counts, and what two domains still differ in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation.strata import RAIN
from gpm_assets.collocation.training_sets import Patches
from models.splits import SPLITS

Counts = NDArray[np.float64]

_PATCHES, _WEIGHT, _PIXELS, _WET = range(4)
EMPTY: Counts = np.zeros((len(SPLITS), len(RAIN), 4))


def tally(patches: Patches, wet_mm_h: float) -> Counts:
    """Counts (split, rain stratum, 4) of patches: number, weight, weighted pixels whose rain is known, weighted wet ones.

    Counts of several granules add up. Wet is rain, or its proxy, above `wet_mm_h`.
    """
    found = EMPTY.copy()
    weight = patches.index["weight"].astype(np.float64)
    known, wet = (np.sum(mask, axis=(1, 2)) for mask in (np.isfinite(patches.rain), patches.rain > wet_mm_h))
    for number, split in enumerate(SPLITS):
        chosen = patches.index["split"] == split
        values = np.stack([np.ones(chosen.sum()), weight[chosen], (weight * known)[chosen], (weight * wet)[chosen]], axis=1)
        np.add.at(found[number], patches.index["stratum"][chosen], values)
    return found


def rows(domains: Mapping[str, Counts], names: tuple[str, ...] = RAIN) -> list[dict[str, Any]]:
    """A row for every domain, split and stratum: patches, share of the domain's weight, share of its pixels that are wet."""
    return [
        {
            "domain": domain,
            "split": split,
            "stratum": stratum,
            "patches": int(counts[i, j, _PATCHES]),
            "share": _ratio(counts[i, j, _WEIGHT], counts[i, :, _WEIGHT].sum()),
            "rain_fraction": _ratio(counts[i, j, _WET], counts[i, j, _PIXELS]),
        }
        for domain, counts in domains.items()
        for i, split in enumerate(SPLITS)
        for j, stratum in enumerate(names)
    ]


def summary(counts: Counts) -> dict[str, Any]:
    """Patches in all, by split and by rain stratum, and the share of wet pixels where each patch counts by its weight."""
    return {
        "patches": int(counts[..., _PATCHES].sum()),
        "patches_per_split": {split: int(counts[i, :, _PATCHES].sum()) for i, split in enumerate(SPLITS)},
        "patches_per_rain_stratum": counts[..., _PATCHES].sum(axis=0).astype(int).tolist(),
        "rain_fraction": _ratio(counts[..., _WET].sum(), counts[..., _PIXELS].sum()),
    }


def mismatch(source: Counts, target: Counts) -> dict[str, float | None]:
    """Rain frequency of the training patches of the source over that of the target: as they are, and drawn stratum by stratum.

    A distribution that is matched as they are is asked to remove or invent that much rain; the second is what strata leave of it,
    the target's strata counted alike in both.
    """
    one, other = source[0], target[0]
    both = (one[:, _PIXELS] > 0) & (other[:, _PIXELS] > 0)
    shares = np.where(both, other[:, _WEIGHT], 0.0)
    within = [
        float(np.sum(shares[both] * each[both, _WET] / each[both, _PIXELS]) / max(shares.sum(), 1e-30)) for each in (one, other)
    ]
    plain = [each[:, _WET].sum() / max(each[:, _PIXELS].sum(), 1e-30) for each in (one, other)]
    return {"without_strata": _ratio(*plain), "within_strata": _ratio(*within)}


def _ratio(part: float, whole: float) -> float | None:
    """Four digits of a quotient, None where nothing is known."""
    return float(f"{part / whole:.4g}") if whole > 0 else None
