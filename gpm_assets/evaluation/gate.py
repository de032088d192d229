"""The gate: which registered translator of a sensor becomes its champion, from validation scores against the radar alone.

A method is chosen by the mean CRPS of its seeds, the alias points to its median seed. Where raw exists a method must beat it,
else raw itself is champion: no product is made worse by a translation. The incumbent stays unless it is beaten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gpm_assets.errors import RequestError
from gpm_assets.evaluation.bootstrap import FEWEST_BLOCKS, Blocks, Values, blocks, by_method, estimate, resample
from gpm_assets.evaluation.leaderboard import leaderboard
from gpm_assets.evaluation.scores import rain_measures
from gpm_assets.evaluation.table import UNREGISTERED, check, newest, only, require_comparable
from gpm_assets.evaluation.yardsticks import CEILING, GMI, PIXELWISE, RAW

if TYPE_CHECKING:
    from pandas import DataFrame

JUDGE = "DPR"
"""The reference that chooses: it exists on real data and, unlike 2B-CMB, owes nothing to GMI's brightness temperatures."""
NO_CANDIDATES = (RAW, GMI, CEILING)
"""Methods that are measured beside the candidates; raw is champion only where nobody beats it, the others never."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Which method and version the alias `champion` points to from now on (None: nobody passes), why, and what was compared."""

    method: str | None
    version: int | None
    reason: str
    table: DataFrame


def choose_champion(validation_rows: DataFrame, incumbent: int | None) -> Decision:
    """Choose among the newest versions of all methods of one sensor; `incumbent` is the version that the alias points to now.

    Rows against other references than the radar are left aside. Raises GpmAssetsError for several sensors or different
    overpasses, RequestError for rows of another split than validation, without the radar, and where the incumbent was not scored.
    """
    rows, sensor = _judged(validation_rows)
    old = rows[rows["version"] == incumbent]
    if incumbent is not None and old.empty:
        raise RequestError(f"{sensor}: the incumbent champion, version {incumbent}, has no validation scores; score it first")
    current = newest(rows)
    require_comparable(rows.loc[current.index.union(old.index)])
    drawn = blocks(current)
    crps = _crps(current, drawn)
    method, version, reason = _challenger(current, crps, drawn)
    if not old.empty:
        method, version, reason = _against((method, version, reason), old, crps, drawn)
    return Decision(method, version, f"{sensor}: {reason}", leaderboard(current))


def choose_baseline(validation_rows: DataFrame) -> str | None:
    """The pixel-wise method of one sensor with the lowest CRPS, from which A is counted; None where none was scored.

    Rows and errors as in `choose_champion`.
    """
    rows, _ = _judged(validation_rows)
    current = newest(rows[rows["method"].isin(PIXELWISE)])
    require_comparable(current)
    crps = _crps(current, blocks(current))
    return _lowest(crps, crps) if crps else None


def _judged(validation_rows: DataFrame) -> tuple[DataFrame, str]:
    """What may choose, and its sensor. Weights to GMI's climatology and votes of strata will come in here."""
    rows = check(validation_rows)
    sensor = only(rows, "sensor")
    if only(rows, "split") != "validation":
        raise RequestError(f"{sensor}: a champion is chosen on validation scores, these are of the split {only(rows, 'split')!r}")
    judged = rows[(rows["reference"] == JUDGE) & ((rows["version"] != UNREGISTERED) | rows["method"].isin(NO_CANDIDATES))]
    if judged.empty:
        found = ", ".join(sorted(rows["reference"].unique()))
        raise RequestError(f"{sensor}: a champion is chosen on scores against {JUDGE}, these are against {found}; score it")
    return judged, sensor


def _crps(rows: DataFrame, drawn: Blocks) -> dict[str, Values]:
    return {method: measures["crps"] for method, measures in by_method(rows, drawn, rain_measures).items()}


