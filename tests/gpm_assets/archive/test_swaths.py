from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from gpm_assets.archive import store
from gpm_assets.archive.swaths import read_swath, swath_dataset
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS


@pytest.fixture(scope="module")
def swath(orbit):
    swath = gmi_like(orbit("F16_SSMIS", 30), INSTRUMENTS["F16_SSMIS"])
    time = swath.time.copy()
    time[7] = np.datetime64("NaT")
    return replace(swath, time=time)


def archived(dataset: xr.Dataset, folder) -> xr.Dataset:
    store.write_group(folder / store.DATA, "granule", dataset, "key")
    with store.open_group(folder, "granule") as stored:
        return stored.load()


def test_a_swath_survives_the_archive(swath, tmp_path):
    again = read_swath(archived(swath_dataset(swath), tmp_path))
    for name in ("sensor", "channels", "granule", "group", "shape"):
        assert getattr(again, name) == getattr(swath, name)
    for name, tolerance in {"tb": 0.00502, "incidence": 0.00502, "support": 0.00251, "latitude": 1e-5, "longitude": 1e-5}.items():
        one, other = getattr(swath, name), getattr(again, name)
        assert np.array_equal(np.isnan(one), np.isnan(other)), name
        assert np.nanmax(np.abs(one - other)) <= tolerance, name
    assert np.array_equal(again.time, swath.time, equal_nan=True)
    assert np.array_equal(again.quality, swath.quality)
    assert again.tb.dtype == np.float32
    assert again.latitude.dtype == np.float64


def test_extremes_fit_the_packing(swath, tmp_path):
    tb = np.where(np.isfinite(swath.tb), np.float32(40), np.nan).astype(np.float32)
    tb[::2] += 310
    incidence = np.where(np.isfinite(swath.incidence), np.float32(-65), np.nan).astype(np.float32)
    again = read_swath(archived(swath_dataset(replace(swath, tb=tb, incidence=incidence)), tmp_path))
    assert np.array_equal(again.tb, tb, equal_nan=True)
    assert np.allclose(again.incidence, incidence, equal_nan=True, atol=1e-4)


def test_a_swath_without_support_has_none(swath, tmp_path):
    assert read_swath(archived(swath_dataset(replace(swath, support=None)), tmp_path)).support is None


def test_variables_say_what_they_are(swath, tmp_path):
    dataset = archived(swath_dataset(swath), tmp_path)
    assert dataset.attrs["Conventions"].startswith("CF-")
    assert dataset["tb"].attrs["units"] == "K"
    assert dataset["latitude"].attrs["units"] == "degrees_north"
    assert dataset["tb"].dims == ("scan", "pixel", "channel")
    assert {"latitude", "longitude", "time"} <= set(dataset.coords)
