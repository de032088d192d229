from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import propagate
from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.errors import RequestError
from gpm_assets.simulation.crossings import find_crossings
from gpm_assets.simulation.plan import PlanConfig, plan

CONFIG = PlanConfig(seed=1, orbits=8, fraction=0.25)
MONTHS = ("2019-01", "2019-07", "2014-03")


def crossings(product: str, month: str, config: PlanConfig = CONFIG):
    return [piece.crossing for piece in plan(product, month, config) if piece.crossing]


@pytest.mark.parametrize("month", MONTHS)
def test_both_sensors_have_the_same_crossings(month):
    pieces = {name: [piece for piece in plan(name, month, CONFIG) if piece.crossing] for name in ("GPM_GMI", "F16_SSMIS")}
    assert len(pieces["GPM_GMI"]) == 4
    assert crossings("GPM_GMI", month) == crossings("F16_SSMIS", month)
    for piece in pieces["GPM_GMI"]:
        assert piece.start <= piece.crossing.gmi_time <= piece.stop
    for piece in pieces["F16_SSMIS"]:
        assert piece.start <= piece.crossing.partner_time <= piece.stop


@pytest.mark.parametrize("partner", ["F16_SSMIS", "F18_SSMIS", "NOAA20_ATMS"])
def test_crossings_are_real(partner):
    """Both sensors' pixels come within 10 km of the place, within 15 minutes."""
    found = find_crossings(partner, "2019-07")
    assert len(found) > 30
    for crossing in found[:: len(found) // 12]:
        times = []
        for name, when in (("GPM_GMI", crossing.gmi_time), (partner, crossing.partner_time)):
            row = INSTRUMENTS[name]
            time = when + (np.arange(-120, 121) * row.scan_period_s * 1e3).astype("timedelta64[ms]")
            where = scan(row, row.group(row.reference_group), time)
            place = unit_vectors(crossing.latitude, crossing.longitude)
            distance = 6371 * np.linalg.norm(unit_vectors(where.latitude, where.longitude) - place, axis=-1)
            assert distance.min() < 15
            times.append(time[np.unravel_index(np.argmin(distance), distance.shape)[0]])
        assert abs(times[0] - times[1]) <= np.timedelta64(15, "m")


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS", "F18_SSMIS"])
def test_pieces_lie_in_month_and_orbit_and_never_twice_in_one(sensor, month):
    pieces = plan(sensor, month, CONFIG)
    assert len(pieces) == 8
    assert len({piece.number for piece in pieces}) == 8
    assert all(str(piece.start)[:7] == month for piece in pieces)
    assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)
    for piece in pieces:
        time = piece.start + np.arange(0, int((piece.stop - piece.start).astype(int)), 10_000).astype("timedelta64[ms]")
        rising = np.diff(propagate(INSTRUMENTS[sensor], time).latitude) > 0
        assert np.count_nonzero(~rising[:-1] & rising[1:]) == 0  # no southernmost latitude inside


def test_crossings_are_quick_and_most_are_not_polar():
    """Orbits meet most often poleward of 55 degrees; a short lag weighs as much as a good latitude (two degrees a minute)."""
    chosen = [crossing for month in ("2019-01", "2019-04", "2019-07", "2019-10") for crossing in crossings("GPM_GMI", month)]
    latitudes = np.abs([crossing.latitude for crossing in chosen])
    lags = np.abs([(crossing.gmi_time - crossing.partner_time) / np.timedelta64(1, "m") for crossing in chosen])
    assert np.mean(latitudes < 55) > 0.5
    assert min(latitudes) < 25
    assert np.median(lags) < 3


def test_whole_orbits_run_from_southernmost_to_southernmost():
    for piece in plan("GPM_GMI", "2019-07", replace(CONFIG, fraction=1.0)):
        ends = propagate(INSTRUMENTS["GPM_GMI"], np.array([piece.start, piece.stop]))
        assert np.all(ends.latitude < -64.9)
        assert abs((piece.stop - piece.start).astype(float) / 1e3 - 5555) < 5


