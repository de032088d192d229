"""Regimes: each on hand-made pixels, which comes first, and what is unknown."""

import itertools

import numpy as np
import pytest

from gpm_assets.evaluation.regimes import REGIMES, regime

NAN = np.nan


def name(rain, kind=1, freezing=4000.0, top=6000.0, terrain=0):
    values = [np.array([value]) for value in (rain, np.int8(kind), freezing, top, np.int8(terrain))]
    code = regime(*values)[0]
    return "unknown" if code < 0 else REGIMES[code]


PIXELS = {
    "dry over mountains": ((0.09, 0, 4000, NAN, 2), "dry"),
    "snow": ((1.0, 1, 499, 3000, 0), "frozen"),
    "tropical tower": ((20.0, 2, 5000, 10000, 0), "deep convective"),
    "tower of the mid-latitudes": ((20.0, 2, 3000, 8000, 0), "deep convective"),
    "lifted": ((5.0, 1, 4500, 6000, 2), "orographic"),
    "shallow": ((0.5, 3, 4500, 2500, 0), "warm shallow"),
    "shallow convection": ((0.5, 2, 4500, 4400, 1), "warm shallow"),
    "stratiform": ((2.0, 1, 4500, 6500, 1), "stratiform with bright band"),
    "convection that is not deep": ((8.0, 2, 4500, 9400, 0), "other"),
    "other type": ((8.0, 3, 4500, 12000, 0), "other"),
    # precedence
    "snow over mountains": ((1.0, 1, 100, 3000, 2), "frozen"),
    "a cold tower is frozen": ((3.0, 2, 400, 9000, 0), "frozen"),
    "a tower over mountains": ((20.0, 2, 5000, 11000, 2), "deep convective"),
    "shallow over mountains": ((2.0, 1, 4500, 3000, 2), "orographic"),
    # limits
    "wet from 0.1 mm/h": ((0.1, 1, 4500, 6500, 0), "stratiform with bright band"),
    "rain from 500 m": ((1.0, 1, 500, 3000, 0), "stratiform with bright band"),
    "top at the freezing level": ((1.0, 1, 4500, 4500, 0), "stratiform with bright band"),
    # unknown inputs
    "rain unknown": ((NAN, 1, 4500, 6500, 0), "unknown"),
    "dry needs nothing else": ((0.0, -1, NAN, NAN, -1), "dry"),
    "freezing level unknown": ((1.0, 1, NAN, 6500, 2), "unknown"),
    "top unknown, convective": ((1.0, 2, 4500, NAN, 2), "unknown"),
    "top unknown, stratiform over mountains": ((1.0, 1, 4500, NAN, 2), "orographic"),
    "top unknown, stratiform over a plain": ((1.0, 1, 4500, NAN, 0), "unknown"),
    "top unknown, frozen": ((1.0, -1, 100, NAN, -1), "frozen"),
    "type unknown, tall": ((1.0, -1, 4500, 12000, 0), "unknown"),
    "type unknown, shallow": ((1.0, -1, 4500, 3000, 0), "warm shallow"),
    "ground unknown": ((1.0, 1, 4500, 6500, -1), "unknown"),
}  # fmt: skip


@pytest.mark.parametrize("pixel", PIXELS)
def test_pixels(pixel):
    given, expected = PIXELS[pixel]
    assert name(*given) == expected


def test_where_all_is_known_every_pixel_has_a_regime():
    grid = itertools.product([0.0, 1.0, 30.0], [0, 1, 2, 3], [0.0, 2000.0, 5000.0], [1000.0, 6000.0, 12000.0], [0, 1, 2])
    rain, kind, freezing, top, ground = np.array(list(grid)).T
    codes = regime(rain, kind.astype(np.int8), freezing, top, ground.astype(np.int8))
    assert set(codes) == set(range(len(REGIMES)))


def test_what_is_known_in_part_never_contradicts_what_is_known_in_full():
    """Hiding one input leaves the regime or makes it unknown."""
    grid = itertools.product([0.0, 1.0], [0, 1, 2, 3], [0.0, 5000.0], [1000.0, 6000.0, 12000.0], [0, 2])
    rain, kind, freezing, top, ground = np.array(list(grid)).T
    full = [rain, kind.astype(np.int8), freezing, top, ground.astype(np.int8)]
    codes = regime(*full)
    for hidden in range(5):
        part = [np.full_like(v, -1 if v.dtype == np.int8 else NAN) if at == hidden else v for at, v in enumerate(full)]
        found = regime(*part)
        assert np.all((found == codes) | (found == -1))
        assert (found == -1).any()
