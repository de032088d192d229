"""Preparing a home: made where missing, never written over."""

import tomllib

import dagster as dg

from gpm_assets.cli.home import prepare
from gpm_assets.settings import Home


def test_a_new_home_has_what_dagster_needs(tmp_path):
    home = Home(tmp_path / "new")
    environment = prepare(home, 'world = "simulated"\n')
    assert environment["GPM_ASSETS_HOME"] == str(home.root)
    assert environment["DAGSTER_HOME"] == str(home.dagster)
    assert tomllib.loads((home.root / "settings.toml").read_text()) == {"world": "simulated"}
    assert {path.name for path in home.dagster.iterdir()} == {"dagster.yaml", "workspace.yaml"}


def test_what_people_edited_stays(tmp_path):
    home = Home(tmp_path)
    prepare(home, "seed = 1")
    for path in (home.dagster / "dagster.yaml", home.dagster / "workspace.yaml", home.root / "settings.toml"):
        path.write_text("# mine\n")
    prepare(home, "seed = 2")
    for path in (home.dagster / "dagster.yaml", home.dagster / "workspace.yaml", home.root / "settings.toml"):
        assert path.read_text() == "# mine\n"


def test_the_instance_trains_one_network_at_a_time_and_frees_the_slots_of_the_dead(tmp_path):
    home = Home(tmp_path)
    prepare(home)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        pools = instance.get_concurrency_config().pool_config
        assert pools.default_pool_limit == 1
        assert pools.pool_granularity.value == "op"
        assert instance.run_monitoring_enabled
