"""An example of GMI's month: the scans with most rain, as GMI, the references, DRAIN and the best pixel rival see them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.assets.pages import keep
from gpm_assets.evaluation.figures.scales import probability_scale, rain_scale, tb_scale
from gpm_assets.evaluation.ledger import read
from gpm_assets.evaluation.methods import Method
from gpm_assets.evaluation.references import DPR, TRUTH, Overpass
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.yardsticks import DRAIN
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from pandas import DataFrame

    from gpm_assets.evaluation.figures.quicklook import Panel

FIGURE = "swaths"
SCANS = 240
"""About 3200 km along the track: single showers are still seen."""
CHANNEL = "89H"


def rainiest(work: Path) -> tuple[str, str] | None:
    """The granule of a month's tables with most rain at the radar's pixels, or the truth's, and which reference it is."""
    rain = read([work], "rain")
    for reference in (DPR, TRUTH):
        rows = rain[(rain["reference"] == reference) & (rain["n"] > 0)] if len(rain) else rain
        if len(rows):
            return str(rows.groupby("granule")["y"].max().idxmax()), reference
    return None


def draw(work: Path, overpass: Overpass, reference: str, methods: Sequence[Method], *, world: str, title: str) -> None:
    """Draw into the folder of a month's tables what `methods` make of an overpass where a reference has most rain."""
    from gpm_assets.evaluation import figures

    by_name = {one.name: one.rain for one in overpass.references}
    scans = _window(np.nansum(by_name[reference], axis=1))
    swath = overpass.swath.rows(scans)
    rain = {name: values[scans] for name, values in by_name.items() if name in (DPR, TRUTH)}
    panels = [*_measured(swath, rain), *(one for method in methods for one in _retrieved(overpass.swath, scans, method))]
    seen = np.isfinite(rain[DPR]) if DPR in rain else None
    keep(work, FIGURE, lambda: figures.example_swath_figure(panels, world=world, outlined=seen, title=title))


def shown(methods: Sequence[Method], rain: "DataFrame") -> list[Method]:
    """DRAIN and the best of those that look at a pixel alone, by CRPS: of methods of one seed each."""
    sums = rain.groupby("method")[["crps", "n"]].sum()
    crps = (sums["crps"] / sums["n"].where(sums["n"] > 0)).to_dict()
    drain = [one for one in methods if one.name == DRAIN]
    rivals = sorted((one for one in methods if one.reach == 0), key=lambda one: crps.get(one.name, np.inf))
    return drain + rivals[:1]


def _window(rain: NDArray[np.floating]) -> slice:
    """The scans with most rain (scan,) together."""
    length = min(SCANS, len(rain))
    summed = np.concatenate([[0.0], np.cumsum(rain)])
    first = int(np.argmax(summed[length:] - summed[: len(summed) - length]))
    return slice(first, first + length)


def _measured(swath: Swath, rain: dict[str, NDArray[np.float32]]) -> "list[Panel]":
    from gpm_assets.evaluation.figures.quicklook import Panel

    tb = Panel(swath, f"{CHANNEL} TB", swath.channel(CHANNEL), tb_scale(CHANNEL))
    return [tb, *(Panel(swath, f"{name} rain", values, rain_scale()) for name, values in rain.items())]


def _retrieved(swath: Swath, scans: slice, method: Method) -> "list[Panel]":
    """The mean, and of DRAIN the probability of rain; of the whole swath, that a cut changes nothing."""
    from gpm_assets.evaluation.figures.quicklook import Panel

    made: Retrieved = method.make(swath).against(np.zeros(swath.shape, np.float32))
    part = swath.rows(scans)
    found = [Panel(part, f"{method.name}\nmean", made.mean[scans], rain_scale())]
    if method.name == DRAIN:
        found.append(Panel(part, f"{method.name}\nP(rain)", made.probability[scans][..., 0], probability_scale()))
    return found
