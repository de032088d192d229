import pytest
import torch
from torch import nn

from models.networks.windows import Windowed, windowed


@pytest.mark.parametrize("overlap", [0, 1, 3])
@pytest.mark.parametrize("shape", [(8, 8), (5, 3), (21, 30), (8, 17)])
def test_what_acts_on_pixels_gives_what_it_gives_without_windows(overlap, shape):
    x = torch.randn(2, 3, *shape)
    torch.testing.assert_close(windowed(lambda window: 2 * window[:, :2] + 1, x, 8, overlap), 2 * x[:, :2] + 1)


def test_windows_know_nothing_of_each_other():
    """Means of windows of four side by side, and between two that overlap a passage from one mean to the other."""

    def means(window):
        return window.mean((2, 3), keepdim=True).expand_as(window)

    x = torch.arange(12.0).expand(1, 1, 4, 12)
    assert windowed(means, x, 4, 0)[0, 0, 0].tolist() == [1.5] * 4 + [5.5] * 4 + [9.5] * 4
    passage = windowed(means, x[..., :6], 4, 2)[0, 0, 0]
    torch.testing.assert_close(passage, torch.tensor([1.5, 1.5, 1.5 + 2 / 3, 1.5 + 4 / 3, 3.5, 3.5]))


def test_reaches_a_window_at_most():
    torch.manual_seed(0)
    network = Windowed(nn.Conv2d(1, 1, 15, padding=7), 8, 3)
    x = torch.randn(1, 1, 8, 64)
    for place in range(30, 40):
        other = x.clone()
        other[..., place] += 10
        changed = torch.nonzero((network(x) - network(other)).abs().sum((0, 1, 2)) > 1e-6).flatten()
        assert (changed - place).abs().max() <= network.receptive_radius
