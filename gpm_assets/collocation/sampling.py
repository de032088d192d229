"""Co-registration on the GMI-like sampling: where every sensor's pixels are put, and what they are worth there.

The sampling of a sensor follows its own scans, so that a network trained on GMI finds the spacing it knows:

- rows: `Instrument.rows_per_scan` rows a native scan, row k at scan k / rows_per_scan. The ratio is the simplest one near GMI's
  13.5 km (SSMIS 1, ATMS 4/3): rows hit native scans periodically and every native scan has a row within half its spacing.
- pixels: equidistant along the scan at GMI's own S1 spacing (5.8 km), symmetric about the middle of the reference group, whose
  outermost pixel centres they span, with `Instrument.edge_pixels` more on either side. For GMI this is the identity.
- order: +row is the direction of view. Scans of a spacecraft that flies backwards are put in the opposite order.

A channel has a value at a pixel where the nearest native pixel of its swath group is valid; the value is the bilinear mean of
the valid natives around it, weights renormalised. Swath groups look at different places at the same scan (real F16: S1 leads S4
by 1.2 scans in the middle and 4 at the edge), so coordinates come from the granule's own positions, and a few rows beyond the
reference group's first and last scan keep what only another group saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation import lattice
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE, Instrument
from gpm_assets.constellation.sphere import degrees, unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.swath import Swath

Float = NDArray[np.float64]

_MARGIN_ROWS = 5
"""GMI S2 lies four scans before S1, F16's S1 up to four after S4."""


def pixel_coordinates(instrument: Instrument) -> Float:
    """Fractional reference pixels (pixel,) of the GMI-like sampling: equidistant on the ground, GMI's spacing.

    Beyond the reference group they are continued with its outermost spacing.
    """
    gmi = INSTRUMENTS[REFERENCE]
    gmi_km = gmi.along_scan_km(gmi.group(gmi.reference_group))
    spacing_km = gmi_km[-1] / (len(gmi_km) - 1)
    native_km = instrument.along_scan_km(instrument.group(instrument.reference_group))
    steps = int(native_km[-1] / spacing_km + 1e-6)
    edge = instrument.edge_pixels
    wanted_km = native_km[-1] / 2 + (np.arange(-edge, steps + 1 + edge) - steps / 2) * spacing_km
    beyond = np.minimum(wanted_km, 0.0) / (native_km[1] - native_km[0])
    beyond += np.maximum(wanted_km - native_km[-1], 0.0) / (native_km[-1] - native_km[-2])
    inside = np.interp(wanted_km, native_km, np.arange(len(native_km)))
    return np.asarray(inside + beyond, np.float64)


def row_coordinates(instrument: Instrument, scans: int, *, margin: int = 0) -> Float:
    """Fractional scans (row,) of the GMI-like rows of a granule with that many scans, and of `margin` rows before and after."""
    ratio = instrument.rows_per_scan
    rows = np.arange(-margin, int((scans - 1) * ratio) + 1 + margin)
    return np.asarray(rows * float(1 / ratio), np.float64)


def gmi_like(swaths: Sequence[Swath], instrument: Instrument, *, native_noise: bool = True) -> Swath:
    """The swath groups of one granule as one Swath on the GMI-like sampling.

    Interpolation averages noise in a pattern that repeats with the native pixels; `native_noise` adds white noise (seeded by the
    granule) so that every pixel has the channel's NEDT. Channels come in the order of the instrument table. Raises
    GpmAssetsError when the reference group is missing or has no position at all.
    """
    by_group = {swath.group: swath for swath in swaths}
    if instrument.reference_group not in by_group:
        raise GpmAssetsError(f"{instrument.name}: reference group {instrument.reference_group} missing, found {sorted(by_group)}")
    reference = by_group[instrument.reference_group]
    if min(reference.shape) < 2 or not np.isfinite(reference.latitude).any():
        raise GpmAssetsError(f"{reference.granule}: no positions in {reference.group}, nothing to put on a sampling")
    frame = _Frame(reference, instrument)
    parts = [frame.sample(by_group[group.name]) for group in instrument.groups if group.name in by_group]
    swath, squared_weights = _join(parts, frame, instrument)
    if native_noise:
        swath = _with_native_noise(swath, squared_weights, instrument)
    return _look_forward(swath) if swath.aft else swath


