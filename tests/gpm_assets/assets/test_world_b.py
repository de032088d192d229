"""World B is for tests: nothing is trained or chosen there, and models of world A are scored there by name."""

import pytest

PARTNER, REFERENCE, TEST_MONTH = "F16_SSMIS", "GPM_GMI", "2019-07"
SETTINGS = """\
[simulation]
seed = 2
world = "B"
orbits = 2
fraction = 0.05
[training]
months = ["2018-03", "2018-08"]
test_months = ["2019-07"]
[accelerator]
device = "cpu"
threads = 1
"""


@pytest.mark.parametrize(
    ("job", "partition"), [("train_drain", None), ("train_quick_translators", PARTNER), ("choose_champion", PARTNER)]
)
def test_nothing_learns_or_is_chosen_in_world_b(platform, job, partition):
    said = platform(SETTINGS).failure(job, partition)
    assert "world B is for tests alone" in said
    assert "\n" not in said


def test_models_of_world_a_are_scored_in_world_b_when_asked_for_by_name(platform, chain):
    tested = platform(SETTINGS + f'[models]\nregistry = "{chain.home.registry_uri}"\nworld = "simulated"\n')
    partition = f"{TEST_MONTH}|{PARTNER}"
    landed = tested.make("land_sensor_month", partition)["level1c_granules"]
    assert (landed["world"], landed["granule_count"], landed["quarantined"]) == ("simulated-B", 2, 0)
    tested.make("truth_sensor_month", partition)
    scored = tested.make("score_sensor_month", partition)["retrieval_scores"]
    assert scored["world"] == "simulated-B"
    assert scored["candidates"] == scored["computed"] > 3
    rain = tested.make("make_products", partition)["precipitation"]
    assert rain["warning"] == "simulated-B granules, translated by models trained in the simulated world"


def test_a_home_that_changes_its_world_is_refused(changed_chain):
    changed = changed_chain("orbits = 2", 'world = "B"\norbits = 2')
    assert "simulated" in changed.failure("collocate_month", "2018-03")
    said = changed.failure("score_sensor_month", f"{TEST_MONTH}|{PARTNER}")
    assert "belongs to the simulated world, this home is simulated-B" in said
