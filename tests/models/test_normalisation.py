import pytest
import torch

from models.errors import TrainingError
from models.normalisation import Normalisation, fill_nearest

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
