"""The gate: which registered translator of a sensor becomes its champion, from validation scores alone.

A method is chosen by the mean CRPS of its seeds, the alias points to its median seed. Where raw exists a method must beat it,
else raw itself is champion: no product is made worse by a translation. The incumbent stays unless it is beaten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import RequestError
from gpm_assets.evaluation.bootstrap import Blocks, blocks, by_method, estimate, resample
from gpm_assets.evaluation.leaderboard import GMI, RAW, leaderboard
from gpm_assets.evaluation.scores import rain_measures
from gpm_assets.evaluation.table import check, newest, only, require_comparable

if TYPE_CHECKING:
    from pandas import DataFrame

YARDSTICKS = (RAW, GMI, "ceiling")
"""Methods that are measured beside the candidates; raw is champion only where nobody beats it, the others never."""
UNREGISTERED = 0
"""Version of scores whose model is not in the registry, so that no alias can point to it."""
FEWEST_BLOCKS = 10
"""With fewer days or overpasses a bootstrap interval means little and the plain difference decides."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Which method and version the alias `champion` points to from now on (None: nobody passes), why, and what was compared."""

    method: str | None
    version: int | None
    reason: str
    table: DataFrame


def choose_champion(validation_rows: DataFrame, incumbent: int | None) -> Decision:
    """Choose among the newest versions of all methods of one sensor; `incumbent` is the version that the alias points to now.

    Raises GpmAssetsError for several sensors or different overpasses, RequestError for rows of another split than validation and
    where the incumbent was not scored.
    """
    rows = check(validation_rows)
    sensor = only(rows, "sensor")
    if only(rows, "split") != "validation":
        raise RequestError(f"{sensor}: a champion is chosen on validation scores, these are of the split {only(rows, 'split')!r}")
    old = rows[rows["version"] == incumbent]
    if incumbent is not None and old.empty:
        raise RequestError(f"{sensor}: the incumbent champion, version {incumbent}, has no validation scores; score it first")
    current = newest(rows)
    require_comparable(rows.loc[current.index.union(old.index)])
    drawn = blocks(current)
    crps = {method: measures["crps"] for method, measures in by_method(current, drawn, rain_measures).items()}
    method, version, reason = _challenger(current, crps, drawn)
    if not old.empty:
        method, version, reason = _against((method, version, reason), old, crps, drawn)
    return Decision(method, version, f"{sensor}: {reason}", leaderboard(current))


Choice = tuple[str | None, int | None, str]
"""Method, version and the reason."""


def _challenger(current: DataFrame, crps: dict[str, NDArray[np.float64]], drawn: Blocks) -> Choice:
    """The candidate with the lowest mean CRPS, if it beats raw."""
    candidates = [name for name in crps if name not in YARDSTICKS]
    if not candidates:
        return None, None, "no candidate has validation scores"
    method = min(candidates, key=lambda name: float(np.nan_to_num(crps[name][0], nan=np.inf)))
    version = _median_version(current[current["method"] == method])
    best = f"{method} is the best of {len(candidates)} candidate{'s' if len(candidates) > 1 else ''}"
    if RAW not in crps:
        return method, version, f"{best}, CRPS {crps[method][0]:.4f} mm/h; raw does not exist for this sensor"
    better, how = _compare(crps[method], crps[RAW], RAW, drawn)
    if better:
        return method, version, f"{best} and {how}"
    raw = _median_version(current[current["method"] == RAW])
    if raw == UNREGISTERED:
        return None, None, f"{best} but {how}"
    return RAW, raw, f"{best} but {how}; raw is taken as it is"


def _against(choice: Choice, old: DataFrame, crps: dict[str, NDArray[np.float64]], drawn: Blocks) -> Choice:
    """The challenger if it beats the incumbent, else the incumbent."""
    method, version, reason = choice
    incumbent, old_version = str(only(old, "method")), int(only(old, "version"))
    name = f"the incumbent {incumbent} (version {old_version})"
    if method is None:
        return incumbent, old_version, f"{reason}; {name} stays"
    if version == old_version:
        return incumbent, old_version, f"{reason}; it is the incumbent (version {old_version})"
    better, how = _compare(crps[method], rain_measures(resample(old, drawn))["crps"], name, drawn)
    if better:
        return method, version, f"{reason}; it {how}"
    return incumbent, old_version, f"{reason}, but it {how}, who stays"


def _compare(crps: NDArray[np.float64], rival: NDArray[np.float64], rival_name: str, drawn: Blocks) -> tuple[bool, str]:
    """Whether a CRPS is lower than a rival's on the same blocks, and a phrase with the numbers."""
    gain, count = estimate(rival - crps), len(drawn.labels)
    if count < FEWEST_BLOCKS:
        better, basis = gain.value > 0, f"plain difference: too few {drawn.unit} blocks for an interval, {count}"
    else:
        better, basis = gain.low > 0, f"gain {gain.low:+.4f} to {gain.high:+.4f}, paired bootstrap of {count} {drawn.unit} blocks"
    verb = "beats" if better else "does not beat"
    return better, f"{verb} {rival_name} with CRPS {crps[0]:.4f} against {rival[0]:.4f} mm/h ({basis})"


def _median_version(scores: DataFrame) -> int:
    """The version of the seed with the median CRPS; of an even number the better one of the middle two."""
    sums = scores.groupby("version")[["crps", "n"]].sum()
    ranked = (sums["crps"] / sums["n"]).sort_values(kind="stable").index
    return int(ranked[(len(ranked) - 1) // 2])
