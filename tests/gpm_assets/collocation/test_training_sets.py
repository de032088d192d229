from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.climatology import count_kinds, gmi_shares
from gpm_assets.collocation.overlaps import overlap
from gpm_assets.collocation.patches import windows
from gpm_assets.collocation.radar import RadarMatch
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.collocation.strata import RAIN_THRESHOLDS_MM_H, rain_strata
from gpm_assets.collocation.training_sets import (
    GMI_CHANNELS,
    PAIR_LIFETIME_S,
    WEIGHT_ELSEWHERE,
    Domain,
    complete,
    domain_patches,
    joined_pairs,
    labelled_patches,
    labels,
    overlap_patches,
    weak_pairs,
)
from gpm_assets.conditions import conditions
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.geography import zones
from models.conditions import CONDITIONS
from models.pairs import PAIR_INDEX

TRAIN, TEST, GUARD = "2018-03-15T12:00", "2019-07-15T12:00", "2018-03-01T12:00"


@pytest.fixture(scope="module")
def gmi(orbit):
    """120 scans of GMI in a training month."""
    return gmi_like(orbit("GPM_GMI", 120, np.datetime64(TRAIN, "ms"), granule="gmi"), INSTRUMENTS["GPM_GMI"])


@pytest.fixture(scope="module")
def rain(gmi):
    """Labels of a strip as wide as the radar's, half of the granule dry, rain rising to its end."""
    rain = np.full(gmi.shape, np.nan, np.float32)
    scans = np.arange(gmi.shape[0])[:, None]
    rain[:, 88:134] = np.where(scans < 60, 0.0, 0.1 * 1.1 ** (scans - 60))
    return rain


def at(swath, day: str):
    """The swath moved to another time."""
    return replace(swath, time=np.datetime64(day, "ms") + (swath.time - swath.time[0]))


def test_labels_need_a_filled_pattern():
    coverage = np.array([[0.0, 0.5, 0.79, 0.81, 1.0]], np.float32)
    nothing, code = np.full((1, 5), np.nan, np.float32), np.zeros((1, 5), np.int8)
    match = RadarMatch(np.full((1, 5), 2, np.float32), coverage, nothing, code, code, nothing, nothing, nothing)
    assert np.array_equal(labels(match), np.array([[np.nan, np.nan, np.nan, 2, 2]], np.float32), equal_nan=True)


def test_labelled_patches_are_windows_of_the_swath_with_their_rain(gmi, rain):
    patches = labelled_patches(gmi, rain, 32, 20)
    assert 5 < len(patches.tb) <= 20
    assert patches.tb.shape[1:] == (13, 32, 32)
    assert np.all(np.isfinite(patches.rain).mean(axis=(1, 2)) >= 0.25)
    for tb, wet, row in zip(patches.tb, patches.rain, patches.index, strict=True):
        distance = np.hypot(
            gmi.latitude - row["latitude"], np.cos(np.deg2rad(row["latitude"])) * (gmi.longitude - row["longitude"])
        )
        scan, pixel = (part - 16 for part in np.unravel_index(np.nanargmin(distance), gmi.shape))
        window = slice(scan, scan + 32), slice(pixel, pixel + 32)
        assert np.array_equal(tb, np.moveaxis(gmi.tb[window], -1, 0), equal_nan=True)
        assert np.array_equal(wet, rain[window], equal_nan=True)
        assert abs(row["time"] - gmi.time[scan + 16]) <= np.timedelta64(1, "s")
        assert row["granule"] == "gmi"
        assert row["season"] == 1
    assert {0, 1, 2} <= set(patches.index["stratum"].tolist())
    wanted = windows(np.isfinite(rain) & np.isfinite(gmi.tb).all(axis=-1), 32, 0.25)
    assert patches.index["weight"].sum() == pytest.approx(len(wanted)), "patches stand for all windows there are"


def test_patches_of_a_granule_do_not_depend_on_others(gmi, rain):
    one, again = labelled_patches(gmi, rain, 32, 8), labelled_patches(gmi, rain, 32, 8)
    assert np.array_equal(one.index, again.index)
    assert np.array_equal(one.tb, again.tb, equal_nan=True)
    other = labelled_patches(replace(gmi, granule="another"), rain, 32, 8)
    assert not np.array_equal(one.tb, other.tb, equal_nan=True)


