import pytest
import torch
from torch import nn

from models.networks.layers import ChannelNorm, InstanceNorm, pad_to_multiple, zeroed
from models.networks.patchgan import PatchGan
from models.networks.resnet import ResNet
from models.networks.unet import UNet
from models.networks.vit_unet import CellTransformer, VitUnet


def resnet(reductions, blocks):
    network = ResNet(2, 3, 4, reductions, blocks)
    nn.init.normal_(network.layers[-1].weight)
    return network


def vit_unet(reductions, side):
    network = VitUnet(2, 3, 4, reductions, 2, side)
    nn.init.normal_(network.head.weight)
    return network


NETWORKS = {
    "unet of 1": lambda: UNet(2, (4,)),
    "unet of 3": lambda: UNet(2, (4, 6, 8)),
    "resnet": lambda: resnet(2, 2),
    "resnet without reduction": lambda: resnet(0, 1),
    "unet with a transformer": lambda: vit_unet(1, 4),
    "unet with a deeper transformer": lambda: vit_unet(2, 2),
}


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_any_size_keeps_its_size(make):
    network = make()
    for shape in ((32, 32), (13, 17), (1, 1), (5, 64)):
        assert network(torch.randn(1, 2, *shape)).shape[2:] == shape


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_nothing_beyond_the_receptive_radius_matters(make):
    torch.manual_seed(0)
    network = make().double()
    x = torch.randn(1, 2, 4, 200, dtype=torch.float64)
    reached = 0
    for place in range(100, 100 + network.multiple):  # reach depends on where in its cell a pixel lies
        other = x.clone()
        other[..., place] += 100
        changed = torch.nonzero((network(x) - network(other)).abs().sum((0, 1, 2)) > 0).flatten()
        reached = max(reached, int((changed - place).abs().max()))
    assert reached <= network.receptive_radius
    assert reached >= network.receptive_radius - 3 * network.multiple  # and it is no idle bound


@pytest.mark.parametrize("network", [ResNet(2, 3, 4, 2, 1), VitUnet(2, 3, 4, 2, 1, 2)], ids=["resnet", "vit"])
def test_generators_start_as_zero(network):
    assert not network(torch.randn(1, 2, 8, 8)).any()


def test_convolution_can_start_as_zero():
    assert not zeroed(nn.Conv2d(1, 1, 3))(torch.randn(1, 1, 4, 4)).any()


def test_channel_norm_is_local_and_keeps_levels_between_pixels():
    norm, x = ChannelNorm(8), torch.randn(1, 8, 6, 6)
    torch.testing.assert_close(norm(x)[..., :3], norm(x[..., :3]))
    assert norm(x).mean(1).abs().max() < 1e-6


def test_padding_repeats_the_last():
    padded = pad_to_multiple(torch.tensor([[[[1.0, 2.0, 3.0]]]]), 2)
    assert padded.tolist() == [[[[1, 2, 3, 3], [1, 2, 3, 3]]]]


def test_canonical_networks_are_as_large_as_published():
    """11.378 and 2.765 million weights with three channels, Zhu et al.'s code at its defaults."""
    generator, judge = ResNet(3, 3, 64, 2, 9, "instance"), PatchGan(3, 64, 3, spectral=False, norm="instance")
    counts = [sum(weight.numel() for weight in network.parameters()) for network in (generator, judge)]
    assert counts == [11_378_179, 2_764_737]
    with torch.no_grad():
        assert judge(torch.randn(1, 3, 256, 256)).shape == (1, 1, 30, 30)
        shallow, deep, *blocks = generator.encoded(torch.randn(1, 3, 64, 64), generator.stem)
    assert (shallow.shape, deep.shape) == ((1, 128, 32, 32), (1, 256, 16, 16))
    assert all(each.shape == deep.shape for each in blocks)


def test_features_are_those_on_the_way_to_the_output():
    network = resnet(2, 3)
    start = x = torch.randn(1, 2, 16, 16)
    passed = []
    for number, layer in enumerate(network.layers, start=1):
        x = layer(x)
        if number in network.taps:
            passed.append(x)
    found = network.encoded(start, network.stem)
    assert [each.shape[1] for each in found] == list(network.taps.values()) == [8, 16, 16, 16]
    assert all(torch.equal(one, other) for one, other in zip(found, passed, strict=True))


def test_instance_norm_is_torchs():
    x = 3 + 2 * torch.randn(2, 5, 6, 7)
    torch.testing.assert_close(InstanceNorm(5)(x), nn.InstanceNorm2d(5)(x))


def test_transformer_knows_places_within_windows():
    """A square is the same wherever it lies; its cells are not alike even where what they show is."""
    torch.manual_seed(0)
    cells = CellTransformer(8, 1, 2)
    seen = cells(torch.ones(1, 8, 4, 6))
    assert torch.allclose(seen[..., :2, :2], seen[..., 2:, 4:], atol=1e-6)
    assert not torch.allclose(seen[..., 0, 0], seen[..., 0, 1], atol=1e-2)


@pytest.mark.parametrize(("spectral", "reductions", "window"), [(True, 2, 34), (False, 2, 34), (False, 3, 70)])
def test_patchgan_window(spectral, reductions, window):
    judge = PatchGan(2, 4, reductions, spectral).eval()
    x = torch.randn(1, 2, 96, 96, requires_grad=True)
    verdicts = judge(x)
    verdicts[0, 0, verdicts.shape[2] // 2, verdicts.shape[3] // 2].backward()
    rows = torch.nonzero(x.grad.abs().sum((0, 1, 3))).flatten()
    assert rows.max() - rows.min() + 1 == window
