import numpy as np
import pytest
import torch

from models.errors import PackError
from models.packs import write_pack
from models.retrievals.pixels import labelled_pixels
from tests.models.conftest import GMI


def test_all_pixels_of_a_split_when_there_are_few(gmi_pack):
    pixels = labelled_pixels(gmi_pack, GMI, "train", 10**9, 0)
    rain = gmi_pack.rain(gmi_pack.select("train"))
    assert torch.equal(pixels.rain, rain.flatten())
    assert (pixels.weights == 1).all()
    assert torch.equal(pixels.tb, gmi_pack.tb(gmi_pack.select("train")).movedim(1, -1).flatten(0, 2))
    assert torch.equal(pixels.overpasses, torch.arange(96).repeat_interleave(32 * 32))  # one overpass gives its patches


@pytest.mark.parametrize("count", [3000, 20_000])
def test_fewer_pixels_favour_rain_and_keep_the_climatology(gmi_pack, count):
    every, some = (labelled_pixels(gmi_pack, GMI, "train", number, 1) for number in (10**9, count))
    assert len(some.rain) == pytest.approx(count, rel=0.05)
    assert (some.rain >= 1).float().mean() > 1.5 * (every.rain >= 1).float().mean()
    for of in (lambda p: p.rain, lambda p: (p.rain >= 0.1).float(), lambda p: p.tb[:, 2]):
        exact, estimate = ((of(p) * p.weights).sum().item() / p.weights.sum().item() for p in (every, some))
        assert estimate == pytest.approx(exact, rel=0.06)
    assert torch.equal(labelled_pixels(gmi_pack, GMI, "train", count, 1).rain, some.rain)


def test_only_pixels_with_rain_and_every_tb(gmi_pack, tmp_path):
    numbers = np.arange(len(gmi_pack))
    tb, rain = gmi_pack.tb(numbers).numpy(), gmi_pack.rain(numbers).numpy()
    tb[:, 2, :8], rain[:, :, 16:] = np.nan, np.nan
    index = np.array(gmi_pack.index)
    index["granule"] = np.where(numbers % 2 == 0, "a", "b")
    index["weight"] = np.where(numbers % 2 == 0, 3.0, 1.0)
    pack = write_pack(tmp_path / "holed", gmi_pack.info, tb, index, rain)
    pixels = labelled_pixels(pack, GMI, "train", 10**9, 0)
    assert len(pixels.rain) == 96 * 24 * 16
    assert pixels.tb.isfinite().all()
    assert pixels.overpasses.unique().tolist() == [0, 1]
    assert pixels.weights.mean().item() == pytest.approx(1, rel=1e-5)
    assert (pixels.weights[pixels.overpasses == 0][0] / pixels.weights[pixels.overpasses == 1][0]).item() == pytest.approx(3)
    rain[...] = np.nan
    empty = write_pack(tmp_path / "empty", gmi_pack.info, tb, index, rain)
    with pytest.raises(PackError, match=r"no train pixel has both rain and 36\.64V"):
        labelled_pixels(empty, GMI, "train", 1000, 0)
