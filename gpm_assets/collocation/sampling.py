"""Co-registration: the swath groups of a granule on one sampling (`grid`), and what they are worth there.

A channel has a value at a pixel where the nearest native pixel of its swath group is valid; the value is the bilinear mean of
the valid natives around it, weights renormalised. The reference group's weights, and those of groups that look at the same cone,
are constants of an orbit era (`operator`); other groups are put where the granule's own positions say (`alignment`).

Rows follow the direction of view: scans of a spacecraft that flies backwards are put in the opposite order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation.alignment import Alignment
from gpm_assets.collocation.frame import Frame
from gpm_assets.collocation.grid import SAMPLINGS, pixel_coordinates, row_coordinates
from gpm_assets.constellation.instruments import Instrument
from gpm_assets.errors import GpmAssetsError
from gpm_assets.swath import Swath

__all__ = ["CoRegistered", "co_register", "gmi_like", "native", "pixel_coordinates", "row_coordinates"]

_NOISE_ROWS = 64


@dataclass(frozen=True, eq=False)
class CoRegistered:
    """One granule on one sampling, and by swath group how it was put there."""

    swath: Swath
    alignments: dict[str, Alignment]


def gmi_like(swaths: Sequence[Swath], instrument: Instrument, *, native_noise: bool = True) -> Swath:
    """The swath groups of one granule as one Swath on the GMI-like sampling, see `co_register`.

    Constants come back exactly. A field of waves 40 K high and 800 km long along each of three axes comes back, where support is
    whole, within 0.05 K (GMI, AMSR2, AMSR-E), 0.1 K (TMI, SAPHIR), 0.25 K (SSMIS, SSMI: natives up to 25 km apart), 0.5 K (MHS)
    and 0.9 K (ATMS: 70 km apart at the ends of the scan). The error grows with the field's curvature and the square of the
    spacing.
    """
    return co_register(swaths, instrument, native_noise=native_noise).swath


def native(swaths: Sequence[Swath], instrument: Instrument, *, native_noise: bool = True) -> Swath:
    """The swath groups of one granule as one Swath on the reference group's own scans and pixels, see `co_register`.

    The reference group keeps its TB as they are.
    """
    return co_register(swaths, instrument, sampling="native", native_noise=native_noise).swath


def co_register(
    swaths: Sequence[Swath], instrument: Instrument, *, sampling: str = "GMI-like", native_noise: bool = True
) -> CoRegistered:
    """The swath groups of one granule as one Swath on a sampling, "GMI-like" or "native".

    Interpolation averages noise in a pattern that repeats with the native pixels; `native_noise` adds white noise (seeded by the
    granule) so that every pixel has the channel's NEDT. Channels come in the order of the instrument table; those of a group that
    is not there are left out. Raises GpmAssetsError for another sampling, when the reference group is missing, has fewer than two
    scans or no position at all, and when a group has other pixels than the instrument table.
    """
    if sampling not in SAMPLINGS:
        raise GpmAssetsError(f"unknown sampling {sampling!r}; samplings are {', '.join(SAMPLINGS)}")
    groups = _checked(swaths, instrument)
    frame = Frame(groups[instrument.reference_group], instrument, SAMPLINGS[sampling](instrument))
    for group in instrument.groups:
        if group.name in groups:
            frame.take(groups[group.name])
    swath, squared_weights = frame.finished()
    if native_noise:
        _add_native_noise(swath, squared_weights, instrument)
    return CoRegistered(_look_forward(swath) if swath.aft else swath, frame.alignments)


def _checked(swaths: Sequence[Swath], instrument: Instrument) -> dict[str, Swath]:
    groups = {swath.group: _complete(swath, instrument.max_scans) for swath in swaths}
    if instrument.reference_group not in groups:
        found = ", ".join(sorted(groups)) or "no group at all"
        raise GpmAssetsError(f"{instrument.name}: reference group {instrument.reference_group} missing, found {found}")
    reference = groups[instrument.reference_group]
    if reference.shape[0] < 2:
        raise GpmAssetsError(f"{reference.granule}: {reference.group} has {reference.shape[0]} scans, a sampling needs two")
    if not np.isfinite(reference.latitude).any():
        raise GpmAssetsError(f"{reference.granule}: no positions in {reference.group}, nothing to put on a sampling")
    for group in instrument.groups:
        if group.name in groups and groups[group.name].shape[1] != group.pixels:
            raise GpmAssetsError(
                f"{reference.granule}: {group.name} has {groups[group.name].shape[1]} pixels a scan, {instrument.name} has "
                f"{group.pixels} there; cut scans cannot be put on a sampling"
            )
    return groups


def _complete(swath: Swath, most: int) -> Swath:
    """The swath with scans that its file left out put back as missing ones, as times tell, unless they would be too many."""
    known = np.flatnonzero(~np.isnat(swath.time))
    steps, elapsed = np.diff(known), np.diff(swath.time[known]).astype(np.float64)
    if not len(steps) or np.median(elapsed / steps) <= 0:
        return swath
    left_out = np.zeros(len(swath.time), np.intp)
    left_out[known[1:]] = np.maximum(np.rint(elapsed / np.median(elapsed / steps)) - steps, 0)
    places = np.arange(len(swath.time)) + np.cumsum(left_out)
    scans = int(places[-1]) + 1
    if scans == len(places) or scans > most:
        return swath
    empty = {"time": np.datetime64("NaT", "ms"), "quality": np.int8(-1)}
    whole: dict[str, Any] = {}
    for name in ("tb", "latitude", "longitude", "time", "incidence", "quality"):
        values = getattr(swath, name)
        whole[name] = np.full((scans, *values.shape[1:]), empty.get(name, np.nan), values.dtype)
        whole[name][places] = values
    return replace(swath, **whole)


def _add_native_noise(swath: Swath, squared_weights: NDArray[np.float32], instrument: Instrument) -> None:
    """Add to the TB, in place, the noise that averaging took away."""
    nedt_of = {channel.name: channel.nedt_k for channel in instrument.channels}
    nedt = np.array([nedt_of[name] for name in swath.channels], np.float32)
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(swath.granule.encode()).digest()[:8]))
    for first in range(0, swath.shape[0], _NOISE_ROWS):
        rows = slice(first, first + _NOISE_ROWS)
        lost = np.clip(1.0 - squared_weights[rows], 0.0, 1.0)
        swath.tb[rows] += nedt * np.sqrt(lost) * random.standard_normal(lost.shape, dtype=np.float32)


def _look_forward(swath: Swath) -> Swath:
    """A backward-looking swath in the order of its view: scans reversed.

    A yawed spacecraft took its scan along: the first pixel lies on the same side of the view as ever, and only in the order of
    time the swath is a mirror image.
    """
    turned = {name: getattr(swath, name)[::-1] for name in ("tb", "latitude", "longitude", "incidence", "quality", "support")}
    return replace(swath, time=swath.time[::-1], aft=False, **turned)
