"""Methods: translators with DRAIN, anybody's function; what they answer to a reference, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.methods import Answer, of_function, of_retrieval, of_translator
from gpm_assets.evaluation.retrieved import RAIN_THRESHOLDS_MM_H
from gpm_assets.inference.translation import GMI_CHANNELS
from models.retrievals.base import Retrieval
from models.retrievals.drain_dit import DrainDitConfig
from models.translators.nearest import identity


@pytest.fixture(scope="module")
def swath(orbit):
    return gmi_like(orbit("GPM_GMI", 40), INSTRUMENTS["GPM_GMI"])


@pytest.fixture(scope="module")
def reference(swath):
    rain = np.random.default_rng(1).gamma(0.3, 3.0, swath.shape).astype(np.float32)
    return np.where(np.random.default_rng(2).random(swath.shape) < 0.5, rain, 0).astype(np.float32)


def test_tb_of_a_function_are_retrieved_as_those_of_a_translator(drain, swath, reference):
    by_translator = of_translator("identity", identity(GMI_CHANNELS), drain, version=3, seed=1)
    columns = [swath.channels.index(name) for name in drain.channels]
    for made in (lambda one: one.tb, lambda one: one.tb[..., columns]):
        theirs, ours = of_function("mine", made, drain).make(swath), by_translator.make(swath)
        np.testing.assert_array_equal(theirs.against(reference).mean, ours.against(reference).mean)
    assert ours.channels == GMI_CHANNELS
    assert theirs.channels == tuple(drain.channels)
    assert np.isnan(theirs.tb[..., 0]).all(), "10 GHz was not given"


def test_a_retrieval_reads_its_own_channels_of_gmis_swath(drain, swath, reference):
    """The same rain as DRAIN behind the identity, wherever the channels lie; missing where one of them is."""
    order = list(reversed(range(len(swath.channels))))
    tb = swath.tb.copy()
    tb[5, 7, swath.channels.index(drain.channels[0])] = np.nan
    turned = replace(swath, tb=tb[..., order], channels=tuple(swath.channels[index] for index in order))
    method = of_retrieval("drain", drain, version=2, seed=1)
    found = method.make(turned)
    expected = of_translator("identity", identity(GMI_CHANNELS), drain).make(replace(swath, tb=tb)).against(reference)
    made = found.against(reference)
    np.testing.assert_array_equal(made.mean, expected.mean)
    np.testing.assert_array_equal(made.crps, expected.crps)
    assert np.isnan(made.mean[5, 7])
    assert (method.version, method.seed, found.tb, found.channels) == (2, 1, None, ())


class Certain(Retrieval):
    """Rain from one channel, the same at both of its levels: a retrieval that knows no doubt."""

    kind = "certain"

    def __init__(self):
        super().__init__()
        self.config = DrainDitConfig(("89V",))
        self.register_buffer("levels", torch.tensor([0.25, 0.75]))

    def forward(self, tb):
        return ((280 - tb) / 10).clamp_min(0).expand(-1, 3, -1, -1)


def test_a_deterministic_retrieval_is_scored_by_its_error(swath, reference):
    method = of_retrieval("certain", Certain())
    found = method.make(swath).against(reference)
    rain = np.maximum((280 - swath.channel("89V")) / 10, 0)
    known = np.isfinite(rain)
    assert method.reach == 0
    assert known.any()
    np.testing.assert_allclose(found.crps[known], np.abs(rain - reference)[known], atol=1e-4)
    at_least = rain[known][:, None] >= RAIN_THRESHOLDS_MM_H
    np.testing.assert_array_equal(found.probability[known], at_least)
    np.testing.assert_array_equal(found.exceeds[known], at_least)
    assert set(np.unique(found.below[known])) <= {0.0, 1.0}


def test_rain_of_a_function_is_certain(drain, swath, reference):
    found = of_function("mine", lambda one: reference + 1, drain).make(swath).against(reference)
    np.testing.assert_allclose(found.crps, 1, rtol=1e-5)
    assert found.exceeds[..., :4].all()


def test_a_function_of_another_shape_is_told_what_was_expected(drain, swath):
    with pytest.raises(GpmAssetsError, match=r"mine made an array of shape \(3,\) .* or of DRAIN's, 36.64V"):
        of_function("mine", lambda one: np.zeros(3), drain).make(swath)


@pytest.mark.parametrize("wrong", [-9999.9, 2e4])
def test_fill_values_are_no_rain(drain, swath, wrong):
    with pytest.raises(GpmAssetsError, match="expected 0 to below 1000, and NaN where it knows nothing"):
        of_function("mine", lambda one: np.full(one.shape, wrong), drain).make(swath)


def test_a_part_of_a_swath_gives_what_the_whole_gives(drain, swath, reference):
    method = of_translator("identity", identity(GMI_CHANNELS), drain)
    known = np.zeros(swath.shape, bool)
    known[20:24] = True
    kept = method.scans(known)
    assert kept.start % method.cell == 0
    part, whole = method.make(swath.rows(kept)).against(reference[kept]), method.make(swath).against(reference)
    at = slice(20 - kept.start, 24 - kept.start)
    np.testing.assert_allclose(part.mean[at], whole.mean[20:24], rtol=1e-5)
    assert of_function("mine", lambda one: one.tb, drain).scans(known) == slice(None)


def test_drains_answer_is_consistent(drain, swath, reference):
    """Wet by p*, probabilities fall with the threshold, and the ends of the integral transform meet but where it is dry."""
    reference = reference.copy()
    reference[3] = np.nan
    found = Answer(drain, swath.tb)(reference)
    known = np.isfinite(reference) & np.isfinite(found.mean)
    assert known.mean() > 0.5
    assert (np.diff(found.probability[known], axis=-1) <= 1e-6).all()
    np.testing.assert_array_equal(found.exceeds, np.nan_to_num(found.probability) >= drain.config.wet_probability)
    assert np.isnan(found.crps[3]).all()
    assert np.isnan(found.below[3]).all()
    low, high = np.moveaxis(found.below[known], -1, 0)
    assert ((low >= 0) & (low <= high) & (high <= 1)).all()
    wet = reference[known] > 0.01
    np.testing.assert_array_equal(low[wet], high[wet])
    assert (low[~wet] == 0).all()
    assert (found.crps_above[known] <= found.crps[known][:, None] + 1e-4).all()
    assert found.probability.shape[-1] == len(RAIN_THRESHOLDS_MM_H)
