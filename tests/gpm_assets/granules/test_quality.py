import numpy as np
import pytest

from gpm_assets.granules.quality import RULES, UNKNOWN, screen

CODES = sorted(RULES)
CHANNELS = ("37V", "37H")


def pixels(count):
    return (
        np.full((1, count, 2), 250.0, dtype=np.float32),
        np.full((1, count), 10.0),
        np.full((1, count), 20.0),
        np.zeros((1, count), dtype=np.int8),
    )


def test_every_code_does_what_the_table_says():
    tb, latitude, longitude, _ = pixels(len(CODES))
    counts = screen(tb, latitude, longitude, np.array([CODES], dtype=np.int8), CHANNELS)
    for i, code in enumerate(CODES):
        kept = np.isfinite(tb[0, i]).all(), np.isfinite(latitude[0, i]) and np.isfinite(longitude[0, i])
        assert kept == {"keep": (True, True), "mask": (False, True), "drop": (False, False)}[RULES[code].fate]
        assert counts.get(RULES[code].meaning, 0) == (code != 0)
    assert sum(counts.values()) == len(CODES) - 1


def test_errors_lose_their_tb_and_warnings_keep_it():
    assert all(RULES[code].fate == "keep" for code in (0, 1, 2, 3, 4))
    assert all(RULES[code].fate == "mask" for code in (-1, -2, -7, -10, -99))
    assert all(RULES[code].fate == "drop" for code in (-3, -6))


def test_every_reason_is_told_apart():
    assert len({rule.meaning for rule in (*RULES.values(), UNKNOWN)}) == len(RULES) + 1


@pytest.mark.parametrize("code", [-4, -5])
def test_a_missing_channel_does_not_cost_the_others(code):
    tb, latitude, longitude, quality = pixels(1)
    tb[0, 0, 1], quality[0, 0] = np.nan, code
    assert screen(tb, latitude, longitude, quality, CHANNELS) == {RULES[code].meaning: 1}
    assert tb[0, 0, 0] == 250.0
    assert np.isnan(tb[0, 0, 1])


def test_a_channel_missing_though_the_code_does_not_say_so_is_counted_by_its_name():
    tb, latitude, longitude, quality = pixels(5)
    tb[0, 1:, 1], tb[0, 1, 0], tb[0, 4, 0] = np.nan, np.nan, 39.0
    quality[0, 2:4] = 1, -5
    counts = screen(tb, latitude, longitude, quality, CHANNELS)
    assert counts == {
        "warning: possible sun glint": 1,
        "missing in several channels": 1,
        "TB outside 40 to 350 K": 1,
        "TB missing in a good pixel: 37V": 1,
        "TB missing in a good pixel: 37H": 3,
    }


def test_a_tb_that_is_infinite_is_missing():
    tb, latitude, longitude, quality = pixels(1)
    tb[0, 0, 0] = np.inf
    assert screen(tb, latitude, longitude, quality, CHANNELS) == {"TB missing in a good pixel: 37V": 1}
    assert np.isnan(tb[0, 0, 0])


@pytest.mark.parametrize("code", [77, -50, 5, 127, -128])
def test_an_unknown_code_is_masked_and_counted(code):
    tb, latitude, longitude, quality = pixels(2)
    quality[0, 0] = code
    assert screen(tb, latitude, longitude, quality, CHANNELS) == {"unknown quality code": 1}
    assert np.isnan(tb[0, 0]).all()
    assert np.isfinite(tb[0, 1]).all()
    assert latitude[0, 0] == 10.0


def test_limits_of_tb_belong_to_the_range():
    tb, latitude, longitude, quality = pixels(4)
    tb[0, :, 0] = (40.0, 39.99, 350.0, 350.1)
    assert screen(tb, latitude, longitude, quality, CHANNELS) == {"TB outside 40 to 350 K": 2}
    assert np.isfinite(tb[0, :, 0]).tolist() == [True, False, True, False]
    assert np.isfinite(tb[0, :, 1]).all()


def test_positions_missing_or_out_of_range_cost_the_tb():
    tb, latitude, longitude, quality = pixels(4)
    latitude[0, 0], longitude[0, 1], latitude[0, 3] = 90.5, np.nan, np.nan
    quality[0, 3] = -1
    counts = screen(tb, latitude, longitude, quality, CHANNELS)
    assert counts == {"missing or unreadable": 1, "position out of range": 1, "position missing": 1}
    assert np.isfinite(tb[0, :, 0]).tolist() == [False, False, True, False]
    for coordinate in (latitude, longitude):
        assert np.isfinite(coordinate[0]).tolist() == [False, False, True, False]


def random_pixels(seed):
    rng = np.random.default_rng(seed)
    scans = 150  # more than a block
    tb = rng.uniform(20, 380, (scans, 11, 2)).astype(np.float32)
    tb[rng.random(tb.shape) < 0.1] = np.nan
    latitude, longitude = rng.uniform(-95, 95, (scans, 11)), rng.uniform(-190, 190, (scans, 11))
    return tb, latitude, longitude, rng.choice([*CODES, 50], (scans, 11)).astype(np.int8)


def test_what_is_kept_is_unchanged_and_screening_again_changes_nothing():
    tb, latitude, longitude, quality = random_pixels(0)
    before = tb.copy()
    screen(tb, latitude, longitude, quality, CHANNELS)
    kept = np.isfinite(tb)
    assert 0.2 < kept.mean() < 0.8
    assert np.array_equal(before[kept], tb[kept])
    again = tb.copy()
    screen(again, latitude, longitude, quality, CHANNELS)
    assert np.array_equal(again, tb, equal_nan=True)


def test_the_policy_pixel_by_pixel():
    """The whole policy again, written as one would read it out."""
    tb, latitude, longitude, quality = random_pixels(1)
    expected = {}

    def count(reason):
        expected[reason] = expected.get(reason, 0) + 1

    survives = np.zeros(tb.shape, dtype=bool)
    for scan, pixel in np.ndindex(quality.shape):
        code, values = int(quality[scan, pixel]), tb[scan, pixel]
        rule = RULES.get(code, UNKNOWN)
        if code != 0:
            count(rule.meaning)
        if rule.fate != "keep":
            continue
        if abs(latitude[scan, pixel]) > 90 or abs(longitude[scan, pixel]) > 180:
            count("position out of range")
            continue
        survives[scan, pixel] = (values >= 40) & (values <= 350)
        if ((values < 40) | (values > 350)).any():
            count("TB outside 40 to 350 K")
        for name in np.array(CHANNELS)[np.isnan(values)] if code >= 0 else ():
            count(f"TB missing in a good pixel: {name}")
    assert screen(tb, latitude, longitude, quality, CHANNELS) == expected
    assert np.array_equal(np.isfinite(tb), survives)
