from dataclasses import replace

import numpy as np
import pytest
import torch

from models.accelerator import Accelerator
from models.packs import write_pack
from models.retrievals import validation
from models.retrievals.base import CHANNELS
from models.retrievals.drain import SIZES, fit_drain
from models.retrievals.validation import ValidationBatches
from models.training import Run


def weighted(pack, folder, weights, unlabelled=0.0):
    """The pack with other weights, and a share of its pixels without a label."""
    everything, index = np.arange(len(pack)), np.array(pack.index)
    index["weight"] = weights
    rain = pack.rain(everything).numpy()
    rain[np.random.default_rng(5).random(rain.shape) < unlabelled] = np.nan
    return write_pack(folder, pack.info, pack.tb(everything).numpy(), index, rain)


def test_every_labelled_pixel_of_a_small_split_enters_with_its_weight(gmi_pack, tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "_BATCH", 7)
    pack = weighted(gmi_pack, tmp_path / "pack", np.linspace(0.2, 3, len(gmi_pack)), unlabelled=0.4)
    batches, chosen = ValidationBatches(pack, CHANNELS, "cpu"), pack.select("validation")
    rain = pack.rain(chosen)
    weights = torch.from_numpy(np.array(pack.index["weight"][chosen]))[:, None, None].expand_as(rain)
    assert batches.pixels == int(rain.isfinite().sum()) == sum(len(batch.rain) for batch in batches)
    mean = sum(float((batch.rain * batch.weights).sum()) for batch in batches) / batches.pixels
    known = rain.isfinite()
    assert mean == pytest.approx(float((rain * weights)[known].sum() / weights[known].sum()), rel=1e-5)
    tb = pack.tb(chosen)
    for batch in batches:
        first = batch.tb[0]
        assert any(torch.equal(first, each) for each in tb)
        assert int(batch.places.max()) < len(batch.tb) * rain[0].numel()


def test_of_a_large_split_a_fixed_choice_keeps_the_climatology(gmi_pack, tmp_path, monkeypatch):
    weights = np.random.default_rng(2).uniform(0.5, 2, len(gmi_pack))
    pack = weighted(gmi_pack, tmp_path / "pack", weights)
    whole = ValidationBatches(pack, CHANNELS, "cpu")
    monkeypatch.setattr(validation, "PATCHES", 16)
    monkeypatch.setattr(validation, "PIXELS", 5000)
    few, again = (ValidationBatches(pack, CHANNELS, "cpu") for _ in range(2))
    assert len(few.patches) <= 16 < len(whole.patches)
    assert few.pixels == 5000
    assert all(torch.equal(a.rain, b.rain) for a, b in zip(few, again, strict=True))
    chosen = pack.select("validation")
    monkeypatch.setattr(validation, "PATCHES", len(chosen) - 1)
    patches, times = validation._chosen(pack)
    expected = pack.index["weight"][patches] / pack.index["weight"][chosen].sum() * times.sum()
    assert (np.abs(times - expected) <= 1).all()


def test_the_fit_stops_early_and_reports_what_it_validates(gmi_pack, gmi_data):
    recipe = replace(SIZES["demo"], widths=(4, 4))
    schedule = replace(
        recipe.fitting.schedule, steps=60, batch=4, learning_rate=1.0, clip=1e9, report_every=10, validate_every=4, patience=2
    )
    recipe, told = replace(recipe, fitting=replace(recipe.fitting, schedule=schedule, pixels=256)), {}
    fit_drain(gmi_data, recipe, Run(0, Accelerator(threads=1), told.__setitem__))
    losses = {step: metrics["validation_loss"] for step, metrics in told.items() if "validation_loss" in metrics}
    assert set(losses) == set(range(4, max(losses) + 1, 4))
    assert max(losses) == min(losses, key=losses.get) + 8 < 60
