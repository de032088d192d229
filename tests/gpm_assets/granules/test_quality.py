import numpy as np
import pytest

from gpm_assets.granules.quality import RULES, screen

CODES = sorted(RULES)


def pixels(count):
    return (
        np.full((1, count, 2), 250.0, dtype=np.float32),
        np.full((1, count), 10.0),
        np.full((1, count), 20.0),
        np.zeros((1, count), dtype=np.int8),
    )


def test_every_code_does_what_the_table_says():
    tb, latitude, longitude, _ = pixels(len(CODES))
    screened = screen(tb, latitude, longitude, np.array([CODES], dtype=np.int8))
    for i, code in enumerate(CODES):
        assert np.isfinite(screened.tb[0, i]).all() == RULES[code].tb
        assert np.isfinite(screened.latitude[0, i]) == RULES[code].position
        assert screened.counts.get(RULES[code].meaning, 0) == (code != 0)
    assert sum(screened.counts.values()) == len(CODES) - 1


def test_errors_lose_their_tb_and_warnings_keep_it():
    assert all(RULES[code].tb for code in (0, 1, 2, 3, 4))
    assert not any(RULES[code].tb for code in (-1, -2, -3, -6, -7, -10, -99))


@pytest.mark.parametrize("code", [-4, -5])
def test_a_missing_channel_does_not_cost_the_others(code):
    tb, latitude, longitude, quality = pixels(1)
    tb[0, 0, 1], quality[0, 0] = np.nan, code
    screened = screen(tb, latitude, longitude, quality)
    assert screened.tb[0, 0, 0] == 250.0
    assert np.isnan(screened.tb[0, 0, 1])


def test_an_unknown_code_is_dropped_and_counted():
    tb, latitude, longitude, quality = pixels(2)
    quality[0, 0] = 77
    screened = screen(tb, latitude, longitude, quality)
    assert np.isnan(screened.tb[0, 0]).all()
    assert screened.counts == {"unknown quality code": 1}


def test_limits_of_tb_belong_to_the_range():
    tb, latitude, longitude, quality = pixels(4)
    tb[0, :, 0] = (40.0, 39.99, 350.0, 350.1)
    screened = screen(tb, latitude, longitude, quality)
    assert np.isfinite(screened.tb[0, :, 0]).tolist() == [True, False, True, False]
    assert np.isfinite(screened.tb[0, :, 1]).all()
    assert screened.counts == {"TB outside 40 to 350 K": 2}


def test_positions_missing_or_out_of_range_cost_the_tb():
    tb, latitude, longitude, quality = pixels(3)
    latitude[0, 0], longitude[0, 1] = 90.5, np.nan
    screened = screen(tb, latitude, longitude, quality)
    assert np.isfinite(screened.tb[0, :, 0]).tolist() == [False, False, True]
    assert np.isnan(screened.longitude[0, 0])
    assert np.isnan(screened.latitude[0, 1])
    assert screened.counts == {"position out of range": 1, "position missing": 1}


def test_inputs_stay_as_they_are():
    tb, latitude, longitude, quality = pixels(1)
    quality[0, 0] = -3
    screen(tb, latitude, longitude, quality)
    assert np.isfinite(latitude).all()
    assert np.isfinite(tb).all()


def test_masking_is_monotonous_and_idempotent():
    rng = np.random.default_rng(0)
    tb = rng.uniform(20, 380, (9, 11, 3)).astype(np.float32)
    latitude, longitude = rng.uniform(-95, 95, (9, 11)), rng.uniform(-190, 190, (9, 11))
    quality = rng.choice([*CODES, 50], (9, 11)).astype(np.int8)
    once = screen(tb, latitude, longitude, quality)
    kept = np.isfinite(once.tb)
    assert np.array_equal(once.tb[kept], tb[kept])
    twice = screen(once.tb, once.latitude, once.longitude, quality)
    assert np.array_equal(twice.tb, once.tb, equal_nan=True)