@dataclass(frozen=True)
class _Part:
    """One swath group on the target positions; arrays (row, pixel, channel), quality (row, pixel)."""

    swath: Swath
    tb: NDArray[np.float32]
    incidence: NDArray[np.float32]
    support: NDArray[np.float32]
    squared_weights: NDArray[np.float32]
    quality: NDArray[np.int8]


class _Frame:
    """Positions and times of the GMI-like sampling of one granule, and the way from any swath group to it."""

    def __init__(self, reference: Swath, instrument: Instrument) -> None:
        self.nodes = _nodes(reference)
        rows = row_coordinates(instrument, reference.shape[0], margin=_MARGIN_ROWS)
        self.scan, self.pixel = np.meshgrid(rows, pixel_coordinates(instrument), indexing="ij")
        self.vectors = lattice.interpolate(self.nodes, self.scan, self.pixel)
        self.vectors /= np.linalg.norm(self.vectors, axis=-1, keepdims=True)
        self.latitude, self.longitude = degrees(self.vectors)
        self.time = _times(reference.time, rows)
        self.native = (rows >= 0) & (rows <= reference.shape[0] - 1)
        self.reference = reference

    def sample(self, swath: Swath) -> _Part:
        """Put one swath group on the target positions."""
        if _same_positions(swath, self.reference):
            return _sample(swath, self.scan, self.pixel, lattice.nearest(self.nodes, self.vectors))
        # Coordinates are smooth: they are searched at the reference nodes and interpolated to the denser targets.
        nodes = _nodes(swath)
        found = np.stack(lattice.coordinates(nodes, self.nodes), axis=-1)
        scan, pixel = np.moveaxis(lattice.interpolate(found, self.scan, self.pixel), -1, 0)
        return _sample(swath, scan, pixel, lattice.nearest(nodes, self.vectors))


def _nodes(swath: Swath) -> Float:
    return lattice.fill(unit_vectors(swath.latitude, swath.longitude))


def _same_positions(one: Swath, other: Swath) -> bool:
    return one is other or all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in ("latitude", "longitude")
    )


def _sample(swath: Swath, scan: Float, pixel: Float, nearest: NDArray[np.intp]) -> _Part:
    """Bilinear means at fractional coordinates (row, pixel) over valid natives; `nearest` is the nearest node, -1 where none."""
    shape = (*scan.shape, len(swath.channels))
    total, mean, squares, angle = (np.zeros(shape, np.float32) for _ in range(4))
    scans, pixels = swath.shape
    p, q = np.floor(np.nan_to_num(scan, nan=-9.0)), np.floor(np.nan_to_num(pixel, nan=-9.0))
    for ds, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        s, x = (p + ds).astype(np.intp), (q + dx).astype(np.intp)
        inside = (s >= 0) & (s < scans) & (x >= 0) & (x < pixels)
        s, x = np.clip(s, 0, scans - 1), np.clip(x, 0, pixels - 1)
        weight = np.where(inside, np.nan_to_num((1 - np.abs(scan - p - ds)) * (1 - np.abs(pixel - q - dx))), 0.0)
        native = swath.tb[s, x]
        w = np.where(np.isfinite(native), weight[..., None], 0.0).astype(np.float32)
        total += w
        squares += w * w
        mean += w * np.nan_to_num(native)
        angle += w * np.nan_to_num(swath.incidence[s, x])
    flat = np.maximum(nearest, 0)
    close = swath.tb.reshape(-1, shape[-1])[flat]
    valued = (nearest >= 0)[..., None] & np.isfinite(close)
    lone = total <= 1e-3  # the nearest native is valid, the four of the cell are not: take it alone
    safe = np.where(lone, 1.0, total)
    close_angle = swath.incidence.reshape(-1, shape[-1])[flat]
    return _Part(
        swath,
        tb=np.where(valued, np.where(lone, close, mean / safe), np.nan).astype(np.float32),
        incidence=np.where(valued, np.where(lone, close_angle, angle / safe), np.nan).astype(np.float32),
        support=np.where(valued, total, 0.0).astype(np.float32),
        squared_weights=np.where(lone, 1.0, squares / safe**2).astype(np.float32),
        quality=np.where(nearest >= 0, swath.quality.reshape(-1)[flat], np.int8(-1)),
    )


