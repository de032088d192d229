from dataclasses import replace

import numpy as np
import pytest
import torch

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import RequestError
from gpm_assets.inference.retrieval import QUANTILES, WET_MM_H, retrieve
from gpm_assets.inference.translation import GMI_CHANNELS, reached
from models.errors import ChannelError


@pytest.fixture(scope="module")
def swath(orbit):
    """GMI with a hole in one of DRAIN's channels, and another in one that it does not read."""
    swath = gmi_like(orbit("GPM_GMI", 40), INSTRUMENTS["GPM_GMI"])
    tb = swath.tb.copy()
    tb[12:15, 60:65, GMI_CHANNELS.index("89H")] = np.nan
    tb[25:30, 150:160, GMI_CHANNELS.index("10.65V")] = np.nan
    return replace(swath, tb=tb)


def test_rain_is_there_where_the_channels_are(drain, swath):
    rain = retrieve(drain, swath.tb)
    four = [GMI_CHANNELS.index(name) for name in drain.channels]
    valued = np.isfinite(swath.tb[..., four]).all(axis=-1)
    for values in (rain.mean_mm_h, rain.probability_wet, rain.quantiles_mm_h[..., 1]):
        assert np.array_equal(np.isfinite(values), valued)
    assert not rain.wet[~valued].any()
    windows = [valued & reached(~valued, radius) for radius in range(drain.receptive_radius + 1)]
    (radius,) = [radius for radius, window in enumerate(windows) if np.array_equal(rain.partial, window)]
    assert 1 <= radius <= drain.receptive_radius
    assert 0.1 < rain.partial[valued].mean() < 0.9


def test_rain_that_is_not_flagged_does_not_hang_on_what_was_guessed(drain, swath):
    """Ten kelvin more wherever something is missing or beside it change flagged rain, and the rest by a few percent at most."""
    four = [GMI_CHANNELS.index(name) for name in drain.channels]
    missing = ~np.isfinite(swath.tb[..., four]).all(axis=-1)
    rain = retrieve(drain, swath.tb)
    guessed = swath.tb + np.where(reached(missing, 1) & ~missing, np.float32(10), np.float32(0))[..., None]
    change = np.abs(retrieve(drain, guessed).mean_mm_h / rain.mean_mm_h - 1)
    inner = np.isfinite(change) & ~reached(missing, 2)
    assert change[inner & rain.partial].max() > 0.2
    assert change[inner & ~rain.partial].max() < 0.03


def test_quantiles_are_in_order_and_probabilities_fit_them(drain, swath):
    rain = retrieve(drain, swath.tb)
    known = np.isfinite(rain.mean_mm_h)
    quantiles = rain.quantiles_mm_h[known]
    assert quantiles.shape[-1] == len(QUANTILES)
    assert np.all(np.diff(quantiles, axis=-1) >= 0)
    assert quantiles.min() >= 0
    probability = rain.probability_wet[known]
    assert np.all((probability >= 0) & (probability <= 1))
    assert np.array_equal(quantiles[:, 1] >= WET_MM_H, probability >= 0.5)
    assert np.array_equal(rain.wet[known], probability >= drain.config.wet_probability)
    assert np.ptp(rain.mean_mm_h[known]) > 0


def test_rain_is_what_the_network_says(drain, swath):
    four = [GMI_CHANNELS.index(name) for name in drain.channels]
    tb = torch.from_numpy(np.moveaxis(swath.tb[5:, :, four], -1, 0).copy())[None]
    rain = retrieve(drain, swath.tb[5:])
    complete = ~reached(~np.isfinite(rain.mean_mm_h), drain.receptive_radius)
    assert complete.sum() > 500
    with torch.inference_mode():
        made = drain(tb.nan_to_num(230.0))[0].numpy()
    assert np.allclose(rain.mean_mm_h[complete], made[-1][complete], rtol=1e-4)
    assert np.allclose(rain.quantiles_mm_h[complete][:, 1], made[49][complete], rtol=1e-4)


def test_channels_are_taken_by_name(drain, swath):
    order = np.random.default_rng(1).permutation(13)
    shuffled = retrieve(drain, swath.tb[..., order], tuple(GMI_CHANNELS[index] for index in order))
    assert np.array_equal(shuffled.mean_mm_h, retrieve(drain, swath.tb).mean_mm_h, equal_nan=True)
    with pytest.raises(RequestError, match=r"DRAIN needs 36.64V, 36.64H, there is only 89V, 89H"):
        retrieve(drain, swath.tb[..., 7:9], ("89V", "89H"))


def test_what_is_no_gmi_image_is_refused(drain, swath):
    sea = np.stack([swath.tb[..., 8] + 20 * ("V" in name) for name in GMI_CHANNELS], axis=-1)
    exchanged = tuple(name.translate(str.maketrans("VH", "HV")) for name in GMI_CHANNELS)
    assert np.isfinite(retrieve(drain, sea).mean_mm_h).any()
    with pytest.raises(ChannelError, match="are V and H exchanged"):
        retrieve(drain, sea, exchanged)
    with pytest.raises(ChannelError, match="in degrees Celsius"):
        retrieve(drain, swath.tb - np.float32(273.15))


@pytest.mark.parametrize("lost", [("89V",), GMI_CHANNELS])
def test_a_lost_channel_leaves_no_rain(drain, swath, lost):
    tb = swath.tb.copy()
    tb[..., [GMI_CHANNELS.index(name) for name in lost]] = np.nan
    rain = retrieve(drain, tb)
    for values in (rain.mean_mm_h, rain.probability_wet, rain.quantiles_mm_h):
        assert np.isnan(values).all()
    assert not rain.wet.any()
    assert not rain.partial.any()


def test_three_scans_are_a_swath(drain, swath):
    whole, rain = retrieve(drain, swath.tb), retrieve(drain, swath.tb[:3])
    assert np.array_equal(np.isfinite(rain.mean_mm_h), np.isfinite(whole.mean_mm_h[:3]))
    assert rain.partial[np.isfinite(rain.mean_mm_h)].all()
