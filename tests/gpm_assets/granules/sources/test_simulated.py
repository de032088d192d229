import pickle
from dataclasses import replace

import pytest

from gpm_assets.errors import RequestError
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.sources.simulated import SimulatedSource, offer
from gpm_assets.resources.sources import make_source
from gpm_assets.settings import Settings
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlanConfig, plan

CONFIG = PlanConfig(seed=1, orbits=4, fraction=0.01)
SOURCE = SimulatedSource(CONFIG, Nature(1))


def test_offers_can_be_made_in_another_process(tmp_path):
    offer = SOURCE.offers("GPM_GMI", "2019-07")[0]
    make = pickle.loads(pickle.dumps(offer.make))
    make(tmp_path / offer.name)
    assert read_1c(tmp_path / offer.name)[0].sensor == "GPM_GMI"


def keys(source: SimulatedSource) -> set[str]:
    return {offer.key for offer in source.offers("F16_SSMIS", "2019-07")}


@pytest.mark.parametrize(
    "other",
    [
        SimulatedSource(replace(CONFIG, seed=2), Nature(1)),
        SimulatedSource(CONFIG, Nature(2)),
        SimulatedSource(CONFIG, Nature(1, "B")),
    ],
    ids=["plan", "seed", "world"],
)
def test_keys_follow_plan_seed_and_world(other):
    assert len(keys(SOURCE)) == 4
    assert keys(SOURCE) == keys(SimulatedSource(CONFIG, Nature(1)))
    assert keys(SOURCE) != keys(other)


def test_keys_follow_version_and_level():
    (planned, *_) = plan("GPM_GMI", "2019-07", CONFIG)
    made = [offer(planned, Nature(1), *form) for form in (("V07A",), ("V08A",), ("V07A", "1C-R"))]
    assert len({one.key for one in made}) == len({one.name for one in made}) == 3


def test_the_source_has_the_world_of_its_home():
    assert (SOURCE.name, SOURCE.world) == ("simulated", "simulated")
    settings = Settings.model_validate({"simulation": {"world": "B", "seed": 3}})
    source = make_source(settings, settings.sources[0])
    assert source.world == settings.world == "simulated-B"
    assert source.nature == Nature(3, "B")


def test_a_month_outside_the_life_names_the_life():
    with pytest.raises(RequestError, match="2017-11-29"):
        SOURCE.offers("NOAA20_ATMS", "2015-01")
