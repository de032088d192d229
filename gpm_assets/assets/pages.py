"""What the pages of collocations and training sets show: figures drawn once, when the artefact is made, and kept with it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from gpm_assets.archive.open import open as open_product
from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.collocation.training_sets import GMI_CHANNELS
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.spectral_match import nearest_channels
from gpm_assets.settings import Home
from gpm_assets.swath import Swath
from models.splits import SPLITS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from models.packs import Pack
    from models.pairs import Pairs

SCATTERED_OVERPASSES, SCATTERED_PAIRS = 8, 20_000
"""A scatter of some overpasses shows what one of all would."""


def pictures(folder: Path) -> dict[str, Any]:
    """The figures (PNG bytes) of a made artefact by the name its page gives them."""
    return {f"figure_{path.stem}": path.read_bytes() for path in sorted(folder.glob("*.png"))}


def keep(work: Path, name: str, draw: "Callable[[], Figure]") -> None:
    """Draw a figure into the folder of an artefact."""
    from gpm_assets.evaluation import figures

    (work / f"{name}.png").write_bytes(figures.png(draw()))


def of_matches(work: Path, rain: dict[str, Any], places: list[Any], month: str) -> None:
    """Rain (n,) in mm/h of labelled pixels by estimate, and where they lie: latitude and longitude (2, n) of each granule."""
    from gpm_assets.evaluation import figures

    known = {f"{estimate} rain": values for estimate, values in rain.items() if len(values)}
    if known:
        latitude, longitude = np.concatenate(places, axis=1)
        keep(work, "density", lambda: figures.match_density(latitude, longitude, title=f"labelled pixels {month}"))
        keep(work, "rain", lambda: figures.rain_histogram(known, title=f"labels {month}"))


def of_overlaps(work: Path, overpasses: Iterable[xr.Dataset], every: int, sensors: str, month: str, window_s: float) -> None:
    """Where the pairs of a month lie and how far apart in time they were seen; of datasets of overlaps every so many pairs."""
    from gpm_assets.evaluation import figures

    columns = [[one[name].values[::every] for name in ("latitude", "longitude", "time_s")] for one in overpasses]
    if columns:
        latitude, longitude, seconds = (np.concatenate(column) for column in zip(*columns, strict=True))
        keep(work, "density", lambda: figures.match_density(latitude, longitude, title=f"{sensors} {month}"))
        keep(work, "time_differences", lambda: figures.time_differences(seconds, window_s=window_s, title=f"{sensors} {month}"))


def of_channels(work: Path, overpasses: "Iterable[tuple[Swath, Swath, Overlap]]", sensor: str, month: str) -> None:
    """TB of a partner against GMI's in channels that match, from the first overpasses of a month."""
    wanted = matched(sensor)
    parts = []
    for (partner, gmi, pairs), _ in zip(overpasses, range(SCATTERED_OVERPASSES), strict=False):
        few = slice(None, None, max(1, len(pairs.first) // SCATTERED_PAIRS))
        own, theirs = ([pair[side] for pair in wanted] for side in (0, 1))
        parts.append([_at(partner, own, pairs.first[few]), _at(gmi, theirs, pairs.second[few])])
    if parts and wanted:
        source, target = (np.concatenate(side) for side in zip(*parts, strict=True))
        _scatter(work, source, target, wanted, f"{sensor} {month}")


def of_training_set(work: Path, home: Home, sensor: str, months: list[str], packs: "tuple[Pack, Pack]", pairs: "Pairs") -> None:
    """What a translator has before it: pairs in time and TB, the proxies' rain, how far the domains lie apart."""
    from gpm_assets.archive.reduce import tb_histogram
    from gpm_assets.evaluation import figures
    from gpm_assets.evaluation.domain_shift import gmi_pairs, shift_table

    everything = np.arange(len(pairs))
    if len(pairs):
        index, title = pairs.index, f"weak pairs of {sensor}"
        wanted = [pair for pair in matched(sensor) if pair[0] in pairs.info.channels]
        keep(work, "density", lambda: figures.match_density(index["latitude"], index["longitude"], title=title))
        keep(work, "time_differences", lambda: figures.time_differences(index["seconds_apart"], title=title))
        source = pairs.source(everything).numpy()[:, [pairs.info.channels.index(one) for one, _ in wanted]]
        target = pairs.target(everything).numpy()[:, [GMI_CHANNELS.index(two) for _, two in wanted]]
        _scatter(work, source, target, wanted, title)
    if all(len(pack) for pack in packs):
        found, reference = (tb_histogram(open_product("swaths", one, months, home.root)) for one in (sensor, REFERENCE))
        rows = shift_table(found, reference, gmi_pairs(instrument(sensor)))
        keep(work, "domain_shift", lambda: figures.domain_shift_figure(rows, title=f"{sensor} before translation"))


def of_labels(work: Path, pack: "Pack") -> None:
    """The rain that DRAIN learns from and is validated on: its own patches, where every stratum has its part."""
    from gpm_assets.evaluation import figures

    rain = {split: pack.rain(pack.select(split)).numpy().reshape(-1) for split in SPLITS}
    known = {f"{split} patches": values[np.isfinite(values)] for split, values in rain.items() if len(values)}
    if known:
        keep(work, "rain", lambda: figures.rain_histogram(known, title="labels in the training set"))


def of_proxies(work: Path, sensor: str, partner_mm_h: Any, gmi_mm_h: Any) -> None:
    """The rain proxies of both sensors at the same places, before the partner's thresholds are calibrated."""
    from gpm_assets.evaluation import figures

    both = np.isfinite(partner_mm_h) & np.isfinite(gmi_mm_h)
    if both.any():
        rain = {f"{sensor}, linearly translated": partner_mm_h[both], REFERENCE: gmi_mm_h[both]}
        keep(work, "rain", lambda: figures.rain_histogram(rain, title="rain proxy at training overlaps"))


def matched(sensor: str) -> list[tuple[str, str]]:
    """Channels of a partner and GMI's that they are held against."""
    return [(own, gmi) for gmi, own in nearest_channels(instrument(sensor)).items()]


def _scatter(work: Path, source: Any, target: Any, names: list[tuple[str, str]], title: str) -> None:
    from gpm_assets.evaluation import figures

    if np.any(np.isfinite(source) & np.isfinite(target)):
        keep(work, "matched_channels", lambda: figures.matched_channels(source, target, names, title=title))


def _at(swath: Swath, channels: list[str], index: Any) -> Any:
    """TB (pair, channel) of a swath, NaN for channels that it lacks."""
    missing = np.full(len(index), np.nan, np.float32)
    return np.stack([swath.channel(name).reshape(-1)[index] if name in swath.channels else missing for name in channels], axis=1)
