"""What holds for both methods that learn one pixel at a time from weak pairs, on the line."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import checkpoint
from models.accelerator import Accelerator
from models.conditions import CONDITIONS
from models.errors import ChannelError, CheckpointError, ModelsError, TrainingError
from models.packs import PackInfo
from models.pairs import PAIR_INDEX, write_pairs
from models.training import Run
from models.translators import METHODS
from models.translators.gradient_boosting import GradientBoostingConfig, GradientBoostingTranslator
from models.translators.linear import LinearRecipe, fit_linear
from models.translators.paired_pixels import PIXEL_CONDITIONS, complete_pixels

BOTH = ("pixel_mlp", "gradient_boosting")
INPUTS, OUTPUTS = ("37V", "91.665V"), ("36.64V", "89V")
INFO = PackInfo("F16_SSMIS", "simulated", INPUTS, OUTPUTS, tuple(CONDITIONS))
ONE = Run(0, Accelerator(threads=1))
SMALL = {"widths": (32, 32), "rounds": 80, "learning_rate": 0.1, "leaves": 15, "least_pixels": 20, "outputs": OUTPUTS}


SHORT = {"steps": 400, "batch": 512, "learning_rate": 5e-3, "average": 0.95}


def quick(method, schedule=None, **changes):
    recipe = METHODS[method].recipes["demo"]
    changes = {name: value for name, value in {**SMALL, **changes}.items() if hasattr(recipe, name)}
    if hasattr(recipe, "schedule"):
        changes["schedule"] = replace(recipe.schedule, **{**SHORT, **(schedule or {})})
    return replace(recipe, **changes)


def relation(source, land):
    """GMI's TB: one output bends at 240 K, the other stands on the surface."""
    bent = np.where(source[:, 0] < 240, 240 + 0.3 * (source[:, 0] - 240), source[:, 0])
    return np.stack([bent, 0.5 * source[:, 1] + 120 + np.where(land > 0.5, 12.0, -12.0)], axis=1)


def write(folder, count=8000, seed=0, target=relation, noise=0.5, **columns):
    r = np.random.default_rng(seed)
    source, beside = 240 + 20 * r.standard_normal((count, 2)), np.zeros((count, len(CONDITIONS)))
    beside[:, 0], beside[:, 1], beside[:, 2], beside[:, 3] = r.integers(0, 2, count), 53.0, r.uniform(-1, 1, count), 20.0
    index = np.zeros(count, PAIR_INDEX)
    index["weight"], index["split"] = 1.0, np.where(np.arange(count) % 4 == 0, "validation", "train")
    for name, values in columns.items():
        index[name] = values
    made = target(source, beside[:, 0]) + noise * r.standard_normal((count, 2))
    return write_pairs(folder, INFO, source, made, index, beside)


def with_pairs(data, pairs):
    source = replace(data.source, info=replace(data.source.info, channels=INPUTS))
    return replace(data, source=source, pairs=pairs)


def fit(method, data, pairs, run=ONE, **changes):
    return METHODS[method].fit(with_pairs(data, pairs), quick(method, **changes), run)


def patch(given):
    """Pixels (n, read) as a swath of one row."""
    return torch.as_tensor(np.asarray(given), dtype=torch.float32).T[None, :, None]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return write(tmp_path_factory.mktemp("toy") / "pairs")


@pytest.fixture(scope="module", params=BOTH)
def fitted(request, data, pairs):
    return request.param, fit(request.param, data, pairs)


def test_beats_the_line_where_the_relation_bends_and_where_the_surface_tells(fitted, data, pairs):
    _, model = fitted
    line = fit_linear(with_pairs(data, pairs), LinearRecipe(OUTPUTS), Run())
    unseen = complete_pixels(pairs, INPUTS, OUTPUTS, "validation", PIXEL_CONDITIONS)
    ours, theirs = (
        (one.translate(patch(given))[0, :, 0].T - unseen.target).square().mean(dim=0).sqrt()
        for one, given in ((model, unseen.given), (line, unseen.source))
    )
    assert theirs[0] > 4
    assert theirs[1] > 10
    assert (ours < 1.5).all()  # 0.5 K are noise


