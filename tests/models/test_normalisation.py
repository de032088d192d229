import numpy as np
import pytest
import torch

from models.errors import TrainingError
from models.normalisation import Normalisation, Ranges, Whitening, fill_nearest

NAN = float("nan")


def test_weighted_moments_ignore_missing():
    tb = torch.tensor([[[[200.0, NAN]]], [[[260.0, 260.0]]]])
    n = Normalisation(1)
    n.fit(tb, torch.tensor([2.0, 0.5]))
    assert n.mean.item() == pytest.approx((2 * 200 + 0.5 * 520) / 3)
    assert n.deviation.item() == pytest.approx((2 / 3 * 1 / 3) ** 0.5 * 60)
    assert n(tb)[0, 0, 0, 1] == 0
    assert n.fill(tb)[0, 0, 0, 1] == n.mean


def test_a_channel_without_information_is_an_error():
    tb = torch.full((2, 2, 3, 3), 250.0)
    tb[0, 0] = 200
    with pytest.raises(TrainingError, match=r"channels number \[1\]"):
        Normalisation(2).fit(tb)


def test_nearest_fill_keeps_what_is_known():
    tb = torch.tensor([[[[1.0, NAN, NAN, 4.0]], [[NAN] * 4]]])
    filled = fill_nearest(tb)
    assert filled[0, 0].tolist() == [[1.0, 1.0, 4.0, 4.0]]
    assert filled[0, 1].isnan().all()
    assert tb[0, 0].isnan().sum() == 2


def test_whitening_leaves_nothing_in_common():
    r = np.random.default_rng(0)
    common = r.normal(size=(6, 1, 20, 20)) * 30
    tb = torch.from_numpy(240 + common + r.normal(size=(6, 3, 20, 20)) * np.array([1, 2, 4])[:, None, None]).float()
    tb[0, 1, :5] = torch.nan
    weights = torch.tensor([0.1, 3, 1, 1, 1, 2])
    whitening = Whitening(3)
    whitening.fit(tb, weights)
    known = torch.isfinite(tb).all(dim=1)
    made = whitening(tb).movedim(1, -1)[known].double()
    mass = weights[:, None, None].expand(known.shape)[known].double()
    covariance = made.T @ (made * mass[:, None]) / mass.sum()
    torch.testing.assert_close(covariance, torch.eye(3, dtype=torch.float64), rtol=0.02, atol=0.02)
    assert whitening(tb).isfinite().all()
    assert (torch.diagonal(whitening.matrix) > 0).all()


def test_ranges_end_where_nothing_was_seen():
    ranges = Ranges(2)
    ranges.fit(torch.tensor([[-40.0, 53.0], [20.0, 53.0], [60.0, 53.0]]))
    latitude, incidence = torch.tensor([-90.0, -40.0, 10.0, 60.0, 75.0]), torch.tensor([0.0, 52.9, 53.0, 53.1, 90.0])
    made = ranges(torch.stack([latitude, incidence])[None, :, None])[0, :, 0]
    assert made[0].tolist() == [-1, -1, 0, 1, 1]
    assert made[1].unique().numel() == 1  # what never varied says nothing
