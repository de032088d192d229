"""Joint classes of retrieved and reference rain: against a two-dimensional histogram, measures exact, parts that add up."""

import numpy as np
import pandas
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation import distributions, scatter
from gpm_assets.evaluation.binned import add
from gpm_assets.evaluation.distributions import EDGES_MM_H
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.scatter import KEYS, SUMS, counts, measures
from gpm_assets.evaluation.scores import rain_measures, rain_pixels, rain_sums


def rain(count=4000, seed=1):
    random = np.random.default_rng(seed)
    y = np.where(random.random(count) < 0.7, 0.0, random.lognormal(0, 1.5, count)).astype(np.float32)
    return (y * random.lognormal(0, 0.4, count)).astype(np.float32) + np.float32(0.003), y


def table_of(x, y):
    return pandas.DataFrame(scatter.sums(rain_pixels(Retrieved.certain(x, y), y)), columns=[*KEYS, *SUMS])


def test_counts_are_a_histogram():
    x, y = rain()
    edges = np.concatenate([[-1], EDGES_MM_H, [1e4]])
    expected, _, _ = np.histogram2d(x, y, [edges, edges])
    np.testing.assert_array_equal(counts(table_of(x, y)), expected)


def test_measures_are_those_of_the_pixels():
    x, y = rain()
    found, expected = measures(table_of(x, y)), rain_measures(rain_sums(Retrieved.certain(x, y), y))
    assert {name: pytest.approx(float(expected[name]), rel=1e-9) for name in found} == found
    assert found["r"] == pytest.approx(np.corrcoef(x.astype(float), y.astype(float))[0, 1])


def test_parts_add_up_and_gaps_count_nowhere():
    x, y = rain(900)
    x[::5], y[::7] = np.nan, np.nan
    whole = table_of(x, y)
    parts = pandas.concat([table_of(x[part], y[part]) for part in (slice(400), slice(400, None))])
    pandas.testing.assert_frame_equal(add(parts, KEYS, SUMS), add(whole, KEYS, SUMS))
    assert counts(whole).sum() == (np.isfinite(x) & np.isfinite(y)).sum()
    margins = pandas.DataFrame(distributions.sums(Retrieved.certain(x, y), y)).set_index("rain_class")
    np.testing.assert_array_equal(counts(whole).sum(axis=1)[margins.index], margins["n_x"])
    with pytest.raises(GpmAssetsError, match="occur more than once"):
        counts(parts)


def test_nothing_is_nan():
    nothing = table_of(np.full(4, np.nan), np.zeros(4))
    assert len(nothing) == 0
    assert all(np.isnan(value) for value in measures(nothing).values())