@pytest.mark.parametrize("product", ["GPM_DPR", "GPM_DPRGMI"])
def test_radar_has_the_pieces_of_gmi(product):
    radar, gmi = plan(product, "2019-07", CONFIG), plan("GPM_GMI", "2019-07", CONFIG)
    assert [(p.number, p.start, p.stop) for p in radar] == [(p.number, p.start, p.stop) for p in gmi]
    assert {piece.product for piece in radar} == {product}


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_share_of_orbits_that_cross_is_as_asked(share):
    config = replace(CONFIG, overlapping=share)
    assert len(crossings("GPM_GMI", "2019-07", config)) == len(crossings("F18_SSMIS", "2019-07", config)) == 8 * share
    assert len(plan("GPM_GMI", "2019-07", config)) == 8


def test_pieces_begin_and_last_whole_steps():
    for piece in plan("F16_SSMIS", "2019-07", replace(CONFIG, fraction=0.0131)):
        assert piece.start == piece.start.astype("datetime64[s]")
        assert (piece.stop - piece.start) % np.timedelta64(7, "s") == 0
        assert 60 < (piece.stop - piece.start) / np.timedelta64(1, "s") <= 0.0131 * 6200


def test_all_orbits_of_a_month_can_be_asked_for():
    pieces = plan("GPM_GMI", "2019-07", PlanConfig(orbits=10_000))
    assert len(pieces) == pytest.approx(31 * 86400 / 5554.9, abs=1)
    assert all(later.start == sooner.stop for sooner, later in pairwise(pieces))


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"orbits": 0}, {"fraction": 0.0}, {"fraction": 1.01}, {"overlapping": 1.5}])
def test_impossible_plans_are_refused_with_the_value(wrong):
    with pytest.raises(RequestError, match=str(next(iter(wrong.values())))):
        PlanConfig(**wrong)


def test_other_sensors_cross_gmi_with_half_of_their_orbits():
    found = crossings("NOAA20_ATMS", "2019-07")
    assert len(found) == 4
    assert all(crossing.partner == "NOAA20_ATMS" for crossing in found)


def test_before_gmi_nothing_crosses():
    assert crossings("F16_SSMIS", "2010-05") == []
    assert len(plan("F16_SSMIS", "2010-05", CONFIG)) == 8


def test_several_partners_share_gmis_orbits():
    config = replace(CONFIG, partners=("F16_SSMIS", "F18_SSMIS"))
    partners = [crossing.partner for crossing in crossings("GPM_GMI", "2019-07", config)]
    assert partners.count("F16_SSMIS") == 4
    assert partners.count("F18_SSMIS") == 4
    assert len(plan("GPM_GMI", "2019-07", config)) == 8


@pytest.mark.parametrize(
    ("product", "month", "told"),
    [
        ("NOAA20_ATMS", "2014-03", "2017-11-29"),
        ("NOAA18_MHS", "2018-11", "NOAA18_MHS delivered nothing in 2018-11; it lived from 2005-05-25 to 2018-10-20"),
        ("F16_SSMIS", "2005-10", "it lived from 2005-11-20 to today"),
        ("GPM_DPR", "2014-02", "GPM_DPR delivered nothing in 2014-02; it lived from 2014-03-08 to today"),
        ("GPM_GMI", "2013-01", "2014-03-04"),
        ("XYZ_ABC", "2019-07", "known sensors"),
        ("GPM_GMI", "2019-7x", "YYYY-MM"),
    ],
)
def test_requests_that_cannot_be_served(product, month, told):
    with pytest.raises(RequestError, match=told):
        plan(product, month, CONFIG)


def test_in_its_first_month_a_product_begins_with_its_life():
    assert all(piece.start >= np.datetime64("2014-03-08") for piece in plan("GPM_DPR", "2014-03", CONFIG))
    assert all(piece.start >= np.datetime64("2014-03-04") for piece in plan("GPM_GMI", "2014-03", CONFIG))
    assert all(piece.stop < np.datetime64("2018-10-21") for piece in plan("NOAA18_MHS", "2018-10", CONFIG))


def test_whole_orbits_of_the_month_of_the_boost_belong_to_one_era():
    pieces = plan("GPM_GMI", "2023-11", replace(CONFIG, fraction=1.0, orbits=40))
    lengths = [(piece.stop - piece.start).astype(float) / 1e3 for piece in pieces]
    for piece, length in zip(pieces, lengths, strict=True):
        assert abs(length - (5554.9 if piece.start < np.datetime64("2023-11-08T00:30") else 5592.9)) < 1
    assert max(lengths) - min(lengths) > 30
