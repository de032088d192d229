"""What the scores of a method rest on, whether a claim may be made of them, and in words what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gpm_assets.evaluation.bootstrap import FEWEST_BLOCKS, Blocks
from gpm_assets.evaluation.scores import CONTINGENCY, at
from gpm_assets.evaluation.table import UNREGISTERED
from gpm_assets.evaluation.yardsticks import GMI, RAW
from models.retrievals import RETRIEVALS

if TYPE_CHECKING:
    from pandas import DataFrame

FEWEST_RAINY_BLOCKS = 60
FEWEST_SEEDS = 3
"""Claims need as many rainy blocks, and seeds of what is trained with one."""
RAINY_FROM_PIXELS = 10
"""Reference pixels at the headline threshold from which a block is rainy."""
UNSEEDED = (RAW, GMI, *(name for name, row in RETRIEVALS.items() if not row.seeded))
"""What no seed changes, beside all that is not registered: GPROF, and outsiders' functions."""

BASIS = (
    *("seeds", "overpasses", "failed", "blocks", "block_unit", "rainy_blocks"),
    *("pixels", "missing", "claim", "note"),
)


def basis(scores: DataFrame, drawn: Blocks, threshold: float) -> dict[str, Any]:
    """`BASIS` of the rows of one method: counts are those of one seed, rain is what reaches the threshold in mm/h.

    `overpasses` and `blocks` have a reference pixel, in `failed` of the overpasses some seed retrieved nothing, `missing` is the
    share of reference pixels without a retrieval, `claim` is `yes` or the reason why not, `note` says what is degenerate.
    """
    seeds = scores["seed"].nunique()
    pixels, missing = scores["n"].sum() / seeds, scores["missing"].sum() / seeds
    overpasses = scores[scores["n"] + scores["missing"] > 0]
    runs = overpasses.groupby(["granule", "seed"])["n"].sum()
    found = {
        "seeds": seeds,
        "overpasses": overpasses["granule"].nunique(),
        "failed": runs[runs == 0].index.get_level_values("granule").nunique(),
        "blocks": len(drawn.labels),
        "block_unit": drawn.unit,
        "rainy_blocks": rainy_blocks(scores, drawn, threshold),
        "pixels": round(pixels),
        "missing": missing / (pixels + missing) if pixels + missing else float("nan"),
    }
    trained = scores["method"].iloc[0] not in UNSEEDED and bool((scores["version"] != UNREGISTERED).any())
    notes = [*_pixels(scores, found, threshold), *_intervals(found, drawn, trained)]
    return found | {"claim": claim(found["rainy_blocks"], seeds, trained=trained), "note": "; ".join(notes)}


def rainy_blocks(scores: DataFrame, drawn: Blocks, threshold: float) -> int:
    """Blocks with at least 10 scored pixels whose reference reaches the threshold in mm/h, for one method's rows."""
    wet = scores[at("hits", threshold)] + scores[at("misses", threshold)]
    by_seed = wet.groupby([scores["seed"], scores[drawn.column]]).sum()
    return int((by_seed.groupby(level=1).min() >= RAINY_FROM_PIXELS).sum())


def claim(rainy: int, seeds: int, *, trained: bool = True) -> str:
    """`yes`, or what lacks: "12 of 60 rainy blocks, 1 of 3 seeds"."""
    lacking = [f"{rainy} of {FEWEST_RAINY_BLOCKS} rainy blocks"] if rainy < FEWEST_RAINY_BLOCKS else []
    lacking += [f"{seeds} of {FEWEST_SEEDS} seeds"] if trained and seeds < FEWEST_SEEDS else []
    return ", ".join(lacking) or "yes"


def _pixels(scores: DataFrame, found: dict[str, Any], threshold: float) -> Iterator[str]:
    """What the pixels cannot tell."""
    hits, misses, false_alarms, negatives = (scores[at(name, threshold)].sum() for name in CONTINGENCY)
    if not found["overpasses"]:
        yield "no reference pixel"
    if found["failed"]:
        yield f"nothing retrieved in {found['failed']} of {found['overpasses']} overpasses"
    if found["missing"] > 0 and found["pixels"]:
        yield f"{found['missing']:.0%} of the reference's pixels are missing: other places than those of complete methods"
    if found["pixels"] and hits + misses == 0:
        yield f"all dry: nothing to detect at {threshold:g} mm/h"
    if found["pixels"] and false_alarms + negatives == 0:
        yield f"all wet: no reference below {threshold:g} mm/h"


def _intervals(found: dict[str, Any], drawn: Blocks, trained: bool) -> Iterator[str]:
    """What the intervals cannot tell."""
    if not drawn.enough:
        yield f"no intervals: {found['blocks']} of {FEWEST_BLOCKS} {drawn.unit} blocks"
    elif trained and found["seeds"] == 1:
        yield "one seed: intervals describe blocks alone"
