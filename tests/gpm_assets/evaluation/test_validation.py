"""Validation patches as a table: sums by overpass, weighted by climatological mass."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gpm_assets.evaluation.scores import rain_measures
from gpm_assets.evaluation.table import sums
from gpm_assets.evaluation.validation import validation_table
from models.packs import INDEX, PackInfo, write_pack

KEYS = {"world": "simulated", "sensor": "GPM_GMI", "reference": "DPR", "method": "drain", "version": 1, "seed": 0}
SPLITS = ["validation"] * 5 + ["train"]


@pytest.fixture
def pack(tmp_path, drain):
    rng = np.random.default_rng(3)
    index = np.zeros(6, INDEX)
    index["granule"], index["split"], index["weight"] = list("aabbbc"), SPLITS, [1, 2, 0.5, 1, 0, 3]
    index["time"] = np.datetime64("2018-08-05") + np.array([0, 0, 0, 1, 1, 1]) * np.timedelta64(1, "D")
    tb = (230 + 20 * rng.normal(size=(6, 4, 16, 16))).round(2)
    rain = np.where(rng.random((6, 16, 16)) < 0.5, rng.gamma(0.6, 2, (6, 16, 16)), 0).astype(np.float32)
    rain[:, :, :4] = np.nan
    return write_pack(tmp_path / "pack", PackInfo("GPM_GMI", "simulated", drain.channels), tb, index, rain)


def test_sums_are_weighted_by_overpass_and_day(pack, drain):
    rows = validation_table(drain, pack, KEYS)
    assert list(zip(rows["granule"], rows["block"], strict=True)) == [
        ("a", "2018-08-05"),
        ("b", "2018-08-05"),
        ("b", "2018-08-06"),
    ]
    assert rows["n"].tolist() == [3 * 192, 0.5 * 192, 192]
    assert set(rows["month"]) == {"2018-08"}
    everything = rain_measures(rows[sums(rows)].sum().to_dict())
    chosen = pack.select("validation")
    with torch.inference_mode():
        prediction = drain.predict(pack.tb(chosen))
    rain = pack.rain(chosen)
    weights = torch.from_numpy(pack.index["weight"][chosen].copy())[:, None, None] * rain.isfinite()
    crps = (prediction.crps(rain).nan_to_num() * weights).sum() / weights.sum()
    assert everything["crps"] == pytest.approx(crps.item(), rel=1e-5)
    bias = ((prediction.mean - rain).nan_to_num() * weights).sum() / weights.sum()
    assert everything["bias"] == pytest.approx(bias.item(), rel=1e-4)


def test_nothing_to_validate_on_makes_no_rows(pack, drain):
    index = pack.index.copy()
    index["split"] = "train"
    assert not len(validation_table(drain, replace(pack, index=index), KEYS))
