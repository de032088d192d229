from dataclasses import fields, replace

import numpy as np
import pytest

from gpm_assets.collocation.comparison import Comparison, paired_peaks
from gpm_assets.collocation.overlaps import Overlap, overlap
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.collocation.strata import RAIN_THRESHOLDS_MM_H
from gpm_assets.constellation.instruments import INSTRUMENTS


@pytest.fixture(scope="module")
def gmi(orbit):
    return gmi_like(orbit("GPM_GMI", 120), INSTRUMENTS["GPM_GMI"])


@pytest.fixture(scope="module")
def pairs(gmi):
    """GMI and itself five minutes later."""
    return overlap(replace(gmi, time=gmi.time + np.timedelta64(300, "s")), gmi)


def test_patches_of_an_overlap_are_compared_where_both_know(gmi, pairs):
    rain = np.random.default_rng(4).gamma(0.3, 3.0, gmi.shape).astype(np.float32)
    ours, theirs, middle = paired_peaks(0.5 * rain, rain, pairs, 16)
    assert len(ours) > 50
    assert np.allclose(2 * ours, theirs, rtol=1e-5)
    scan, pixel = np.divmod(middle, gmi.shape[1])
    one = rain[scan[0] - 8 : scan[0] + 8, pixel[0] - 8 : pixel[0] + 8]
    assert theirs[0] == np.sort(one.ravel())[-6]  # 2 % of 256
    half = pairs.first // gmi.shape[1] < 60
    few = Overlap(*(getattr(pairs, field.name)[half] for field in fields(Overlap)))
    assert 0 < len(paired_peaks(rain, rain, few, 16)[0]) < len(ours)
    blind = np.full_like(rain, np.nan)
    assert len(paired_peaks(rain, blind, pairs, 16)[0]) == 0


def test_thresholds_make_both_sensors_rain_alike_where_gmi_looks(gmi):
    """A partner that sees the same rain spread over more pixels and damped: its patches get lower thresholds."""
    rng = np.random.default_rng(5)
    compared = Comparison()
    everywhere = np.flatnonzero(np.isfinite(gmi.latitude))
    rain = [rng.gamma(0.3, 3.0, 3000).astype(np.float32) for _ in range(2)]
    for part in rain:
        compared.add(gmi, 0.4 * part, part, rng.choice(everywhere, len(part)))
    assert compared.thresholds(RAIN_THRESHOLDS_MM_H) == pytest.approx([0.4 * one for one in RAIN_THRESHOLDS_MM_H], rel=0.05)
    assert len(compared.rain[0]) == 6000
    assert Comparison().thresholds(RAIN_THRESHOLDS_MM_H) == RAIN_THRESHOLDS_MM_H