def test_starts_from_the_line(data, pairs):
    nothing = {"schedule": {"steps": 1, "learning_rate": 0.0}, "rounds": 1, "learning_rate": 1e-9}
    line = fit_linear(with_pairs(data, pairs), LinearRecipe(OUTPUTS), Run())
    given = patch([[150.0, 200.0, 1.0, 53.0, 0.3], [290.0, 240.0, 0.0, 53.0, 0.0]])
    for method in BOTH:
        made = fit(method, data, pairs, **nothing).translate(given)
        torch.testing.assert_close(made, line.translate(given[:, :2]), atol=0.02, rtol=0)


def test_extremes_stay_extreme_and_in_order(fitted):
    """Scattering colder than any pair: colder than what pairs show, by the line."""
    _, model = fitted
    cold = torch.linspace(90, 180, 10)
    given = torch.stack([torch.full((10,), 240.0), cold, *torch.tensor([1.0, 53.0, 0.0])[:, None].expand(-1, 10)], dim=1)
    made = model.translate(patch(given))[0, 1, 0]
    assert (made.diff() > 0).all()
    assert made[0] < made[-1] - 30


def test_no_extrapolation_in_conditions(fitted):
    """Incidence never varied: what it is beyond says nothing. A scan position beyond the last counts as that."""
    _, model = fitted
    given = patch([[235.0, 250.0, 1.0, 53.0, 1.0], [235.0, 250.0, 1.0, 47.0, 1.5]])
    made = model.translate(given)[0, :, 0]
    torch.testing.assert_close(made[:, 0], made[:, 1], atol=1e-3, rtol=0)


def test_the_seed_decides(fitted, data, pairs):
    method, model = fitted
    given = patch(complete_pixels(pairs, INPUTS, OUTPUTS, "validation", PIXEL_CONDITIONS).given[:50])
    again, other = (fit(method, data, pairs, replace(ONE, seed=seed)).translate(given) for seed in (0, 1))
    assert torch.equal(again, model.translate(given))
    assert not torch.equal(other, again)


def test_validation_pairs_end_what_only_remembers(data, tmp_path):
    """Without a relation beyond the line, the noise of few pairs is all there is to learn, and is not learnt."""
    few = write(tmp_path / "few", 600, target=lambda source, land: source, noise=5.0)
    blind = write(tmp_path / "blind", 600, target=lambda source, land: source, noise=5.0, split="train")
    unseen = complete_pixels(
        write(tmp_path / "unseen", 4000, 1, lambda source, land: source, 0.0), INPUTS, OUTPUTS, "train", PIXEL_CONDITIONS
    )
    for method in BOTH:
        changes = {"schedule": {"validate_every": 20}, "rounds": 200}
        stopped, remembering = (
            (fit(method, data, each, **changes).translate(patch(unseen.given))[0, :, 0].T - unseen.target).square().mean()
            for each in (few, blind)
        )
        assert stopped < 0.5 * remembering, method


def test_reports_its_steps(data, pairs):
    for method in BOTH:
        told = []
        run = replace(ONE, report=lambda step, metrics, told=told: told.append((step, dict(metrics))))
        fit(method, data, pairs, run, schedule={"report_every": 50})
        steps = [step for step, _ in told]
        assert steps == sorted(set(steps))
        assert len(steps) > 2
        assert steps[-1] <= quick(method).steps
        assert all(np.isfinite(value) for _, metrics in told for value in metrics.values())
        assert any("validation" in name for _, metrics in told for name in metrics)


@pytest.mark.parametrize("method", BOTH)
def test_what_is_missing_is_said(method, data, pairs, tmp_path):
    with pytest.raises(TrainingError, match="weak pairs of F16_SSMIS and GMI, and there is no pair table: materialise months"):
        fit(method, data, None)
    with pytest.raises(TrainingError, match="there is no training pair"):
        fit(method, data, write(tmp_path / "held out", 100, split="validation"))
    with pytest.raises(TrainingError, match="100 training pairs, none of them complete"):
        fit(
            method,
            data,
            write(tmp_path / "missing", 100, target=lambda source, land: np.full_like(source, np.nan), split="train"),
        )
    without = replace(pairs, info=replace(pairs.info, conditions=("incidence",)))
    with pytest.raises(ChannelError, match="no condition land_fraction, scan_position among incidence"):
        fit(method, data, without)


