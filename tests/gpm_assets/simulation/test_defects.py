from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.geometry import channel_incidence, scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.sun import glint_angle
from gpm_assets.simulation import defects
from gpm_assets.simulation.defects import DEAD_CHANNELS, Lost, lost_scans, with_defects
from gpm_assets.simulation.granules import granule_name, simulate_granule
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlannedGranule
from gpm_assets.swath import Swath

NATURE = Nature(1)
START = np.datetime64("2019-07-22T05:26", "ms")


def flat(sensor: str, group: str, scans: int, start: np.datetime64 = START, granule: str = "a"):
    """A swath of 250 K in every channel, and how it was scanned."""
    row = INSTRUMENTS[sensor]
    part = row.group(group)
    time = start + np.rint(np.arange(scans) * row.scan_period_s * 1e3).astype("timedelta64[ms]")
    where = scan(row, part, time)
    tb = np.full((*where.latitude.shape, len(part.channels)), 250, np.float32)
    names = tuple(channel.name for channel in part.channels)
    incidence = channel_incidence(where, part)
    quality = np.zeros(where.latitude.shape, np.int8)
    return Swath(sensor, names, tb, where.latitude, where.longitude, time, incidence, quality, granule, group), where


def nothing_lost(scans: int) -> Lost:
    return Lost(*(np.zeros(scans, bool) for _ in range(3)))


def test_lost_scans_are_few_and_reproducible():
    found = [lost_scans(NATURE, f"granule {number}", 2900) for number in range(300)]
    missing = np.array([one.missing.sum() for one in found])
    assert 0.2 < (missing > 0).mean() < 0.4
    assert missing.max() <= 4
    assert 1 <= sum(one.not_normal.any() for one in found) <= 40
    assert 0 < sum(one.without_position.any() for one in found) < (missing > 0).sum()
    assert not any((one.without_position & ~one.missing).any() or (one.missing & one.not_normal).any() for one in found)
    np.testing.assert_array_equal(found[3].missing, lost_scans(NATURE, "granule 3", 2900).missing)


def test_glint_is_flagged_where_the_angle_is_small():
    swath, where = flat("GPM_GMI", "S1", 1500, np.datetime64("2019-07-08T00:30", "ms"))
    marked = with_defects(swath, where, INSTRUMENTS["GPM_GMI"].group("S1"), nothing_lost(1500), NATURE)
    track = where.track
    angle = glint_angle(swath.time, swath.latitude, swath.longitude, (track.latitude, track.longitude, track.altitude))
    glint = (angle >= 0) & (angle < 20)
    assert 100 < glint.sum() < 0.1 * glint.size
    assert np.isin(marked.quality[glint], (1, 2, -2)).all()
    assert not (marked.quality[~glint] == 1).any()
    assert np.isfinite(marked.tb[marked.quality == 1]).all()


def test_interference_warms_the_low_channels_on_land_and_is_flagged():
    swath, where = flat("GPM_GMI", "S1", 1500)
    marked = with_defects(swath, where, INSTRUMENTS["GPM_GMI"].group("S1"), nothing_lost(1500), NATURE)
    flagged = marked.quality == 2
    assert 0 < flagged.mean() < 0.01
    warmer = marked.tb - swath.tb
    assert np.nanmax(warmer[..., 4:]) == 0
    assert np.nanmin(warmer) == 0
    assert np.nanmax(warmer[..., :4]) > 5
    assert (warmer[flagged][:, :4].max(axis=1) > 2).all()
    assert warmer[~flagged & (marked.quality >= 0)].max() <= 2
    assert np.nanmax(marked.tb) < 330


@pytest.mark.parametrize("dead", DEAD_CHANNELS)
def test_dead_channels_are_missing_from_their_day_on(dead):
    row = INSTRUMENTS[dead.sensor]
    group = next(group for group in row.groups if dead.channel in [channel.name for channel in group.channels])
    for days, died in ((-2, False), (1, True)):
        start = np.datetime64(dead.since, "ms") + np.timedelta64(days, "D")
        swath, where = flat(dead.sensor, group.name, 30, start)
        marked = with_defects(swath, where, group, nothing_lost(30), NATURE)
        assert np.isnan(marked.channel(dead.channel)).all() == died
        assert (marked.quality == -4).all() == died
        others = [name for name in marked.channels if name != dead.channel]
        assert all(np.isfinite(marked.channel(name)).all() for name in others)


def test_a_dead_channel_reads_back_without_costing_the_others(tmp_path):
    piece = PlannedGranule("F17_SSMIS", 7, START, START + np.timedelta64(20, "s"))
    simulate_granule(piece, NATURE, tmp_path / granule_name(piece))
    second = read_1c(tmp_path / granule_name(piece))[1]
    assert second.channels == ("37V", "37H")
    good = second.quality == -4
    assert good.mean() > 0.5
    assert np.isnan(second.channel("37V")).all()
    assert np.isfinite(second.channel("37H")[good]).all()
    assert second.counts["missing in one channel"] == good.sum()


def test_what_is_lost_is_coded_and_outranks_warnings(monkeypatch):
    monkeypatch.setattr(defects, "_UNPHYSICAL_SHARE", 0.01)
    swath, where = flat("GPM_GMI", "S1", 40)
    lost = nothing_lost(40)
    lost.missing[[3, 4]] = lost.without_position[3] = lost.not_normal[10] = True
    marked = with_defects(swath, where, INSTRUMENTS["GPM_GMI"].group("S1"), lost, NATURE)
    assert (marked.quality[[3, 4]] == -1).all()
    assert (marked.quality[10] == -7).all()
    assert np.isnan(marked.latitude[3]).all()
    assert np.isfinite(marked.latitude[[4, 10]]).all()
    unphysical = marked.quality == -2
    assert 20 < unphysical.sum() < 200
    errors = marked.quality < 0
    assert np.isnan(marked.tb[errors]).all()
    assert np.isfinite(marked.tb[~errors]).all()


def test_defects_follow_from_nature_and_granule():
    swath, where = flat("GPM_GMI", "S1", 800)
    group = INSTRUMENTS["GPM_GMI"].group("S1")
    first, again, other = (with_defects(replace(swath, granule=name), where, group, nothing_lost(800), NATURE) for name in "aab")
    np.testing.assert_array_equal(first.tb, again.tb)
    assert not np.array_equal(first.tb, other.tb)
