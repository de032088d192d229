"""Places against the orbit's own geometry: ray by ray from a satellite to the ellipsoid, which `models` knows nothing of."""

import numpy as np
import pytest
import torch

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from models.remapping import ARC_DEG, PIXELS, remap

SIZE = 32
MIDDLE = (PIXELS - SIZE) // 2


def azimuth(first):
    """Of the centre of a patch from pixel `first` on, radians (1,)."""
    return torch.tensor([np.radians(ARC_DEG) * ((first + (SIZE - 1) / 2) / (PIXELS - 1) - 0.5)])


@pytest.fixture(scope="module")
def swath():
    """Unit vectors (scan, pixel, 3) of GMI looking forwards."""
    row = instrument(REFERENCE)
    time = np.datetime64("2019-07-03T10:00", "ms") + np.rint(np.arange(SIZE) * row.scan_period_s * 1e3).astype("timedelta64[ms]")
    where = scan(row, row.groups[0], time)
    return unit_vectors(where.latitude, where.longitude)


def ground(swath, first):
    """Km across and along the track (2, scan, pixel) of a patch from pixel `first` on, from its middle, on the tangent plane."""
    patch = swath[:, first : first + SIZE]
    corners = patch[SIZE // 2 - 1 : SIZE // 2 + 1, SIZE // 2 - 1 : SIZE // 2 + 1]
    origin = corners.mean((0, 1)) / np.linalg.norm(corners.mean((0, 1)))
    along = (corners[1] - corners[0]).mean(0)
    along /= np.linalg.norm(along)
    across = np.cross(along, origin)
    return EARTH_RADIUS_KM * torch.from_numpy(np.stack([patch @ across, patch @ along])).float()


def waves(places, seed, length_km=30.0, count=100):
    """A smooth isotropic random field (scan, pixel) at places (2, scan, pixel) in km."""
    generator = torch.Generator().manual_seed(seed)
    wave = torch.randn(count, 2, generator=generator) / length_km
    phase = 2 * np.pi * torch.rand(count, generator=generator)
    return (torch.einsum("kd,dsp->ksp", wave, places) + phase[:, None, None]).cos().mean(0)


def field(seed=0, channels=4):
    return torch.randn(1, channels, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))


def test_the_middle_is_the_patch_itself():
    tb = 250 + 20 * field()
    tb[0, 1, 4, 7:9] = torch.nan
    torch.testing.assert_close(remap(tb, torch.zeros(1), beyond=False), tb, equal_nan=True, atol=1e-3, rtol=0)


@pytest.mark.parametrize("first", [0, 40, 70, 130, 180])
def test_places_on_the_ground_are_those_of_the_orbit(swath, first):
    """Ground coordinates are fields as well: remapped from the middle they must be those of the patch further out."""
    wanted = ground(swath, first)
    found = remap(ground(swath, MIDDLE)[None], azimuth(first), beyond=False)[0]
    inside = torch.isfinite(found)
    assert inside.float().mean() > 0.5
    off = (found - wanted)[inside].abs().max()
    untouched = (ground(swath, MIDDLE) - wanted)[inside].abs().max()
    assert off < 5  # the Earth turns below the satellite: across and along the track are askew by 2 degrees
    assert off < 0.15 * untouched


@pytest.mark.parametrize("first", [4, 185])
def test_a_smooth_scene_correlates_as_in_a_real_patch_at_the_edge(swath, first):
    """Neighbours two scans and five pixels apart: near each other along one diagonal, far along the other."""
    middle, edge = ground(swath, MIDDLE), ground(swath, first)
    fields = [(remap(waves(middle, k)[None, None], azimuth(first), beyond=False)[0, 0], waves(edge, k)) for k in range(100)]

    def correlation(which, step):
        made = torch.stack([pair[which] for pair in fields])
        there, here = made[:, 2:], made[:, :-2].roll(step, dims=-1)
        there, here = there[..., 5:-5], here[..., 5:-5]
        known = torch.isfinite(there) & torch.isfinite(here)
        return float(torch.corrcoef(torch.stack([there[known], here[known]]))[0, 1])

    ours, real = ([correlation(which, step) for step in (-5, 5)] for which in (0, 1))
    assert abs(real[0] - real[1]) > 0.4
    np.testing.assert_allclose(ours, real, atol=0.1)


def test_the_other_side_is_the_mirror_image():
    tb, there = field(), torch.tensor([0.9])
    torch.testing.assert_close(remap(tb, -there, beyond=True), remap(tb.flip(-1), there, beyond=True).flip(-1))


@pytest.mark.parametrize("degrees", [-76.4, -30, 20, 60])
def test_labels_come_from_labels_alone(degrees):
    """Numbers of columns as rain, every third unlabelled: what is known lies between two that are, and none beyond the patch."""
    rain = torch.arange(SIZE).float().expand(1, 1, SIZE, SIZE).clone()
    rain[..., ::3] = torch.nan
    found = remap(rain, torch.tensor([np.radians(degrees)]), beyond=False)
    known = found[torch.isfinite(found)]
    assert 0 < len(known) < rain.isfinite().sum()
    assert (known % 3 >= 1 - 0.01).all()
    assert (known % 3 <= 2 + 0.01).all()
    assert remap(torch.full_like(rain, torch.nan), torch.tensor([0.5]), beyond=False).isnan().all()


def test_a_missing_tb_stays_missing_and_edges_go_on():
    tb = 200 + field().abs()
    turned = remap(tb, torch.tensor([1.2]), beyond=True)
    assert turned.isfinite().all()
    assert turned.min() >= tb.min() - 1e-3
    assert turned.max() <= tb.max() + 1e-3
    tb[:, 2, 10:20, 10:20] = torch.nan
    holed = remap(tb, torch.tensor([1.2]), beyond=True)
    assert holed[:, 2].isnan().any()
    torch.testing.assert_close(holed[:, [0, 1, 3]], turned[:, [0, 1, 3]])
    shared = holed[:, 2].isfinite()
    torch.testing.assert_close(holed[:, 2][shared], turned[:, 2][shared])
    assert remap(torch.full_like(tb, torch.nan), torch.tensor([1.2]), beyond=True).isnan().all()
