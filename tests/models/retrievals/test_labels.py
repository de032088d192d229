import numpy as np
import torch

from models.packs import write_pack
from models.retrievals.labels import LabelledBatches

CHANNELS = ("36.64V", "89H")


def half_labelled(gmi_pack, folder):
    """Rain in the middle columns; elsewhere, as under no radar, nothing."""
    every = np.arange(len(gmi_pack))
    rain = gmi_pack.rain(every).numpy()
    rain[..., :8] = rain[..., 24:] = np.nan
    return write_pack(folder, gmi_pack.info, gmi_pack.tb(every).numpy(), np.array(gmi_pack.index), rain)


def batches(pack, turned, seed=0):
    return LabelledBatches(pack, CHANNELS, 16, 20_000, seed, "cpu", turned)


def test_a_batch_follows_from_seed_and_step_turned_or_not(gmi_pack, tmp_path):
    pack = half_labelled(gmi_pack, tmp_path / "half")
    for turned in (0.0, 0.5):
        first, again, other = (batches(pack, turned, seed).draw(step) for seed, step in ((0, 3), (0, 3), (0, 4)))
        for one, same in zip(first, again, strict=True):
            assert torch.equal(one, same)
        assert not torch.equal(first.tb, other.tb)


def test_a_share_of_the_patches_is_turned_and_the_others_are_as_observed(gmi_pack, tmp_path):
    pack = half_labelled(gmi_pack, tmp_path / "half")
    share = []
    for step in range(10):
        plain, turned = batches(pack, 0.0).draw(step), batches(pack, 0.5).draw(step)
        same = (plain.tb == turned.tb).flatten(1).all(1)
        share.append(same.float().mean())
        observed = torch.zeros(16, 32, 32, dtype=torch.bool)
        observed.view(-1)[turned.places] = True
        assert not observed[same][..., :8].any()
        assert observed[same].sum() == 512 * same.sum()
        assert observed[~same][..., :8].any() or observed[~same][..., 24:].any() or bool(same.all())
    assert 0.3 < np.mean(share) < 0.7


def test_labels_stay_with_their_tb(gmi_pack, tmp_path):
    """With rain that is a function of TB, linear as the remapping is, it still is one after it."""
    every = np.arange(len(gmi_pack))
    tb = gmi_pack.tb(every).numpy()
    pack = write_pack(tmp_path / "linear", gmi_pack.info, tb, np.array(gmi_pack.index), (tb[:, 0] - 100) / 10)
    batch = batches(pack, 1.0).draw(0)
    expected = (batch.tb[:, 0].flatten()[batch.places] - 100) / 10
    torch.testing.assert_close(batch.rain, expected, atol=2e-3, rtol=0)
