import torch
from torch import nn

from models.influence import influence_radius


def test_a_box_filter_is_seen_whole():
    box = nn.Conv2d(2, 1, 7, padding=3)
    nn.init.ones_(box.weight)
    assert influence_radius(box, channels=2, reach=3, share=1.0) == 3
    assert influence_radius(box, channels=2, reach=20) == 3


def test_what_is_negligible_does_not_count():
    filtered = nn.Conv2d(1, 1, 7, padding=3)
    with torch.no_grad():
        filtered.weight.fill_(1e-6)
        filtered.weight[..., 2:5, 2:5] = 1.0
    assert influence_radius(filtered, channels=1, reach=3) == 1


def test_pixelwise_models_look_nowhere_else():
    assert influence_radius(lambda tb: 2 * tb, channels=3, reach=0) == 0
    assert influence_radius(lambda tb: 2 * tb, channels=3, reach=5) == 0


def test_a_network_that_says_nothing_of_noise_is_not_called_blind():
    assert influence_radius(lambda tb: 0 * tb[:, 0], channels=2, reach=5) == 5
