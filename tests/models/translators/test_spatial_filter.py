"""The spatial filter on scenes whose operator is known: by surface, of one channel, of few windows, its variance restored."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from models.conditions import CONDITIONS
from models.errors import ChannelError, TrainingError
from models.packs import PackInfo, write_pack
from models.training import Run
from models.translators import METHODS
from models.translators.linear import LinearRecipe, fit_linear
from models.translators.spatial_filter import SpatialFilterRecipe, fit_spatial_filter
from models.translators.windows import window_sums, with_everywhere

INPUTS, OUTPUTS = ("37V", "37H", "22V"), ("36.64V", "89H")
LAND = {"sea": 0.0, "land": 1.0, "coast": 0.5}


def scenes(count, seed):
    r = np.random.default_rng(seed)
    fields = ndimage.gaussian_filter(r.normal(size=(count, 3, 32, 32)), (0, 0, 1, 1)) * 40
    return np.array([210.0, 180.0, 240.0])[:, None, None] + fields


def observed(tb, surface):
    """What GMI makes of it: two channels, each a blur of one and a shifted difference of others, warmer over land."""
    one = ndimage.gaussian_filter(tb[:, 0], (0, 0.8, 0.8))
    two = 0.5 * tb[:, 1] + 0.4 * np.roll(tb[:, 2], 1, axis=-1) + 30
    made = np.stack([one, two], axis=1)
    return made + np.where(surface == "land", 10.0, 0.0)[:, None, None, None] * np.array([1.0, -1.0])[:, None, None]


@pytest.fixture
def overlaps(data, tmp_path):
    """Maker of overlaps by the surface of each patch."""

    def make(surface, noise_k=0.0, seed=5):
        tb = scenes(len(surface), seed)
        beside = np.zeros((len(surface), len(CONDITIONS), 32, 32))
        beside[:, 0] = np.array([LAND[each] for each in surface])[:, None, None]
        target = observed(tb, np.array(surface)) + noise_k * np.random.default_rng(6).normal(size=(len(surface), 2, 32, 32))
        index = np.array(data.source.index[: len(surface)])
        index["weight"], index["split"] = 1.0, np.where(np.arange(len(surface)) % 6 == 5, "validation", "train")
        info = PackInfo("F16_SSMIS", "simulated", INPUTS, OUTPUTS, tuple(CONDITIONS))
        pack = write_pack(tmp_path / f"overlaps{seed}", info, tb, index, conditions=beside, target=target)
        nearest = dict(zip(OUTPUTS, INPUTS, strict=False))
        return replace(data, source=pack, overlaps=pack, nearest=nearest), tb, target

    return make


def given(model, tb, surface):
    if not model.conditions:
        return torch.tensor(tb, dtype=torch.float32)
    land = np.broadcast_to(np.array([LAND[each] for each in surface])[:, None, None, None], (len(tb), 1, 32, 32))
    return torch.tensor(np.concatenate([tb, land], 1), dtype=torch.float32)


def misfit(model, tb, surface, target):
    out = model.translate(given(model, tb, surface)).numpy()
    return np.sqrt(((out - target)[..., 4:-4, 4:-4] ** 2).mean(axis=(0, 2, 3)))


RECIPE = SpatialFilterRecipe(outputs=OUTPUTS, window=7)


def test_a_known_operator_is_found(overlaps):
    surface = ["sea", "land"] * 40
    made, *_ = overlaps(surface)
    model = fit_spatial_filter(made, RECIPE, Run())
    tb = scenes(6, seed=9)
    target = observed(tb, np.array(surface[:6]))
    assert misfit(model, tb, surface[:6], target).max() < 0.5
    pixelwise = fit_spatial_filter(made, replace(RECIPE, window=1), Run())
    assert misfit(pixelwise, tb, surface[:6], target).min() > 2
    blind = fit_spatial_filter(made, replace(RECIPE, by_surface=False), Run())
    assert blind.conditions == ()
    assert misfit(blind, tb, surface[:6], target).min() > 2


def test_a_window_of_one_pixel_is_the_ridge(overlaps):
    """Against a plain least squares of numpy."""
    made, tb, _ = overlaps(["sea"] * 24, noise_k=3.0)
    model = fit_spatial_filter(made, SpatialFilterRecipe(outputs=OUTPUTS, window=1, by_surface=False, pixels=10**9), Run())
    train = made.overlaps.select("train")
    pixels = made.overlaps.tb(train).movedim(1, -1).reshape(-1, 3).numpy().astype(float)
    answers = made.overlaps.target(train).movedim(1, -1).reshape(-1, 2).numpy().astype(float)
    solved, *_ = np.linalg.lstsq(pixels - pixels.mean(0), answers - answers.mean(0), rcond=None)
    wanted = (tb.transpose(0, 2, 3, 1) - pixels.mean(0)) @ solved + answers.mean(0)
    np.testing.assert_allclose(model.translate(given(model, tb, [])).movedim(1, -1).numpy(), wanted, atol=0.25)


def test_few_coasts_lean_on_everywhere(overlaps):
    surface = ["sea"] * 36 + ["coast"]
    made, *_ = overlaps(surface)
    model, tb = fit_spatial_filter(made, RECIPE, Run()), scenes(4, seed=9)
    for name in ("coast", "land"):  # there was no land at all
        assert misfit(model, tb, [name] * 4, observed(tb, np.array(["sea"] * 4))).max() < 1.0


def test_footprint_matching_reads_one_channel(overlaps):
    made, *_ = overlaps(["sea"] * 40)
    model = fit_spatial_filter(made, replace(RECIPE, by_surface=False, own_channel=True), Run())
    assert model.needs.tolist() == [[True, False, False], [False, True, False]]
    tb = scenes(4, seed=9)
    errors = misfit(model, tb, ["sea"] * 4, observed(tb, np.array(["sea"] * 4)))
    assert errors[0] < 0.5 < 2 < errors[1]
    other = tb.copy()
    other[:, 2] = 300.0
    before, after = (model.translate(given(model, each, [])) for each in (tb, other))
    assert torch.equal(before, after)
    with pytest.raises(ChannelError, match="no nearest channel is named for 89H"):
        fit_spatial_filter(replace(made, nearest={"36.64V": "37V"}), replace(RECIPE, own_channel=True), Run())


def test_restored_filters_have_the_variance_of_gmi(overlaps):
    made, tb, target = overlaps(["sea"] * 60, noise_k=8.0)
    spreads = {}
    for restored in (False, True):
        model = fit_spatial_filter(made, replace(RECIPE, window=5, by_surface=False, restored=restored), Run())
        out = model.translate(given(model, tb, [])).numpy()[..., 4:-4, 4:-4]
        spreads[restored] = np.cov(out.transpose(1, 0, 2, 3).reshape(2, -1))
    wanted = np.cov(target[..., 4:-4, 4:-4].transpose(1, 0, 2, 3).reshape(2, -1))
    assert np.all(np.diag(spreads[False]) < 0.95 * np.diag(wanted))
    np.testing.assert_allclose(spreads[True], wanted, rtol=0.05, atol=2.0)


def test_the_ridge_follows_the_noise(overlaps, monkeypatch):
    """With noise in GMI and few windows a stronger ridge is chosen than without; each is the one that errs least by itself."""
    from models.translators import spatial_filter

    made, *_ = overlaps(["sea"] * 12, noise_k=30.0)
    recipe = replace(RECIPE, window=3, by_surface=False, pixels=1200)
    chosen = fit_spatial_filter(made, recipe, Run())
    tb = scenes(12, seed=9)
    truth, errors = observed(tb, np.array(["sea"] * 12)), {}
    for one in spatial_filter.RIDGES_K2:
        monkeypatch.setattr(spatial_filter, "RIDGES_K2", (one,))
        errors[one] = misfit(fit_spatial_filter(made, recipe, Run()), tb, [], truth).mean()
    assert misfit(chosen, tb, [], truth).mean() <= min(errors.values()) * 1.3
    assert misfit(chosen, tb, [], truth).mean() < max(errors.values())


def test_better_than_the_line_of_one_pixel_on_the_toy_world(data):
    pack = data.overlaps
    held_out = pack.select("validation")
    beside = pack.conditions(("land_fraction",), held_out)
    target = pack.target(held_out)
    spatial = METHODS["spatial_filter"].fit(data, SpatialFilterRecipe(), Run())
    line = fit_linear(data, LinearRecipe(), Run())
    errors = [
        torch.nanmean((model.translate(torch.cat([pack.tb(held_out), beside][: 1 + len(model.conditions)], 1)) - target) ** 2)
        for model in (spatial, line)
    ]
    assert errors[0] < 0.7 * errors[1]


def test_what_a_filter_needs(data, overlaps):
    with pytest.raises(TrainingError, match="patches of overlaps and there are none"):
        fit_spatial_filter(replace(data, overlaps=None), RECIPE, Run())
    made, *_ = overlaps(["sea"] * 12)
    with pytest.raises(TrainingError, match="complete training windows, 1470 are needed"):
        fit_spatial_filter(made, replace(RECIPE, pixels=200), Run())


def test_sums_of_parts_are_those_of_the_whole(overlaps):
    made, *_ = overlaps(["sea", "land", "coast"] * 8)
    (whole,) = window_sums(made.overlaps, OUTPUTS, 3, "train", 10**9, 1)
    parts = window_sums(made.overlaps, OUTPUTS, 3, "train", 10**9, 3)
    assert sum(part.count for part in parts) == whole.count == 20 * 30 * 30
    torch.testing.assert_close(sum(part.second for part in parts), whole.second, rtol=1e-5, atol=0)
    leaning = with_everywhere(parts, 100)
    assert leaning[0].count == parts[0].count + 100
    assert leaning[0].mass == pytest.approx(parts[0].mass + 100)
    moments = whole.moments()
    values = made.overlaps.target(made.overlaps.select("train"))[:, :, 1:-1, 1:-1].double()
    torch.testing.assert_close(moments.target_mean, values.mean(dim=(0, 2, 3)), atol=1e-3, rtol=0)
    torch.testing.assert_close(moments.target, torch.cov(values.movedim(1, 0).flatten(1), correction=0), atol=0.02, rtol=1e-4)
