import numpy as np
import torch

from models.translators.pool import Pool


def test_gives_back_what_it_was_given():
    torch.manual_seed(0)
    pool = Pool(4, (1, 1, 1))
    given = torch.arange(100.0).reshape(25, 4, 1, 1, 1)
    received = torch.cat([pool.exchange(batch) for batch in given]).flatten().tolist()
    assert received[:4] == [0, 1, 2, 3]
    later = [old != new for old, new in zip(received[4:], range(4, 100), strict=True)]
    assert 0.3 < np.mean(later) < 0.7
    assert all(old <= new for old, new in zip(received, range(100), strict=True))
    old = [fake for fake, new in zip(received[4:], range(4, 100), strict=True) if fake != new]
    assert len(set(old)) == len(old)  # what was given back is kept no longer


def test_of_none_keeps_none():
    fakes = torch.randn(3, 2, 4, 4)
    assert torch.equal(Pool(0, (2, 4, 4)).exchange(fakes), fakes)
