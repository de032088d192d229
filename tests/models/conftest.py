"""A toy world: smooth scenes with rain seen by GMI's four channels, and a partner that sees other scenes coarsely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from models.channels import ChannelDescription
from models.conditions import CONDITIONS
from models.packs import INDEX, Pack, PackInfo, write_pack
from models.pairs import PAIR_INDEX, write_pairs
from models.retrievals.base import RetrievalData
from models.retrievals.drain import Drain, DrainConfig
from models.translators import TranslationData

GMI = ("36.64V", "36.64H", "89V", "89H")
PARTNER = ("37V", "37H", "91.665V", "91.665H", "19.35V")
DESCRIPTIONS = {
    name: ChannelDescription(frequency, 0.0, polarisation, 52.8, *footprint)
    for name, frequency, polarisation, footprint in (
        ("36.64V", 36.64, 1.0, (15.6, 9.4)),
        ("36.64H", 36.64, 0.0, (15.6, 9.4)),
        ("89V", 89.0, 1.0, (7.2, 4.4)),
        ("89H", 89.0, 0.0, (7.2, 4.4)),
    )
}
NEAREST = dict(zip(GMI, PARTNER, strict=False))
CONTRAST_K = np.array([[10, 5, 2], [15, 10, 3], [3, 8, -6], [5, 12, -6]])
LEVEL_K = np.array([220.0, 180.0, 260.0, 240.0])


@dataclass
class Scenes:
    tb: np.ndarray
    rain: np.ndarray


def scenes(count: int, seed: int, size: int = 32) -> Scenes:
    r = np.random.default_rng(seed)
    noise = r.normal(size=(2, count, size, size))
    fields = np.stack([ndimage.gaussian_filter(each, (0, width, width)) for each, width in zip(noise, (2, 5), strict=True)])
    fields /= fields.std(axis=(1, 2, 3), keepdims=True)
    rain = np.where(fields.sum(0) > 2, np.exp(fields.sum(0) - 2) - 0.5, 0.0)
    tb = np.einsum("cf,fnsp->ncsp", CONTRAST_K, np.stack([*fields, 3 * np.log1p(rain)])) + LEVEL_K[None, :, None, None]
    return Scenes(tb + 0.7 * r.normal(size=tb.shape), rain)


def coarse(tb: np.ndarray, seed: int) -> np.ndarray:
    """The partner's five channels: blurred, differently calibrated, noisy."""
    widths = [(1.5, 3.5)] * 2 + [(0.6, 1.2)] * 2
    seen = [ndimage.gaussian_filter(tb[:, i], (0, *width), mode="nearest") for i, width in enumerate(widths)]
    seen.append(0.5 * seen[0] + 0.3 * seen[1] + 50)
    gain = np.array([1.02, 1.03, 0.98, 0.97, 1.0])
    return (
        np.stack(seen, 1) * gain[:, None, None] - 3 + 0.5 * np.random.default_rng(seed).normal(size=(len(tb), 5, *tb.shape[2:]))
    )


def index_of(rain: np.ndarray) -> np.ndarray:
    index = np.zeros(len(rain), INDEX)
    index["granule"], index["time"], index["weight"] = "toy", np.datetime64("2018-01-01"), 1.0
    index["stratum"] = np.digitize(rain.max(axis=(1, 2)), [0.1, 2, 10])
    index["split"] = np.where(np.arange(len(rain)) % 5 == 0, "validation", "train")
    return index


@pytest.fixture(scope="session")
def gmi_pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    world = scenes(120, seed=1)
    folder = tmp_path_factory.mktemp("toy") / "gmi"
    return write_pack(folder, PackInfo("GPM_GMI", "simulated", GMI), world.tb, index_of(world.rain), world.rain)


@pytest.fixture(scope="session")
def described() -> dict[str, ChannelDescription]:
    """GMI's four channels as physics sees them."""
    return DESCRIPTIONS


@pytest.fixture(scope="session")
def gmi_data(gmi_pack: Pack) -> RetrievalData:
    """What a retrieval learns from in the toy world."""
    return RetrievalData(gmi_pack, DESCRIPTIONS)


@pytest.fixture(scope="session")
def drain_config() -> DrainConfig:
    """A small DRAIN of the four channels."""
    return DrainConfig(GMI, tuple(DESCRIPTIONS[name] for name in GMI), (8, 12))


@pytest.fixture(scope="session")
def data(gmi_pack: Pack, drain_config: DrainConfig, tmp_path_factory: pytest.TempPathFactory) -> TranslationData:
    folder, world = tmp_path_factory.mktemp("toy"), scenes(120, seed=2)
    seen, r = coarse(world.tb, seed=3), np.random.default_rng(4)
    beside = np.zeros((120, len(CONDITIONS), 32, 32))
    beside[:, 0], beside[:, 1] = (np.arange(120) % 2)[:, None, None], 53.0  # every other patch is land
    info, index = PackInfo("F16_SSMIS", "simulated", PARTNER, conditions=tuple(CONDITIONS)), index_of(world.rain)
    source = write_pack(folder / "source", info, seen, index, conditions=beside)
    half = np.where(np.arange(32)[:, None] < 20, world.tb, np.nan)
    paired = write_pack(folder / "overlaps", replace(info, target_channels=GMI), seen, index, conditions=beside, target=half)
    patch, scan, pixel = r.integers(0, 120, 4000), r.integers(0, 32, 4000), r.integers(0, 32, 4000)
    index = np.zeros(4000, PAIR_INDEX)
    index["weight"], index["split"], index["surface"] = 1.0, "train", patch % 2
    both = seen[patch, :, scan, pixel], world.tb[patch, :, scan, pixel]
    pairs = write_pairs(folder / "pairs", paired.info, *both, index, beside[patch, :, scan, pixel])
    torch.manual_seed(0)
    drain = Drain(drain_config).eval()
    drain.normalisation.fit(gmi_pack.tb(np.arange(40)))
    torch.nn.init.normal_(drain.head.line.weight, std=0.3)
    return TranslationData(source, gmi_pack, pairs, NEAREST, paired, (drain,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made"