def _lowest(crps: Mapping[str, Values], candidates: Iterable[str]) -> str:
    """The candidate with the lowest CRPS; one without any comes last."""
    return min(candidates, key=lambda name: float(np.nan_to_num(crps[name][0, 0], nan=np.inf)))


Choice = tuple[str | None, int | None, str]
"""Method, version and the reason."""


def _challenger(current: DataFrame, crps: dict[str, Values], drawn: Blocks) -> Choice:
    """The candidate with the lowest mean CRPS, if it beats raw."""
    registered = set(current.loc[current["version"] != UNREGISTERED, "method"])
    failed = failing(current) & registered
    candidates = [name for name in crps if name in registered - failed and name not in NO_CANDIDATES]
    if not candidates:
        return None, None, f"no candidate has validation scores{_told(failed)}"
    method = _lowest(crps, candidates)
    version = median_version(current[current["method"] == method])
    best = f"{method} is the best of {len(candidates)} candidate{'s' if len(candidates) > 1 else ''}{_told(failed)}"
    if RAW not in crps:
        return method, version, f"{best}, CRPS {crps[method][0, 0]:.4f} mm/h; raw does not exist for this sensor"
    better, how = beats(crps[method], crps[RAW], RAW, drawn)
    if better:
        return method, version, f"{best} and {how}"
    raw = median_version(current[current["method"] == RAW])
    if raw == UNREGISTERED:
        return None, None, f"{best} but {how}"
    return RAW, raw, f"{best} but {how}; raw is taken as it is"


def _against(choice: Choice, old: DataFrame, crps: dict[str, Values], drawn: Blocks) -> Choice:
    """The challenger if it beats the incumbent, else the incumbent."""
    method, version, reason = choice
    incumbent, old_version = str(only(old, "method")), int(only(old, "version"))
    name = f"the incumbent {incumbent} (version {old_version})"
    if method is None:
        return incumbent, old_version, f"{reason}; {name} stays"
    if version == old_version:
        return incumbent, old_version, f"{reason}; it is the incumbent (version {old_version})"
    if failing(old):
        return method, version, f"{reason}; {name} retrieved nothing on some overpass and has to go"
    better, how = beats(crps[method], rain_measures(resample(old, drawn))["crps"], name, drawn)
    if better:
        return method, version, f"{reason}; it {how}"
    return incumbent, old_version, f"{reason}, but it {how}, who stays"


def beats(crps: Values, rival: Values, rival_name: str, drawn: Blocks) -> tuple[bool, str]:
    """Whether a CRPS is lower than a rival's on the same blocks, and a phrase with the numbers."""
    gain, count = estimate(rival - crps), len(drawn.labels)
    if drawn.enough:
        better, basis = gain.low > 0, f"gain {gain.low:+.4f} to {gain.high:+.4f}, paired bootstrap of {count} {drawn.unit} blocks"
    else:
        few = f"{count} of {FEWEST_BLOCKS} {drawn.unit} blocks"
        better, basis = gain.value > 0, f"plain difference: too few blocks for an interval, {few}"
    verb = "beats" if better else "does not beat"
    return better, f"{verb} {rival_name} with CRPS {crps[0, 0]:.4f} against {rival[0, 0]:.4f} mm/h ({basis})"


def failing(rows: DataFrame) -> set[str]:
    """Methods that retrieved nothing on an overpass with reference pixels: easier overpasses must not make them look better."""
    return set(rows.loc[(rows["n"] == 0) & (rows["missing"] > 0), "method"])


def _told(failed: set[str]) -> str:
    return f" ({', '.join(sorted(failed))} failed on an overpass and cannot be chosen)" if failed else ""


def median_version(scores: DataFrame) -> int:
    """The version of the seed with the median CRPS; of an even number the better one of the middle two."""
    sums = scores.groupby("version")[["crps", "n"]].sum()
    ranked = (sums["crps"] / sums["n"]).sort_values(kind="stable").index
    return int(ranked[(len(ranked) - 1) // 2])