@pytest.mark.parametrize("method", BOTH)
def test_pairs_without_weight_and_with_gaps_take_no_part(method, data, tmp_path):
    def gappy(source, land):
        target = relation(source, land)
        target[::5, 0] = np.nan
        return target

    def wrong(source, land):
        target = gappy(source, land)
        target[1::5] = 100.0
        target[::5, 1] = 300.0
        return target

    weight = (np.arange(2000) % 5 != 1).astype("f4")
    given = patch([[235.0, 250.0, 1.0, 53.0, 0.2]])
    one, other = (
        fit(
            method, data, write(tmp_path / name, 2000, target=target, noise=0.0, weight=weight), schedule={"steps": 20}
        ).translate(given)
        for name, target in (("gappy", gappy), ("wrong", wrong))
    )
    assert torch.equal(one, other)


def test_round_trip(fitted, folder, pairs):
    _, model = fitted
    checkpoint.save(model, folder)
    loaded = checkpoint.load(folder)
    assert type(loaded) is type(model)
    given = patch(complete_pixels(pairs, INPUTS, OUTPUTS, "validation", PIXEL_CONDITIONS).given[:50])
    assert torch.equal(loaded.translate(given), model.translate(given))


def test_boosters_are_text_and_nothing_else(data, pairs, folder):
    checkpoint.save(fit("gradient_boosting", data, pairs, rounds=3), folder)
    assert sorted(file.name for file in folder.glob("booster*")) == ["booster-0.txt", "booster-1.txt"]
    second = folder / "booster-1.txt"
    assert second.read_bytes().startswith(b"tree\n")
    second.write_bytes((folder / "booster-0.txt").read_bytes())
    with pytest.raises(CheckpointError, match=r"booster-1\.txt is not what was saved"):
        checkpoint.load(folder)
    second.write_bytes(pickle.dumps(print))
    with pytest.raises(CheckpointError, match=r"booster-1\.txt is not what was saved"):
        checkpoint.load(folder)
    second.unlink()
    with pytest.raises(CheckpointError, match=r"has no booster-1\.txt"):
        checkpoint.load(folder)


def test_without_boosters_nothing_is_translated_or_saved(folder):
    model = GradientBoostingTranslator(GradientBoostingConfig(INPUTS, OUTPUTS))
    with pytest.raises(ModelsError, match="no booster yet"):
        model.translate(torch.full((1, 5, 2, 2), 240.0))
    with pytest.raises(ModelsError, match="no booster yet"):
        checkpoint.save(model, folder)
    assert not folder.exists()


def test_trees_see_a_swath_in_blocks(data, pairs, monkeypatch):
    model, sizes = fit("gradient_boosting", data, pairs, rounds=3), []
    model.boosters[0].register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    monkeypatch.setattr("models.tiling.budget", lambda device: 4 * 512 * 1000)  # bytes of 1000 pixels
    model.translate(torch.full((1, 5, 400, 50), 240.0))
    assert sum(sizes) == 400 * 50
    assert max(sizes) <= 1000


def test_squared_error_keeps_rain_that_pairs_see_a_third_of(data, tmp_path):
    """Of pixels that scatter a third are rain for GMI as well: their mean is a third of the signal, their median none."""

    def moved(source, land):
        target = np.full_like(source, 250.0)
        target[(source[:, 1] < 225) & (np.arange(len(source)) % 3 == 0)] -= 60
        return target

    model = fit("gradient_boosting", data, write(tmp_path / "moved", 12_000, target=moved, noise=1.0))
    given = patch([[240.0, 210.0, 1.0, 53.0, 0.0], [240.0, 260.0, 1.0, 53.0, 0.0]])
    rain, clear = model.translate(given)[0, 1, 0]
    assert clear - rain == pytest.approx(20, abs=5)