@pytest.mark.parametrize("day", [TEST, GUARD])
def test_nothing_is_learnt_outside_training_and_validation(gmi, rain, day):
    assert len(labelled_patches(gmi, rain, 32, 20).index)
    assert len(labelled_patches(at(gmi, day), rain, 32, 20).index) == 0
    proxy, overlapped = np.zeros(gmi.shape, np.float32), np.zeros(gmi.shape, bool)
    for swath, some in ((gmi, True), (at(gmi, day), False)):
        assert bool(len(domain_patches(Domain(swath, proxy, RAIN_THRESHOLDS_MM_H, overlapped), 32, 20).index)) == some


def test_patches_of_a_domain_are_whole_and_count_by_their_overlap(gmi):
    overlapped = np.zeros(gmi.shape, bool)
    overlapped[:60] = True
    proxy = np.where(overlapped, 0.2, 0.0).astype(np.float32)
    whole = domain_patches(Domain(gmi, proxy, RAIN_THRESHOLDS_MM_H, overlapped), 16, 60)
    assert np.all(np.isfinite(whole.tb).all(axis=1).mean(axis=(1, 2)) >= 0.95)
    share = (whole.rain > 0.1).mean(axis=(1, 2))
    assert np.array_equal(whole.index["stratum"], (share >= 0.02).astype(int))
    found = windows(np.isfinite(gmi.tb).all(axis=-1), 16, 0.95)
    for stratum in (0, 1):
        ours = whole.index["stratum"] == stratum
        there = rain_strata(proxy, found, 16) == stratum
        standing = there.sum() / ours.sum()
        assert np.allclose(whole.index["weight"][ours], standing * np.maximum(share[ours], WEIGHT_ELSEWHERE))
    assert {0.0, 1.0} <= set(share.tolist())
    calibrated = domain_patches(Domain(gmi, proxy, (1.0, 2.0, 3.0), overlapped), 16, 60)
    assert set(calibrated.index["stratum"]) == {0}


@pytest.fixture(scope="module")
def pairs(orbit, gmi):
    """A partner that looks like GMI five minutes later, and its pairs with GMI."""
    partner = replace(gmi, granule="partner", time=gmi.time + np.timedelta64(300_000, "ms"))
    return partner, overlap(partner, gmi)


def test_weak_pairs_are_values_of_the_same_place(gmi, pairs):
    partner, found = pairs
    source, target, index, beside = weak_pairs(partner, gmi, found, 500)
    assert source.shape == target.shape == (500, 13)
    assert np.array_equal(source, target)
    assert np.isfinite(source).all()
    assert index.dtype == PAIR_INDEX
    assert set(index["split"]) == {"train"}
    assert np.all(index["seconds_apart"] == -300)
    assert np.allclose(index["weight"], np.exp(-300 / PAIR_LIFETIME_S))
    assert set(index["block"]) == {"2018-03-15"}
    assert np.all((index["variability_k"] > 0) & (index["variability_k"] < 30))
    assert len(np.unique(index[["latitude", "longitude"]])) == 500
    np.testing.assert_allclose(beside[:, list(CONDITIONS).index("latitude")], index["latitude"], atol=1e-4)
    land = beside[:, list(CONDITIONS).index("land_fraction")]
    assert np.array_equal(zones.surface(land), index["surface"])


def test_weak_pairs_are_limited_and_the_same_each_time(gmi, pairs):
    partner, found = pairs
    everything = weak_pairs(partner, gmi, found, 10**9)
    complete = np.isfinite(gmi.tb).all(axis=-1).sum()
    assert len(everything[0]) == complete
    one, again = weak_pairs(partner, gmi, found, 300), weak_pairs(partner, gmi, found, 300)
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert len(np.unique(one[2][["latitude", "longitude"]])) == 300


def test_pairs_with_a_missing_channel_are_left_out(gmi, pairs):
    partner, found = pairs
    tb = gmi.tb.copy()
    tb[40:80, :, 3] = np.nan
    source, target, *_ = weak_pairs(partner, replace(gmi, tb=tb), found, 10**9)
    assert np.isfinite(target).all()
    assert len(source) < np.isfinite(gmi.tb).all(axis=-1).sum()


def test_pairs_of_several_overpasses_are_joined(gmi, pairs):
    part = weak_pairs(pairs[0], gmi, pairs[1], 40)
    source, target, index, beside = joined_pairs([part, part], 13)
    assert source.shape == (80, 13)
    assert len(target) == len(index) == len(beside) == 80
    nothing = joined_pairs([], 11)
    assert [each.shape for each in nothing] == [(0, 11), (0, len(GMI_CHANNELS)), (0,), (0, len(CONDITIONS))]


