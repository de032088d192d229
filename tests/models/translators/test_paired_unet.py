"""The paired U-Net: it starts as its filter, learns what a filter cannot, and the rain's loss is a forecast's."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models import checkpoint
from models.accelerator import Accelerator
from models.errors import TrainingError
from models.packs import write_pack
from models.training import Run
from models.translators.paired_unet import CONDITIONS, PairedUNet, _Batches, _Fitting, fit_paired_unet, sizes
from models.translators.spatial_filter import fit_spatial_filter

ONE = Accelerator(threads=1)


def small(steps, rain=0.0, **changes):
    recipe = sizes(rain)["demo"]
    schedule = replace(recipe.schedule, steps=steps, batch=8, warm_up=0, validate_every=steps, **changes)
    return replace(recipe, schedule=schedule, widths=(8, 12))


def read(pack, numbers):
    return torch.cat([pack.tb(numbers), pack.conditions(CONDITIONS, numbers)], dim=1)


def rms(model, pack, numbers):
    error = model.translate(read(pack, numbers)) - pack.target(numbers)
    return float(torch.nanmean(error**2).sqrt())


def test_before_training_it_is_its_filter(data):
    base = fit_spatial_filter(data, small(1).filter, Run())
    untrained = fit_paired_unet(data, small(1, learning_rate=0.0), Run(0, ONE))
    numbers = np.arange(3)
    tb, land = data.overlaps.tb(numbers), data.overlaps.conditions(("land_fraction",), numbers)
    torch.testing.assert_close(untrained.translate(read(data.overlaps, numbers)), base.translate(torch.cat([tb, land], dim=1)))


def test_it_learns_what_a_filter_cannot(data, tmp_path):
    """GMI sees a fold of what the partner sees: no line follows it."""
    pack, every = data.overlaps, np.arange(len(data.overlaps))
    tb = pack.tb(every)
    target = tb[:, :4] + 2 * (tb[:, :1] - 225).abs().clamp_max(40)
    beside = pack.conditions(pack.info.conditions, every).numpy()
    folded = write_pack(tmp_path / "fold", pack.info, tb.numpy(), np.array(pack.index), conditions=beside, target=target.numpy())
    there = replace(data, overlaps=folded)
    trained = fit_paired_unet(there, small(150, learning_rate=3e-3), Run(0, ONE))
    held_out = folded.select("validation")
    start = fit_paired_unet(there, small(1, learning_rate=0.0), Run(0, ONE))
    assert rms(trained, folded, held_out) < 0.6 * rms(start, folded, held_out)


def test_losses_by_hand(data):
    """Huber in deviations over known pixels; the rain's pinball loss is that of a draw from what GMI's own TB say."""
    model = fit_paired_unet(data, small(1, learning_rate=0.0), Run(0, ONE))
    batch = _Batches(data.overlaps, small(1), Run(0, ONE)).draw(1)
    losses = _Fitting(small(1, rain=2.0), data.retrievals, "cpu").losses(model, batch)
    made = model(batch.given)
    away = (made - batch.target).abs()
    each = torch.where(away < 2, away**2 / 2, 2 * away - 2) / (2 * model.scale[:, None, None])
    known = batch.target.isfinite().all(dim=1)
    torch.testing.assert_close(losses["huber"], each[batch.target.isfinite()].sum() / known.sum() / 4)

    drain = data.retrievals[0]
    there = drain.predict(torch.where(batch.target.isfinite(), batch.target, made))
    rain, said = there.quantile(batch.draw)[known], drain(made).movedim(1, -1)[known][:, :-1]
    error = rain[:, None] - said
    pinball = torch.maximum(drain.levels * error, (drain.levels - 1) * error).mean()
    torch.testing.assert_close(losses["rain_pinball"], 2 * pinball)
    assert set(losses) == {"huber", "rain_pinball", "rain_places", "rain_mean"}


def test_the_rain_of_the_translation_comes_closer_where_it_is_asked_for(data):
    fitting, errors = _Fitting(small(1, rain=1.0), data.retrievals, "cpu"), {}
    batches = _Batches(data.overlaps, small(1), Run(0, ONE)).held_out()
    assert len(batches) == 1
    for rain in (0.0, 30.0):
        model = fit_paired_unet(data, small(60, rain, learning_rate=2e-3), Run(0, ONE))
        with torch.no_grad():
            errors[rain] = float(fitting.losses(model, batches[0])["rain_pinball"])
    assert errors[30.0] < errors[0.0]


def test_the_retrieval_stays_as_it_is(data):
    drain = data.retrievals[0]
    before = {name: value.clone() for name, value in drain.state_dict().items()}
    fit_paired_unet(data, small(3, rain=5.0), Run(0, ONE))
    assert all(torch.equal(value, before[name]) for name, value in drain.state_dict().items())


def test_what_it_needs(data, folder):
    with pytest.raises(TrainingError, match="needs a retrieval other than the one that judges"):
        fit_paired_unet(replace(data, retrievals=()), small(1, rain=1.0), Run(0, ONE))
    model = fit_paired_unet(data, small(2), Run(0, ONE))
    checkpoint.save(model, folder)
    again = checkpoint.load(folder)
    assert isinstance(again, PairedUNet)
    given = read(data.overlaps, np.arange(2))
    assert torch.equal(again.translate(given), model.translate(given))
