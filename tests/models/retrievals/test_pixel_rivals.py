"""What holds for every retrieval that sees one pixel at a time."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import checkpoint
from models.errors import CheckpointError, ModelsError, TrainingError
from models.packs import write_pack
from models.retrievals import RETRIEVALS, gradient_boosting
from models.retrievals.base import RetrievalData
from models.training import Accelerator, Run

ONE = Accelerator(threads=1)
CHANGES = {
    "pixel_mlp": {"widths": (16, 16)},
    "quantile_regression": {},
    "gradient_boosting": {"pixels": 20_000, "rounds": 20, "learning_rate": 0.3, "leaves": 7, "least_pixels": 50},
    "bmci": {"pixels": 30_000, "clusters": 256, "iterations": 2, "scales": (0.05, 0.2, 0.5)},
}
RATES = {"pixel_mlp": (5e-3, 200), "quantile_regression": (3e-3, 500)}
"""Learning rate, and steps of a whole fit."""
RIVALS = tuple(CHANGES)


def quick(method, steps=None):
    recipe = replace(RETRIEVALS[method].recipes["demo"], **CHANGES[method])
    if method in RATES:
        rate, all_steps = RATES[method]
        changes = {"learning_rate": rate, "steps": steps or all_steps, "batch": 8, "warm_up": 5, "average": 0.9}
        schedule = replace(recipe.fitting.schedule, **changes)
        recipe = replace(recipe, fitting=replace(recipe.fitting, schedule=schedule, pixels=2048))
    return recipe


def fit(method, pack, seed=0, report=lambda step, metrics: None, **changes):
    return RETRIEVALS[method].fit(RetrievalData(pack, {}), replace(quick(method, **changes)), Run(seed, ONE, report))


def tb(*shape, seed=0, spread=20.0):
    return 220 + spread * torch.randn(shape[0], 4, *shape[1:], generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def reports():
    return {}


@pytest.fixture(scope="module")
def fitted(gmi_pack, reports):
    """Every rival, fitted once."""
    made = {}
    for method in RIVALS:
        told = reports[method] = []
        made[method] = fit(method, gmi_pack, report=lambda step, metrics, told=told: told.append((step, dict(metrics))))
    return made


@pytest.mark.parametrize("method", RIVALS)
def test_learns_more_than_climatology(method, fitted, gmi_pack):
    chosen = gmi_pack.select("validation")
    rain, p = gmi_pack.rain(chosen), fitted[method].predict(gmi_pack.tb(chosen))
    known = gmi_pack.rain(gmi_pack.select("train")).flatten().sort().values
    climatology = known[(p.levels * (len(known) - 1)).long()][None, :, None, None].expand_as(p.quantiles)
    by_climatology = replace(p, quantiles=climatology).crps(rain).mean()
    assert p.crps(rain).mean() < 0.65 * by_climatology
    assert p.mean.mean().item() == pytest.approx(rain.mean().item(), rel=0.35)
    assert np.corrcoef(p.mean.flatten(), rain.flatten())[0, 1] > 0.5
    assert 0 < fitted[method].wet_probability < 1


@pytest.mark.parametrize("method", RIVALS)
def test_reports_its_steps(method, fitted, reports):
    told = reports[method]
    steps = [step for step, _ in told]
    assert len(told) >= 2
    assert steps == sorted(set(steps))
    assert steps[-1] <= quick(method).steps
    assert all(np.isfinite(value) for _, metrics in told for value in metrics.values())


@pytest.mark.parametrize("method", RIVALS)
def test_saves_and_loads_to_the_same_numbers(method, fitted, folder):
    checkpoint.save(fitted[method], folder, card="# A card")
    loaded, field = checkpoint.load(folder), tb(1, 9, 11)
    one, other = fitted[method].predict(field), loaded.predict(field)
    assert type(loaded) is type(fitted[method])
    assert loaded.config == fitted[method].config
    assert torch.equal(one.quantiles, other.quantiles)
    assert torch.equal(one.mean, other.mean)


@pytest.mark.parametrize("method", RIVALS)
def test_sees_no_neighbour_and_masks_what_is_missing(method, fitted, gmi_pack):
    model, field = fitted[method], gmi_pack.tb(np.array([3]))[..., :6, :7]
    assert model.receptive_radius == 0
    changed = field.clone()
    changed[:, :2, 2, 3] += 30
    changed[:, 1, 4, 5] = torch.nan
    p, q = model.predict(field), model.predict(changed)
    elsewhere = torch.ones(6, 7, dtype=torch.bool)
    elsewhere[2, 3] = elsewhere[4, 5] = False
    torch.testing.assert_close(p.quantiles[..., elsewhere], q.quantiles[..., elsewhere], rtol=1e-5, atol=1e-6)
    assert (p.quantiles[..., 2, 3] != q.quantiles[..., 2, 3]).any()
    assert q.mean[0, 4, 5].isnan()
    assert q.quantiles[0, :, 4, 5].isnan().all()


@pytest.mark.parametrize("method", RIVALS)
def test_quantiles_in_order_and_finite_far_from_what_was_learned(method, fitted):
    p = fitted[method].predict(tb(1, 20, 20, spread=400.0).clamp(51, 349))  # the ends of what passes for TB
    assert (p.quantiles.diff(dim=1) >= 0).all()
    for values in (p.quantiles, p.mean):
        assert values.isfinite().all()
        assert values.min() >= 0
        assert values.max() <= 150.001


@pytest.mark.parametrize("method", RIVALS)
def test_the_seed_decides(method, gmi_pack):
    changes = {"steps": 3} if method in RATES else {}
    one, same, other = (fit(method, gmi_pack, seed, **changes).predict(tb(1, 8, 8)).mean for seed in (7, 7, 8))
    assert torch.equal(one, same)
    assert torch.equal(one, other) is not RETRIEVALS[method].seeded


@pytest.mark.parametrize("method", RIVALS)
def test_unlabelled_pixels_take_no_part(method, gmi_pack, tmp_path):
    """TB of pixels without rain may be anything: what is fitted stays the same."""
    numbers = np.arange(len(gmi_pack))
    rain, seen = gmi_pack.rain(numbers).numpy(), gmi_pack.tb(numbers).numpy()
    rain[..., 16:] = np.nan
    changed = seen.copy()
    changed[..., 16:] = seen[..., :15:-1]  # other places, the same values, so that normalisation is what it was
    fields = [
        fit(method, write_pack(tmp_path / name, gmi_pack.info, tb_, np.array(gmi_pack.index), rain), **_short(method))
        .predict(tb(1, 8, 8)).mean
        for name, tb_ in (("as seen", seen), ("shuffled", changed))
    ]  # fmt: skip
    torch.testing.assert_close(*fields, rtol=1e-3, atol=1e-4)


def _short(method):
    return {"steps": 20} if method in RATES else {}


@pytest.mark.parametrize("method", RIVALS)
def test_fits_without_validation_patches(method, gmi_pack, tmp_path):
    index = np.array(gmi_pack.index)
    index["split"] = "train"
    numbers = np.arange(len(gmi_pack))
    pack = write_pack(tmp_path / "all", gmi_pack.info, gmi_pack.tb(numbers).numpy(), index, gmi_pack.rain(numbers).numpy())
    model = fit(method, pack, **_short(method))
    assert model.wet_probability == 0.5
    assert model.predict(tb(1, 4, 4)).mean.isfinite().all()


def test_boosting_gives_the_same_on_two_threads(fitted, gmi_pack):
    two = Run(0, Accelerator(threads=2))
    model = RETRIEVALS["gradient_boosting"].fit(RetrievalData(gmi_pack, {}), quick("gradient_boosting"), two)
    field = gmi_pack.tb(np.arange(2))
    assert torch.equal(model.predict(field).quantiles, fitted["gradient_boosting"].predict(field).quantiles)


def test_a_database_of_one_patch_is_refused(gmi_pack, tmp_path):
    few = np.array([0, 1])
    index = np.array(gmi_pack.index[few])
    pack = write_pack(tmp_path / "few", gmi_pack.info, gmi_pack.tb(few).numpy(), index, gmi_pack.rain(few).numpy())
    with pytest.raises(TrainingError, match="single training patch"):
        fit("bmci", pack)


def test_booster_is_text_and_nothing_else(fitted, folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    checkpoint.save(fitted["gradient_boosting"], folder)
    booster = folder / gradient_boosting.BOOSTER
    text = booster.read_bytes()
    assert text.startswith(b"tree\n")
    for content in (
        pickle.dumps(Bomb()),
        pickle.dumps(Bomb(), protocol=0),
        b"",
        text[: len(text) // 2],
        text.replace(b"7", b"8"),
    ):
        booster.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"booster\.txt is not what was saved"):
            checkpoint.load(folder)
    assert not (tmp_path / "exploded").exists()
    booster.unlink()
    with pytest.raises(CheckpointError, match=r"has no booster\.txt"):
        checkpoint.load(folder)


def test_without_a_booster_nothing_is_predicted_or_saved(folder):
    model = gradient_boosting.GradientBoosting(gradient_boosting.GradientBoostingConfig())
    with pytest.raises(ModelsError, match="no booster yet"):
        model.predict(tb(1, 2, 2))
    with pytest.raises(ModelsError, match="no booster yet"):
        checkpoint.save(model, folder)
    assert not folder.exists()


def test_database_gives_the_nearest_cluster_where_nothing_is_near(fitted):
    """With S small every other cluster's weight underflows; the histogram is that of the nearest cluster."""
    model = fitted["bmci"]
    pixels = tb(1, 40, 10, spread=300.0).movedim(1, -1).flatten(0, 2)
    kept = model.whitening.clone()
    try:
        model.whitening.mul_(100)
        found = model.probabilities(pixels)
        places, known = ((each - model.origin) @ model.whitening for each in (pixels, model.centres))
    finally:
        model.whitening.copy_(kept)
    distance = torch.cdist(places.double(), known.double()).masked_fill(model.log_mass.isinf(), torch.inf)
    clear = distance.topk(2, largest=False).values.diff()[:, 0] > 1
    assert clear.float().mean() > 0.8
    torch.testing.assert_close(found[clear], model.histograms[distance.argmin(dim=1)][clear], rtol=1e-4, atol=1e-5)
