from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation import lattice
from gpm_assets.collocation.alignment import ENOUGH_KM, Alignment, align, nominal
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import orbit_at
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors

BOOST = {"GPM_GMI": "2024-03-01T12:00", "TRMM_TMI": "2010-03-01T12:00"}
CONES = {
    "GPM_GMI": {"S2": "corrected"},
    "F16_SSMIS": {"S1": "corrected", "S2": "operator", "S3": "corrected"},
    "GCOMW1_AMSR2": {"S1": "operator", "S6": "corrected"},
    "TRMM_TMI": {"S1": "operator", "S2": "operator"},
    "F15_SSMI": {"S1": "operator"},
    "NOAA20_ATMS": {"S1": "operator"},
}
"""Groups of one cone stay where the table has them, others are corrected."""


def nodes(swath) -> np.ndarray:
    return lattice.fill(unit_vectors(swath.latitude, swath.longitude))


def aligned(groups, name: str) -> Alignment:
    row = INSTRUMENTS[groups[0].sensor]
    swath, reference = (next(one for one in groups if one.group == wanted) for wanted in (name, row.reference_group))
    start = nominal(row, orbit_at(row, reference.time[0]), row.group(name), aft=reference.aft)
    return align(swath, reference, nodes(swath), nodes(reference), start)


@pytest.fixture(scope="module")
def equator(orbit, crossing):
    """Swath groups as they cross the equator, where the Earth turns fastest below."""

    def make(sensor: str, start: str = "2018-04-20T12:00", scans: int = 200):
        return orbit(sensor, scans, crossing(sensor, lambda latitude, longitude: np.abs(latitude), np.datetime64(start, "ms")))

    return make


@pytest.mark.parametrize("era", ["2018-04-20T12:00", None])
@pytest.mark.parametrize("sensor", CONES)
def test_what_looks_at_one_cone_keeps_the_table_and_the_rest_is_corrected(sensor, era, equator):
    groups = equator(sensor, era or BOOST.get(sensor, "2012-10-01T12:00"))
    for name, way in CONES[sensor].items():
        found = aligned(groups, name)
        assert found.way == way, name
        assert found.off_km <= (ENOUGH_KM if way == "operator" else 0.02)
        assert way == "operator" or found.nominal_km > 0.5


@pytest.mark.parametrize(("sensor", "name"), [("GPM_GMI", "S2"), ("F16_SSMIS", "S1"), ("F15_SSMI", "S1")])
def test_coordinates_are_those_that_a_search_finds_everywhere(sensor, name, equator):
    """Between knots and at pixels that are not checked: where both lattices overlap."""
    groups = equator(sensor)
    found = aligned(groups, name)
    group, reference = (
        nodes(next(one for one in groups if one.group == wanted)) for wanted in (name, INSTRUMENTS[sensor].reference_group)
    )
    scans, pixels = (np.arange(size, dtype=np.float64) for size in reference.shape[:2])
    scan, pixel = found.at(scans, pixels)
    inside = (scan >= 0) & (scan <= group.shape[0] - 1) & (pixel >= 0) & (pixel <= group.shape[1] - 1)
    assert inside.mean() > 0.7
    away = EARTH_RADIUS_KM * np.linalg.norm(lattice.interpolate(group, scan, pixel) - reference, axis=-1)
    assert away[inside].max() < 0.05  # chords run up to 15 m below the sphere


def test_the_table_knows_which_way_the_spacecraft_flies():
    row = INSTRUMENTS["GPM_GMI"]
    ahead, behind = (nominal(row, row.orbit, row.group("S2"), aft=aft).nominal[110, 0] for aft in (False, True))
    assert ahead == pytest.approx(4.2, abs=0.2)
    assert behind == pytest.approx(-4.2, abs=0.2)


@pytest.mark.parametrize("late", [3, 150])
def test_a_group_that_begins_later_is_corrected(late, equator):
    groups = list(equator("F16_SSMIS", scans=400))
    usual = aligned(groups, "S1")
    groups[0] = groups[0].rows(slice(late, None))
    found = aligned(groups, "S1")
    assert found.way == "corrected"
    assert found.off_km < 0.02 < 30 < found.nominal_km
    rows, pixels = np.arange(200.0, 390.0), np.arange(0.0, 180.0)
    for own, other, shift in zip(found.at(rows, pixels), usual.at(rows, pixels), (late, 0), strict=True):
        assert np.abs(own + shift - other).max() < 0.05


def test_a_jump_that_no_time_tells_of_is_searched(equator):
    gone = np.arange(100, 130)
    names = ("tb", "latitude", "longitude", "time", "incidence", "quality")
    groups = [
        replace(one, **{name: np.delete(getattr(one, name), gone, axis=0) for name in names}) for one in equator("F16_SSMIS")
    ]
    found = aligned(groups, "S1")
    assert found.way == "searched"
    assert found.off_km > ENOUGH_KM  # within the jump there is nothing to find, and that is told
    rows, pixels = np.r_[10.0:92, 108:160], np.arange(0.0, 180)
    scan, pixel = found.at(rows, pixels)
    there = lattice.interpolate(nodes(groups[3]), *np.meshgrid(rows, pixels, indexing="ij"))
    away = EARTH_RADIUS_KM * np.linalg.norm(lattice.interpolate(nodes(groups[0]), scan, pixel) - there, axis=-1)
    assert away.max() < 0.1


def test_missing_positions_do_not_decide(equator):
    groups = list(equator("NOAA20_ATMS"))
    latitude = groups[0].latitude.copy()
    latitude[40:60] = np.nan  # filled by polynomials, kilometres from the truth
    groups[0] = replace(groups[0], latitude=latitude)
    assert aligned(groups, "S1").off_km < 0.01
    groups[0] = replace(groups[0], latitude=np.full_like(latitude, np.nan))
    nowhere = aligned(groups, "S1")
    assert (nowhere.way, nowhere.off_km) == ("operator", None)
