from dataclasses import replace

import numpy as np
import pytest
import torch

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import RequestError
from gpm_assets.inference.translation import GMI_CHANNELS, reached, translate
from models.translators.base import OUTPUTS, Translator
from models.translators.linear import Linear, LinearConfig
from models.translators.nearest import identity

INPUTS = INSTRUMENTS["F16_SSMIS"].channel_names


@pytest.fixture(scope="module")
def swath(orbit):
    """A swath whose S1 has a hole."""
    groups = list(orbit("F16_SSMIS", 40))
    tb = groups[0].tb.copy()
    tb[15:20, 30:50] = np.nan
    return gmi_like([replace(groups[0], tb=tb), *groups[1:]], INSTRUMENTS["F16_SSMIS"])


@pytest.fixture(scope="module")
def linear() -> Linear:
    matrix = torch.from_numpy(np.random.default_rng(1).normal(0, 0.2, (4, len(INPUTS))))
    return Linear(LinearConfig(INPUTS, OUTPUTS)).set(matrix, torch.full((len(INPUTS),), 230.0), torch.full((4,), 240.0))


class Neighbourhood(Translator):
    """The mean over 5 x 5 pixels of the first input."""

    receptive_radius = 2

    def forward(self, tb: torch.Tensor) -> torch.Tensor:
        padded = torch.nn.functional.pad(tb[:, :1], (2, 2, 2, 2), mode="replicate")
        return torch.nn.functional.avg_pool2d(padded, 5, stride=1).expand(-1, len(self.outputs), -1, -1)


def test_every_gmi_channel_has_its_place(swath, linear):
    pseudo = translate(linear, swath)
    assert pseudo.tb.shape == (*swath.shape, 13)
    complete = np.isfinite(swath.tb).all(axis=-1)
    expected = 240 + (swath.tb[complete] - 230) @ linear.matrix.numpy().T
    for index, name in enumerate(OUTPUTS):
        channel = pseudo.tb[..., GMI_CHANNELS.index(name)]
        assert np.array_equal(np.isfinite(channel), complete)
        assert np.allclose(channel[complete], expected[:, index], atol=0.01)
    others = [index for index, name in enumerate(GMI_CHANNELS) if name not in OUTPUTS]
    assert np.isnan(pseudo.tb[..., others]).all()


def test_channels_are_taken_by_name(swath, linear):
    order = np.random.default_rng(2).permutation(len(INPUTS))
    shuffled = replace(
        swath,
        channels=tuple(swath.channels[index] for index in order),
        tb=swath.tb[..., order],
        incidence=swath.incidence[..., order],
        support=None,
    )
    assert np.array_equal(translate(linear, shuffled).tb, translate(linear, swath).tb, equal_nan=True)
    with pytest.raises(RequestError, match=r"the translator for F16_SSMIS needs 91.665H, there is only 19.35V"):
        translate(
            linear, replace(swath, channels=INPUTS[:-1], tb=swath.tb[..., :-1], incidence=swath.incidence[..., :-1], support=None)
        )


def test_the_identity_gives_gmi_back(orbit):
    swath = gmi_like(orbit("GPM_GMI", 30), INSTRUMENTS["GPM_GMI"])
    pseudo = translate(identity(GMI_CHANNELS), swath)
    assert np.array_equal(pseudo.tb, swath.tb, equal_nan=True)
    partly = np.isfinite(swath.tb).any(axis=-1) & ~np.isfinite(swath.tb).all(axis=-1)
    assert np.array_equal(pseudo.partial, partly)


def test_partial_are_exactly_the_pixels_near_something_missing(swath):
    model = Neighbourhood(INPUTS[:3], OUTPUTS)
    pseudo = translate(model, swath)
    missing = ~np.isfinite(swath.tb[..., :3]).all(axis=-1)
    scans, pixels = swath.shape
    for scan, pixel in np.argwhere(~missing):
        beyond = scan < 2 or pixel < 2 or scan >= scans - 2 or pixel >= pixels - 2
        window = missing[max(0, scan - 2) : scan + 3, max(0, pixel - 2) : pixel + 3]
        assert pseudo.partial[scan, pixel] == (beyond or window.any())
    assert not pseudo.partial[missing].any()
    assert 0.02 < pseudo.partial[~missing].mean() < 0.3


def test_where_nothing_near_is_missing_a_hole_changes_nothing(orbit):
    row = INSTRUMENTS["F16_SSMIS"]
    groups = list(orbit("F16_SSMIS", 40))
    tb = groups[0].tb.copy()
    tb[15:20, 30:50] = np.nan
    whole, holed = gmi_like(groups, row), gmi_like([replace(groups[0], tb=tb), *groups[1:]], row)
    # interpolation beside the hole leans on fewer natives: these pixels are lost to both
    same = np.isclose(whole.tb, holed.tb, atol=1e-4) | np.isnan(holed.tb)
    holed = replace(holed, tb=np.where(same, holed.tb, np.nan))
    model = Neighbourhood(INPUTS[:3], OUTPUTS)
    one, other = translate(model, whole), translate(model, holed)
    untouched = np.isfinite(other.tb[..., 5]) & ~other.partial
    assert untouched.sum() > 5000
    assert np.allclose(one.tb[untouched], other.tb[untouched], atol=1e-3, equal_nan=True)


def test_swaths_do_not_depend_on_each_other_or_on_their_length(swath, linear):
    assert np.array_equal(translate(linear, swath.rows(slice(5, 30))).tb, translate(linear, swath).tb[5:30], equal_nan=True)
    model = Neighbourhood(INPUTS[:3], OUTPUTS)
    part, whole = translate(model, swath.rows(slice(5, 30))), translate(model, swath)
    assert np.array_equal(part.tb[2:-2], whole.tb[7:28], equal_nan=True) or np.allclose(
        part.tb[2:-2][~part.partial[2:-2]], whole.tb[7:28][~part.partial[2:-2]], equal_nan=True
    )


def test_what_lies_beyond_the_border_is_missing():
    missing = np.zeros((7, 9), bool)
    missing[3, 4] = True
    assert reached(missing, 0).sum() == 1
    found = reached(missing, 1)
    assert found[2:5, 3:6].all()
    assert found[0].all()
    assert found[:, -1].all()
    assert not found[1:-1, 1:-1][:, :2].any()