def test_pairs_weigh_what_their_place_does_in_gmis_view(gmi, pairs):
    parts = [weak_pairs(pairs[0], gmi, pairs[1], 4000)]
    index = joined_pairs(parts, 13).rows
    kinds = count_kinds(index["latitude_band"], index["surface"], index["weight"])
    seen = count_kinds(index["latitude_band"], index["surface"]) > 0
    wanted = np.where(seen, gmi_shares(), 0)
    assert seen.sum() > 1
    before = count_kinds(parts[0][2]["latitude_band"], parts[0][2]["surface"])
    gap = [np.abs(each / each.sum() - wanted / wanted.sum()).sum() for each in (kinds, before)]
    assert gap[0] < 0.5 * gap[1]


def test_a_granule_without_a_group_keeps_the_channels_of_the_table(orbit):
    groups = orbit("GPM_GMI", 60, np.datetime64(TRAIN, "ms"))
    part = gmi_like(groups[:1], INSTRUMENTS["GPM_GMI"])
    whole = complete(part)
    assert whole.channels == GMI_CHANNELS
    assert np.array_equal(whole.tb[..., :9], part.tb, equal_nan=True)
    assert np.isnan(whole.tb[..., 9:]).all()
    assert (
        len(
            domain_patches(
                Domain(whole, np.zeros(part.shape, np.float32), RAIN_THRESHOLDS_MM_H, np.ones(part.shape, bool)), 16, 8
            ).index
        )
        == 0
    )
    assert complete(whole) is whole
    few = complete(whole, ("89V", "10.65V"))
    assert np.array_equal(few.tb, whole.tb[..., [7, 0]], equal_nan=True)
    assert np.array_equal(few.incidence, whole.incidence[..., [7, 0]], equal_nan=True)


def test_overlap_patches_hold_gmis_own_values(gmi, pairs):
    """The partner is GMI five minutes later: where GMI's TB are known they are the patch's own, and elsewhere nothing is."""
    partner, found = pairs
    proxy = np.where(np.arange(gmi.shape[0])[:, None] < 60, 2.0, 0.0) * np.ones(gmi.shape, np.float32)
    half = replace(gmi, tb=np.where(np.arange(gmi.shape[1])[:, None] < 120, gmi.tb, np.nan))
    domain = Domain(partner, proxy.astype(np.float32), RAIN_THRESHOLDS_MM_H, np.zeros(gmi.shape, bool))
    patches, target = overlap_patches(domain, half, found, 16, 30)
    assert len(target) == len(patches.tb) == 30
    known = np.isfinite(target).all(axis=1)
    assert np.all(known.mean(axis=(1, 2)) >= 0.5)
    assert not known.all()
    np.testing.assert_array_equal(target[np.isfinite(target)], patches.tb[np.isfinite(target)])
    assert len(set(patches.index["stratum"])) == 2
    dry = patches.index["stratum"] == 0
    assert dry.sum() > 5
    assert np.allclose(patches.index["weight"][dry], patches.index["weight"][dry][0])
    nothing, none = overlap_patches(domain, half, type(found)(*(each[:0] for each in vars(found).values())), 16, 30)
    assert len(nothing.tb) == len(none) == 0


def test_patches_carry_the_conditions_of_their_pixels(gmi):
    patches = domain_patches(
        Domain(gmi, np.zeros(gmi.shape, np.float32), RAIN_THRESHOLDS_MM_H, np.zeros(gmi.shape, bool)), 16, 10
    )
    beside = dict(zip(CONDITIONS, np.moveaxis(patches.conditions, 1, 0), strict=True))
    scan, pixel = patches.corner[3]
    np.testing.assert_array_equal(beside["latitude"][3], gmi.latitude[scan : scan + 16, pixel : pixel + 16].astype(np.float32))
    np.testing.assert_allclose(beside["scan_position"][3, 0, 0], 2 * pixel / (gmi.shape[1] - 1) - 1, atol=1e-6)
    assert np.all((beside["incidence"] > 48) & (beside["incidence"] < 54))
    np.testing.assert_array_equal(conditions(gmi, ("latitude",))[..., 0], gmi.latitude.astype(np.float32))
    assert conditions(gmi, ()).shape == (*gmi.shape, 0)