def _join(parts: list[_Part], frame: _Frame, instrument: Instrument) -> tuple[Swath, NDArray[np.float32]]:
    """One Swath of all groups in the table's channel order, and the squared weights in the same order; empty margins cut."""
    names = [name for part in parts for name in part.swath.channels]
    order = [names.index(name) for name in instrument.channel_names if name in names]

    def joined(field: str) -> NDArray[np.float32]:
        return np.concatenate([getattr(part, field) for part in parts], axis=-1)[..., order]

    tb = joined("tb")
    valued = np.any(np.isfinite(tb), axis=-1)
    rows = np.flatnonzero(frame.native | np.any(valued, axis=1))
    keep = slice(rows[0], rows[-1] + 1)
    swath = Swath(
        sensor=frame.reference.sensor,
        channels=tuple(names[index] for index in order),
        tb=tb[keep],
        latitude=np.where(valued, frame.latitude, np.nan)[keep],
        longitude=np.where(valued, frame.longitude, np.nan)[keep],
        time=frame.time[keep],
        incidence=joined("incidence")[keep],
        quality=np.where(valued, _worst([part.quality for part in parts]), np.int8(-1))[keep],
        granule=frame.reference.granule,
        group="GMI-like",
        aft=frame.reference.aft,
        support=joined("support")[keep],
        counts={f"{part.swath.group} {reason}": number for part in parts for reason, number in part.swath.counts.items()},
    )
    return swath, joined("squared_weights")[keep]


def _times(time: NDArray[np.datetime64], rows: Float) -> NDArray[np.datetime64]:
    """Times (row,), continued with the scan period beyond the first and last known scan."""
    known = np.flatnonzero(~np.isnat(time))
    if not len(known):
        return np.full(len(rows), np.datetime64("NaT", "ms"))
    start = time[known[0]]
    elapsed = (time[known] - start).astype(np.float64)
    beyond = np.minimum(rows - known[0], 0) + np.maximum(rows - known[-1], 0)
    period = elapsed[-1] / max(known[-1] - known[0], 1)
    return start + np.rint(np.interp(rows, known, elapsed) + period * beyond).astype("timedelta64[ms]")


def _worst(codes: list[NDArray[np.int8]]) -> NDArray[np.int8]:
    """The most severe quality code of several groups: any error before any warning before good."""
    stacked = np.stack(codes)
    return np.where(stacked.min(axis=0) < 0, stacked.min(axis=0), stacked.max(axis=0)).astype(np.int8)


def _with_native_noise(swath: Swath, squared_weights: NDArray[np.float32], instrument: Instrument) -> Swath:
    nedt = {channel.name: channel.nedt_k for channel in instrument.channels}
    seed = int.from_bytes(hashlib.sha256(swath.granule.encode()).digest()[:8])
    noise = np.random.default_rng(seed).standard_normal(swath.tb.shape, dtype=np.float32)
    lost = np.clip(1.0 - squared_weights, 0.0, 1.0)
    sigma = np.array([nedt[name] for name in swath.channels], np.float32) * np.sqrt(lost)
    return replace(swath, tb=swath.tb + sigma * noise)


def _look_forward(swath: Swath) -> Swath:
    """A backward-looking swath in the order of its view: scans reversed.

    A yawed spacecraft took its scan along: the first pixel lies on the same side of the view as ever, and only in the order of
    time the swath is a mirror image.
    """
    turned = {name: getattr(swath, name)[::-1] for name in ("tb", "latitude", "longitude", "incidence", "quality", "support")}
    return replace(swath, time=swath.time[::-1], aft=False, **turned)
