import torch

from models.surfaces import surface_of


def test_surfaces_by_their_limits():
    assert surface_of(torch.tensor([0.0, 0.05, 0.06, 0.94, 0.95, 1.0, torch.nan])).tolist() == [0, 0, 2, 2, 1, 1, 2]
