"""Fixtures: the converter that README.md documents, without the lines that unpickle, and overlaps as it is given them."""

import re
from importlib.resources import files

import numpy as np
import pytest
import torch

KM = 1 / 111.2  # degrees of latitude


@pytest.fixture(scope="session")
def converter():
    """The functions of the script in README.md; its main part, which unpickles, does not run."""
    (script,) = re.findall(r"```python\n(.*?)```", files("gpm_assets.benchmarks").joinpath("README.md").read_text(), re.DOTALL)
    names = {"__name__": "converter"}
    exec(compile(script, "README.md", "exec"), names)
    return names


def make_side(scans, pixels, spacing_km, centre, seed, channels):
    """One sensor as the pickle holds it: positions (1, scan, pixel) in degrees and `data` (channel, scan, pixel) in K."""
    rng = np.random.default_rng(seed)
    along, across = ((np.arange(count) - (count - 1) / 2) * step for count, step in zip((scans, pixels), spacing_km, strict=True))
    lat, lon = (axis * KM + place for axis, place in zip(np.meshgrid(along, across, indexing="ij"), centre, strict=True))
    storm = np.exp(-(along[:, None] ** 2 + across**2) / 60**2)
    tb = np.array([[[215.0]], [[150.0]], [[255.0]], [[225.0]]]) + 8 * rng.normal(size=(4, scans, pixels))
    tb = tb + np.array([[[40.0]], [[90.0]], [[-70.0]], [[-45.0]]]) * storm
    rain = np.where(storm > 0.3, 20 * storm, 0)
    more = np.stack([rain, rain]) if channels > 4 else np.zeros((0, scans, pixels))
    data = torch.from_numpy(np.concatenate([tb, more]).astype(np.float32))
    return {"lon": torch.from_numpy(lon)[None].float(), "lat": torch.from_numpy(lat)[None].float(), "data": data}


def make_overlap(seed=0, centre=(10.0, 179.9), apart_km=0.0):
    """An overlap across the dateline; the partner's centre may be moved to the north."""
    moved = (centre[0] + apart_km * KM, centre[1])
    gmi, partner = make_side(16, 30, (13.5, 5.8), centre, seed, 6), make_side(14, 14, (12.5, 12.5), moved, seed + 100, 4)
    gmi["lon"], partner["lon"] = ((one["lon"] + 180) % 360 - 180 for one in (gmi, partner))
    return {"gpm": gmi, "f18": partner}


@pytest.fixture(scope="session")
def overlap():
    """Maker of overlaps, see `make_overlap`."""
    return make_overlap


@pytest.fixture
def overlaps_file(converter, tmp_path):
    """Maker of a file from overlaps, two of a simulated world by default."""

    def make(overlaps=None, **options):
        path = tmp_path / "overlaps.h5"
        converter["convert"](overlaps or [make_overlap(0), make_overlap(1)], path, **{"world": "simulated", **options})
        return path

    return make
