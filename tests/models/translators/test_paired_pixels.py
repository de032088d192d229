import numpy as np
import pytest
import torch

from models.errors import ChannelError
from models.pairs import write_pairs
from models.translators.paired_pixels import complete_pixels, learning_pixels

OUTPUTS = ("89H", "36.64V")


def test_only_what_is_whole_and_has_a_weight(data, folder):
    numbers = np.arange(100)
    source, target = data.pairs.source(numbers).numpy(), data.pairs.target(numbers).numpy()
    beside, index = data.pairs.conditions(data.pairs.info.conditions, numbers).numpy(), data.pairs.index[:100].copy()
    source[0, 4] = target[1, 0] = beside[2, 0] = np.nan
    target[3, 1] = np.nan  # 36.64H, which nobody asks for
    index["weight"][4], index["split"][5] = 0.0, "validation"
    pairs = write_pairs(folder, data.pairs.info, source, target, index, beside)
    pixels = complete_pixels(pairs, data.source.channels, OUTPUTS, "train", ("land_fraction",))
    kept = np.r_[3, 6:100]
    np.testing.assert_allclose(pixels.source, source[kept], atol=0.01)
    np.testing.assert_allclose(pixels.target, target[kept][:, [3, 0]], atol=0.01)
    assert torch.equal(pixels.given, torch.cat([pixels.source, pixels.conditions], dim=1))
    assert len(complete_pixels(pairs, data.source.channels, OUTPUTS, "validation").weights) == 1
    assert len(complete_pixels(pairs, data.source.channels, OUTPUTS, "train").weights) == 96
    with pytest.raises(ChannelError, match="no channel 166V among"):
        complete_pixels(pairs, data.source.channels, ("166V",), "train")


def test_no_more_than_asked_for_the_same_each_time(data):
    few, again, others = (learning_pixels(data, OUTPUTS, (), 50, seed)[0] for seed in (0, 0, 1))
    assert len(few.weights) == 50
    assert torch.equal(few.source, again.source)
    assert not torch.equal(few.source, others.source)
    whole, unseen = learning_pixels(data, OUTPUTS, (), 10**6, 0)
    assert len(whole.weights) == 4000
    assert len(unseen.weights) == 0  # the toy's pairs all train
    assert torch.equal(whole.source, complete_pixels(data.pairs, data.source.channels, OUTPUTS, "train").source)
