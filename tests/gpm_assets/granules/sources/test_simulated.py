import pickle

import pytest

from gpm_assets.errors import RequestError
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.sources.simulated import SimulatedSource
from gpm_assets.simulation.plan import PlanConfig

SOURCE = SimulatedSource(PlanConfig(seed=1, orbits=4, fraction=0.01))


def test_offers_can_be_made_in_another_process(tmp_path):
    offer = SOURCE.offers("GPM_GMI", "2019-07")[0]
    make = pickle.loads(pickle.dumps(offer.make))
    make(tmp_path / offer.name)
    assert read_1c(tmp_path / offer.name)[0].sensor == "GPM_GMI"


def test_keys_follow_plan_and_seed():
    first = {offer.key for offer in SOURCE.offers("F16_SSMIS", "2019-07")}
    again = {offer.key for offer in SOURCE.offers("F16_SSMIS", "2019-07")}
    other = {offer.key for offer in SimulatedSource(PlanConfig(2, 4, 0.01)).offers("F16_SSMIS", "2019-07")}
    assert len(first) == 4
    assert first == again
    assert not first & other
    assert (SOURCE.name, SOURCE.world) == ("simulated", "simulated")


def test_a_month_outside_the_life_names_the_life():
    with pytest.raises(RequestError, match="2017-11-29"):
        SOURCE.offers("NOAA20_ATMS", "2015-01")
