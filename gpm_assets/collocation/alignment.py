"""Where the reference pixels of an instrument lie among those of its other swath groups: nominal, and corrected where it matters.

Nominal coordinates are constants of an orbit era, averaged over one orbit of the instrument's geometry. They hold within 0.25 km
where the feeds look at one cone (SSMIS S2, AMSR2 S1 to S4, TMI, SSMI, all cross-track scanners). Where cones differ, one feed
comes later to the same place and the Earth has turned meanwhile, most at the equator: along an orbit nominal coordinates are off
by up to 1 km (SSMIS S3), 2.5 (AMSR S6), 4.5 (SSMIS S1) and 7.3 (GMI S2). And real feeds look elsewhere than any table says: those
of F16 by 4 to 9 km. So every granule is asked, at all its scans and some of its pixels, how far its own positions are from where
the coordinates put them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation import lattice
from gpm_assets.constellation.geometry import look
from gpm_assets.constellation.nouns import Instrument, MeanElements, SwathGroup
from gpm_assets.constellation.orbits import propagate
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.swath import Swath

Float = NDArray[np.float64]
Way = Literal["operator", "corrected", "searched"]

ENOUGH_KM = 0.3
"""Coordinates are left as they are when no position is farther off. In a real scene a shift by 0.3 km changes TB by 0.06 K rms
(1.3 K at most, at coasts), a tenth of the channels' NEDT."""
_KNOT_SCANS = 16
"""Between corrections every so many scans, about 200 km, a linear course is within 0.02 km."""
_CHECKED_PIXELS = 13
_PLACES, _PLACE_SCANS = 16, 32
"""Nominal coordinates are means over so many places of an orbit, each with so many scans before and after: GMI S2 leads by 18."""
_SEARCH_SCANS, _SEARCH_MARGIN = 128, 200
"""A search looks this many scans about each part of the granule: about the poles an orbit crosses its own beginning."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """Fractional coordinates of the reference pixels of a granule in another swath group.

    `nominal` (pixel, 2) holds scans ahead of the reference scan and pixels, `edge` pixels beyond either end included;
    `correction` (knot, pixel, 2) is added to them at the reference scans `knots` (knot,), linear between. `step`: the group takes
    every so many scans of the reference group. `nominal_km` and `off_km` tell how far the granule's positions are at most from
    where the nominal coordinates, and these, put them (None where the two groups share no position).
    """

    nominal: Float
    edge: int = 0
    step: int = 1
    knots: Float | None = None
    correction: Float | None = None
    way: Way = "operator"
    nominal_km: float | None = 0.0
    off_km: float | None = 0.0

    def at(self, scans: Float, pixels: Float) -> tuple[Float, Float]:
        """Fractional (scan, pixel), each (row, pixel), of fractional reference scans (row,) and pixels (pixel,)."""
        lead = np.broadcast_to(self.nominal, (len(scans), *self.nominal.shape))
        if self.knots is not None and self.correction is not None:
            lead = lead + lattice.along(self.correction, np.interp(scans, self.knots, np.arange(len(self.knots))), 0)
        scan, pixel = np.moveaxis(lattice.along(lead, pixels + self.edge, 1), -1, 0)
        return scans[:, None] / self.step + scan, pixel


def nominal(instrument: Instrument, orbit: MeanElements, group: SwathGroup, *, aft: bool, edge: int = 0) -> Alignment:
    """Coordinates in a group on one orbit of an era, averaged; `aft` when the spacecraft is yawed by 180 degrees."""
    both = group, instrument.group(instrument.reference_group)
    looks, reference = (replace(one, name="", channels=(), incidence_dimension="") for one in both)
    if looks == reference:
        pixels = _pixels(reference.pixels, edge)
        return Alignment(np.stack([0 * pixels, pixels], axis=-1), edge)
    return _nominal(instrument, orbit, looks, reference, aft, edge)


@lru_cache(maxsize=64)
def _nominal(
    instrument: Instrument, orbit: MeanElements, group: SwathGroup, reference: SwathGroup, aft: bool, edge: int
) -> Alignment:
    period_ms = 1e3 * 86400 / orbit.mean_motion_rev_per_day
    leads = []
    for place in range(_PLACES):
        scans = np.arange(-_PLACE_SCANS, _PLACE_SCANS) * instrument.scan_period_s * 1e3
        time = orbit.epoch + np.rint(place / _PLACES * period_ms + scans).astype("timedelta64[ms]")
        points = _extended(_looks(instrument, reference, time[_PLACE_SCANS : _PLACE_SCANS + 1], aft), edge)[0]
        nodes = _looks(instrument, group, time[:: group.scan_step], aft)
        middle = _PLACE_SCANS / group.scan_step
        pixel = _pixels(reference.pixels, edge) * (group.pixels - 1) / (reference.pixels - 1)
        found = lattice.refine(nodes, points, np.full(len(pixel), middle), pixel, steps=8)
        leads.append(np.stack([found[0] - middle, found[1]], axis=-1))
    return Alignment(np.asarray(np.mean(leads, axis=0)), edge, group.scan_step)


def align(swath: Swath, reference: Swath, nodes: Float, reference_nodes: Float, start: Alignment) -> Alignment:
    """Coordinates in a swath group of a granule: the nominal ones where its positions agree, else corrected, else searched.

    `nodes` (scan, pixel, 3) are the groups' positions without gaps.
    """
    known, reference_known = (np.isfinite(one.latitude) for one in (swath, reference))

    def measured(alignment: Alignment) -> Alignment:
        return replace(alignment, off_km=_off_km(alignment, nodes, known, reference_nodes, reference_known))

    best = measured(start)
    nominal_km = best.off_km
    for improve in (_corrected, _searched):
        if best.off_km is None or best.off_km <= ENOUGH_KM:
            break
        found = measured(improve(start, nodes, reference_nodes))
        if found.off_km is not None and found.off_km < best.off_km:
            best = found
    return replace(best, nominal_km=nominal_km)


def _pixels(pixels: int, edge: int) -> Float:
    return np.arange(-edge, pixels + edge, dtype=np.float64)


def _extended(points: Float, edge: int) -> Float:
    """Positions (scan, pixel, 3) continued beyond either end of the scan, as those of targets are."""
    found = lattice.along(points, _pixels(points.shape[1], edge), 1)
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


def _looks(instrument: Instrument, group: SwathGroup, time: NDArray[np.datetime64], aft: bool) -> Float:
    yaw = np.full(len(time), 180 if aft else 0, np.int16)
    where = look(propagate(instrument, time), group, yaw, cross_track=instrument.scan == "CROSSTRACK")
    return unit_vectors(where.latitude, where.longitude)


def _off_km(
    alignment: Alignment, nodes: Float, known: NDArray[np.bool_], points: Float, points_known: NDArray[np.bool_]
) -> float | None:
    """Largest distance (km) from reference positions to where coordinates put them, among positions that both files have."""
    scans = np.arange(points.shape[0])
    pixels = np.unique(np.linspace(0, points.shape[1] - 1, _CHECKED_PIXELS).astype(np.intp))
    scan, pixel = alignment.at(scans.astype(np.float64), pixels.astype(np.float64))
    inside = (scan >= 0) & (scan <= nodes.shape[0] - 1) & (pixel >= 0) & (pixel <= nodes.shape[1] - 1)
    inside &= points_known[:, pixels]
    inside[inside] = lattice.interpolate(known[..., None].astype(np.float64), scan[inside], pixel[inside])[:, 0] > 1 - 1e-9
    if not inside.any():
        return None
    there = points[:, pixels][inside]
    away = lattice.interpolate(nodes, scan[inside], pixel[inside]) - there
    away -= np.sum(away * there, axis=-1, keepdims=True) * there  # a chord runs below the sphere
    return float(EARTH_RADIUS_KM * np.linalg.norm(away, axis=-1).max())


def _corrected(start: Alignment, nodes: Float, points: Float) -> Alignment:
    """Gauss-Newton from the nominal coordinates at every 16th scan."""
    scans, pixels = points.shape[:2]
    knots = np.unique(np.linspace(0, scans - 1, -(-scans // _KNOT_SCANS) + 1).astype(np.intp))
    scan, pixel = start.at(knots.astype(np.float64), _pixels(pixels, start.edge))
    there = _extended(points[knots], start.edge)
    found = lattice.refine(nodes, there.reshape(-1, 3), scan.reshape(-1), pixel.reshape(-1))
    scans_found, pixels_found = (part.reshape(scan.shape) for part in found)
    # beyond the first and last scan the lattice is only continued: corrections go on as they were
    lost = (scans_found < -1) | (scans_found > nodes.shape[0])
    correction = np.stack([scans_found - scan, pixels_found - pixel], axis=-1)
    correction[lost] = np.nan
    return replace(start, knots=knots.astype(np.float64), correction=_continued(knots, correction), way="corrected")


def _searched(start: Alignment, nodes: Float, points: Float) -> Alignment:
    """Nearest nodes at every scan, wherever they are: for files in which scans are not where they should be."""
    scans, points = np.arange(points.shape[0]), _extended(points, start.edge)
    found = np.full((*points.shape[:2], 2), np.nan)
    for first in range(0, len(scans), _SEARCH_SCANS):
        low = max(0, first // start.step - _SEARCH_MARGIN)
        around = nodes[low : (first + _SEARCH_SCANS) // start.step + _SEARCH_MARGIN]
        scan, pixel = lattice.search(around, points[first : first + _SEARCH_SCANS])
        found[first : first + _SEARCH_SCANS] = np.stack([scan + low, pixel], axis=-1)
    before = np.stack(start.at(scans.astype(np.float64), _pixels(points.shape[1] - 2 * start.edge, start.edge)), axis=-1)
    return replace(start, knots=scans.astype(np.float64), correction=_continued(scans, found - before), way="searched")


def _continued(knots: NDArray[np.intp], values: Float) -> Float:
    """Values (knot, pixel, k) with gaps filled along the knots, linear between and beyond known ones; 0 where none is known."""
    columns = values.reshape(len(knots), -1)
    for column in np.flatnonzero(np.isnan(columns).any(axis=0)):
        known = np.flatnonzero(np.isfinite(columns[:, column]))
        x, y = knots[known].astype(np.float64), columns[known, column]
        if len(known) < 2:
            columns[:, column] = y[0] if len(known) else 0.0
            continue
        before, after = np.minimum(knots - x[0], 0) / (x[1] - x[0]), np.maximum(knots - x[-1], 0) / (x[-1] - x[-2])
        columns[:, column] = np.interp(knots, x, y) + before * (y[1] - y[0]) + after * (y[-1] - y[-2])
    return columns.reshape(values.shape)
