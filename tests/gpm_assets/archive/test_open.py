from functools import partial

import dask.array
import numpy as np
import pytest

import gpm_assets
from gpm_assets.archive import store
from gpm_assets.archive.swaths import swath_dataset
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import RequestError
from gpm_assets.provenance import Recipe, build
from gpm_assets.settings import Home

SENSOR = "F16_SSMIS"


@pytest.fixture(scope="module")
def swaths(orbit):
    """Three granules of two months, each with a share of 24 scans."""
    row, starts = INSTRUMENTS[SENSOR], {"a": "2018-03-01", "b": "2018-03-02", "c": "2018-04-01"}
    return {name: gmi_like(orbit(SENSOR, 24, np.datetime64(day, "ms"), granule=name), row) for name, day in starts.items()}


@pytest.fixture(scope="module")
def root(swaths, tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    for month, names in {"2018-03": "ab", "2018-04": "c", "2018-05": ""}.items():
        pieces = [store.Piece(name, name, partial(swath_dataset, swaths[name])) for name in names]

        def make(work, pieces=pieces):
            return {"granules": list(store.write_month(work, pieces, work / "none").granules)}

        recipe = Recipe("swaths", f"{SENSOR} {month}", "simulated", {}, {}, "")
        build(Home(root).folder("swaths", SENSOR, month), recipe, make)
    return root


def test_months_are_one_lazy_dataset(root, swaths):
    dataset = gpm_assets.open("swaths", SENSOR, ["2018-03", "2018-04"], root)
    assert all(isinstance(dataset[name].data, dask.array.Array) for name in ("tb", "latitude", "quality"))
    assert dataset.sizes["scan"] == sum(swath.shape[0] for swath in swaths.values())
    assert dataset["granule"].values.tolist() == [name for name, swath in swaths.items() for _ in range(swath.shape[0])]
    assert tuple(dataset["channel"].values) == INSTRUMENTS[SENSOR].channel_names
    one = dataset["tb"].sel(channel="91.665V").isel(scan=(dataset["granule"] == "b").values)
    assert np.nanmax(np.abs(one.values - swaths["b"].channel("91.665V"))) <= 0.00502
    mean = float(dataset["tb"].sel(channel="37H").mean())
    assert mean == pytest.approx(np.nanmean(np.concatenate([swath.channel("37H") for swath in swaths.values()])), abs=0.01)


def test_a_home_of_the_environment_is_opened(root, monkeypatch):
    monkeypatch.setenv("GPM_ASSETS_HOME", str(root))
    assert gpm_assets.open("swaths", SENSOR, "2018-04").sizes["scan"] > 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (("pseudo", SENSOR, "2018-03"), "unknown product 'pseudo'; products are swaths"),
        (("swaths", "F99_SSMIS", "2018-03"), "unknown sensor 'F99_SSMIS'; known sensors are GPM_GMI"),
        (("swaths", SENSOR, ["2018-03", "2018-07"]), "2018-07 is not in .*: materialise"),
        (("pseudo_tb", SENSOR, "2018-03"), "pseudo_tb of F16_SSMIS in 2018-03 is not in"),
        (("swaths", SENSOR, "2018-05"), "holds no granule"),
        (("swaths", SENSOR, []), "holds no granule"),
    ],
)
def test_what_cannot_be_opened_says_why(root, request_, message):
    with pytest.raises(RequestError, match=message):
        gpm_assets.open(*request_, home=root)
