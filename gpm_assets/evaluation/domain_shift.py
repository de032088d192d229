"""Domain shift: how far the TB of one sensor lie from the matched channels of another, by surface and latitude band.

All that is kept of a swath is histograms: whole counts, so those of granules and months add up to those of all together, in any
order and exactly. Where the two sensors looked at different places of a class, or at different hours, that is part of the shift;
so is ice, which counts as sea.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.constellation.instruments import Instrument
from gpm_assets.constellation.spectral_match import nearest_channels
from gpm_assets.errors import GpmAssetsError
from gpm_assets.geography.land import land_fraction
from gpm_assets.geography.zones import LATITUDE_BANDS, SURFACES, latitude_band, surface
from gpm_assets.swath import Swath

Counts = NDArray[np.int64]
Pairs = Sequence[tuple[str, str]]
"""Channels that are compared: of the one sensor, and of the reference."""

LOWEST_K, HIGHEST_K = 50, 350
"""Bins are 1 K wide; one more at either end takes what lies below or above."""
CENTRES_K: NDArray[np.float64] = np.arange(LOWEST_K - 1, HIGHEST_K + 1, dtype=np.float64) + 0.5
"""What a pixel counts as: the middle of its bin; 49.5 K for all below 50 K, 350.5 K for all from 350 K on."""
CLASSES = (len(SURFACES), len(LATITUDE_BANDS), len(CENTRES_K))
"""Shape of one channel's counts."""


@dataclass(frozen=True, eq=False)
class TbHistogram:
    """Pixels by TB: `counts` int64 (channel, surface, latitude band, bin), codes as in `geography.zones`, bins as in CENTRES_K.

    Raises GpmAssetsError where the shape is another.
    """

    channels: tuple[str, ...]
    counts: Counts

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.channels), *CLASSES):
            raise GpmAssetsError(f"histograms have shape {self.counts.shape}, expected {(len(self.channels), *CLASSES)}")

    def __add__(self, other: TbHistogram) -> TbHistogram:
        """Both together; raises GpmAssetsError where channels differ."""
        if self.channels != other.channels:
            raise GpmAssetsError(f"histograms of {', '.join(self.channels)} and of {', '.join(other.channels)} do not add up")
        return TbHistogram(self.channels, self.counts + other.counts)

    def channel(self, name: str) -> Counts:
        """Counts (surface, latitude band, bin) of one channel; raises GpmAssetsError that names the known ones."""
        if name not in self.channels:
            raise GpmAssetsError(f"there is no histogram of channel {name!r}; there are {', '.join(self.channels)}")
        return self.counts[self.channels.index(name)]


def count(tb: ArrayLike, latitude: ArrayLike, longitude: ArrayLike) -> Counts:
    """Pixels (channel, surface, latitude band, bin) of TB (scan, pixel, channel) in K at positions (scan, pixel) in degrees.

    TB are taken as float32. A pixel without a position counts nowhere, a missing TB in no bin of its channel.
    """
    latitude, longitude = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    kind, band = surface(land_fraction(latitude, longitude)), latitude_band(latitude)
    placed = (kind >= 0) & (band >= 0)
    place = (kind[placed].astype(np.intp) * len(LATITUDE_BANDS) + band[placed]) * len(CENTRES_K)
    values = np.asarray(tb, np.float32)[placed]
    counts = np.zeros((values.shape[-1], int(np.prod(CLASSES))), np.int64)
    for channel in range(values.shape[-1]):
        known = np.isfinite(values[:, channel])
        bin_ = np.clip(np.floor(values[known, channel]) - (LOWEST_K - 1), 0, len(CENTRES_K) - 1)
        counts[channel] = np.bincount(place[known] + bin_.astype(np.intp), minlength=counts.shape[1])
    return counts.reshape(-1, *CLASSES)


def tb_histogram(channels: Sequence[str], swaths: Iterable[Swath]) -> TbHistogram:
    """Histograms of some channels over swaths, one after the other: memory is that of one swath however many come.

    No swath makes empty histograms. Raises GpmAssetsError where a swath lacks a channel.
    """
    total = TbHistogram(tuple(channels), np.zeros((len(channels), *CLASSES), np.int64))
    for swath in swaths:
        tb = np.stack([swath.channel(name) for name in channels], axis=-1)
        total += TbHistogram(total.channels, count(tb, swath.latitude, swath.longitude))
    return total


def gmi_pairs(instrument: Instrument) -> Pairs:
    """The sensor's channels with the GMI channels that a raw copy puts them in, in the order of GMI's table."""
    return [(own, gmi) for gmi, own in nearest_channels(instrument).items()]


def shift_table(found: TbHistogram, reference: TbHistogram, pairs: Pairs) -> list[dict[str, Any]]:
    """A row for each pair of channels, surface and latitude band where either side has pixels; plain values.

    With P and Q the distributions of TB of `found` and of `reference`, every pixel at the middle of its bin (so, from 50 to
    350 K, means are within 0.5 K, and distances within 1 K, of those of the pixels themselves, mostly far closer):

    - `pixels`, `reference_pixels`: how many;
    - `mean_difference_k`: mean of P minus mean of Q;
    - `deviation_ratio`: standard deviation of P over that of Q;
    - `distance_k`: Wasserstein-1 distance, the mean of |p - q| over quantiles p of P and q of Q of the same level, which is
      the area between the two distribution functions (Villani 2003, section 2.2);
    - `shape_k`: the same between P less its mean and Q less its mean: what no offset takes away. Zero for the same shape, and
      at most twice `distance_k`.

    The last four are None where either side has no pixel, the ratio also where all of Q is in one bin.
    """
    rows = []
    for name, reference_name in pairs:
        one, other = found.channel(name), reference.channel(reference_name)
        for kind, band in np.ndindex(CLASSES[:2]):
            p, q = one[kind, band], other[kind, band]
            if p.any() or q.any():
                row: dict[str, Any] = {"channel": name, "reference_channel": reference_name, "surface": SURFACES[kind]}
                row |= {"latitude_band": list(LATITUDE_BANDS)[band], "pixels": int(p.sum()), "reference_pixels": int(q.sum())}
                rows.append(row | _shift(p, q))
    return rows


def _shift(p: Counts, q: Counts) -> dict[str, float | None]:
    """How P lies to Q, from their counts (bin,)."""
    from scipy.stats import wasserstein_distance

    if not (p.any() and q.any()):
        return dict.fromkeys(("mean_difference_k", "deviation_ratio", "distance_k", "shape_k"))
    mean, reference_mean = (float(np.average(CENTRES_K, weights=part)) for part in (p, q))
    off, reference_off = CENTRES_K - mean, CENTRES_K - reference_mean
    variance, reference_variance = np.average(off**2, weights=p), np.average(reference_off**2, weights=q)
    return {
        "mean_difference_k": mean - reference_mean,
        "deviation_ratio": float(np.sqrt(variance / reference_variance)) if reference_variance else None,
        "distance_k": float(wasserstein_distance(CENTRES_K, CENTRES_K, p, q)),
        "shape_k": float(wasserstein_distance(off, reference_off, p, q)),
    }
