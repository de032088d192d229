import pytest
import torch
from torch.nn import functional

from models.tiling import by_blocks


@pytest.mark.parametrize("scans", [1, 7, 16, 41])
def test_blocks_give_the_whole(scans):
    field = torch.randn(2, 1, scans, 5)

    def pooled_then_blurred(x):  # cells of two scans, seen two cells away
        padded = functional.pad(x, (0, 0, 0, x.shape[2] % 2), mode="replicate")
        cells = functional.avg_pool2d(padded, (2, 1))
        blurred = functional.avg_pool2d(functional.pad(cells, (0, 0, 2, 2), mode="replicate"), (5, 1), 1)
        return blurred.repeat_interleave(2, dim=2)[:, :, : x.shape[2]]

    whole = pooled_then_blurred(field)
    torch.testing.assert_close(by_blocks(pooled_then_blurred, field, overlap=5, multiple=2, size=8), whole)
