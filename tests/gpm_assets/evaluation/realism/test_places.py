"""Scenes that were really seen: their numbers are those of the files, and the world has the like."""

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.evaluation.realism import places
from gpm_assets.evaluation.realism.real import SSMIS_LAND, SSMIS_SEA, TMI_CLEAR_SEA
from gpm_assets.geography.land import land_fraction
from gpm_assets.granules.read import read_1c
from gpm_assets.simulation.nature import Nature


@pytest.fixture(scope="module")
def table():
    return places.scene_table(Nature(1), 2018)


def test_the_numbers_of_ssmis_are_those_of_the_scene(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16.SSMIS.*.HDF5")
    measured = {}
    for swath in read_1c(path):
        land = land_fraction(swath.latitude, swath.longitude)
        for index, channel in enumerate(swath.channels):
            tb = swath.tb[..., index].astype(np.float64)
            for place, here in ((SSMIS_SEA, land <= 0.05), (SSMIS_LAND, land >= 0.95)):
                chosen = tb[here & np.isfinite(tb)]
                measured[place.name, channel] = (chosen.mean(), chosen.min(), chosen.max())
    for place in (SSMIS_SEA, SSMIS_LAND):
        for index, channel in enumerate(INSTRUMENTS[place.sensor].channels):
            told = place.mean[index], place.lowest[index], place.highest[index]
            np.testing.assert_allclose(told, measured[place.name, channel.name], atol=0.2, err_msg=f"{place.name} {channel.name}")


def test_the_clear_sea_of_tmi_is_in_the_world(table):
    rows = [row for row in table if row["scene"] == TMI_CLEAR_SEA.name]
    assert len(rows) == 9
    assert all(abs(row["closest"] - row["real_mean"]) < 5 for row in rows)
    assert all(row["real_lowest"] is None for row in rows)


def test_sea_and_land_differ_as_ssmis_saw_it(table):
    checks = {check.name: check for check in places.scene_checks(table)}
    assert checks["SSMIS, land minus sea: largest difference of eleven channels"].holds


def test_a_world_too_cold_by_30_k_fails(table):
    cold = [row | {name: row[name] - 30 for name in ("closest", "simulated_lowest", "simulated_highest")} for row in table]
    clear, contrast, ranges = places.scene_checks(cold)
    assert not clear.holds
    assert contrast.holds  # both are as much too cold
    assert not ranges.holds
