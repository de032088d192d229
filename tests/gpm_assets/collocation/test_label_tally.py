from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.label_tally import tally
from gpm_assets.collocation.radar import unseen


def test_labelled_pixels_alone_count_whatever_granule_they_are_in():
    first, second = unseen((1, 3)), unseen((1, 2))
    first = replace(
        first,
        rain_mm_h=np.array([[0.0, 4.0, 50.0]], np.float32),
        coverage=np.array([[1.0, 0.9, 0.5]], np.float32),
        lag_s=np.array([[66.0, 68.0, 999.0]], np.float32),
    )
    second = replace(
        second,
        rain_mm_h=np.array([[0.1, np.nan]], np.float32),
        coverage=np.ones((1, 2), np.float32),
        lag_s=np.array([[67.0, np.nan]], np.float32),
    )
    assert tally([first, second]) == {
        "labelled_pixels": 3,
        "mean_rain_mm_h": pytest.approx(4.1 / 3, abs=1e-4),
        "rain_fraction": pytest.approx(2 / 3, abs=1e-4),
        "mean_lag_s": 67.0,
        "lag_spread_s": pytest.approx(np.sqrt(2 / 3), abs=0.05),
    }


def test_nothing_labelled_has_no_mean():
    figures = tally([unseen((2, 2))])
    assert figures.pop("labelled_pixels") == 0
    assert set(figures.values()) == {None}
    assert tally([]) == tally([unseen((2, 2))])
