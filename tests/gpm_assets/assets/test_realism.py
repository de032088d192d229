"""The asset `simulation_realism` and its check, as the platform runs them."""

import pytest

from gpm_assets.assets import realism
from gpm_assets.definitions import defs
from gpm_assets.errors import RequestError
from gpm_assets.evaluation.figures.realism import FIGURES
from gpm_assets.settings import Home
from gpm_assets.simulation.realism import Extent

SMALL = {"pieces": 4, "scans": 4, "lines": 20, "moments": 100, "map_step_deg": 10.0}


def examine(platform):
    config = {"ops": {realism.REALISM: {"config": SMALL}}, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with platform.inside():
        job = defs.resolve_job_def("examine_world")
        return job.execute_in_process(run_config=config, instance=platform.instance, raise_on_error=False)


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """No real data at hand."""
    monkeypatch.setenv("GPM_ASSETS_REAL_DATA", str(tmp_path / "nowhere"))


@pytest.mark.parametrize("world", ["A", "B"])
def test_a_world_is_examined_once(platform, world, nowhere):
    place = platform(f'[simulation]\nworld = "{world}"\n')
    result = examine(place)
    assert result.success
    shown = place.shown(realism.REALISM)
    assert shown["recomputed"] is True
    assert len(shown["checks"]) == shown["checked"] == 75
    assert len(shown["channels"]) == 4 * 13
    for name in FIGURES:
        assert shown[f"figure_{name}"].startswith("![figure](data:image/png;base64,")
    assert len(realism.read(place.home, "zonal")) == 13
    assert shown["real_scene"].startswith("left out: no 1C file in ")
    assert f"figure_{realism.SCENE_SHIFT}" not in shown
    (check,) = result.get_asset_check_evaluations()
    missed = [row["check"] for row in shown["checks"] if row["verdict"] == "outside"]
    assert check.passed is not bool(missed)
    assert check.severity.value == "WARN"
    assert all(name in check.description for name in missed)
    assert examine(place).success
    assert place.shown(realism.REALISM)["recomputed"] is False


def test_a_real_scene_is_held_against_its_pixels_simulated(platform, real_data, monkeypatch):
    monkeypatch.setenv("GPM_ASSETS_REAL_DATA", str(real_data))
    place = platform("")
    assert examine(place).success
    shown = place.shown(realism.REALISM)
    assert shown["real_scene"] == "F16_SSMIS 1C 088911 V05A"
    assert shown["figure_scene_shift"].startswith("![figure](data:image/png;base64,")
    assert len(shown["figure_scene_shift"]) < 200_000
    assert {row["channel"] for row in shown["scene_shift"]} >= {"19.35V", "91.665H", "183.31±1H"}
    assert len(realism.read(place.home, realism.SCENE_SHIFT)) == len(shown["scene_shift"])


def test_a_scene_that_cannot_be_read_is_left_out_and_makes_another_recipe(tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    monkeypatch.setenv("GPM_ASSETS_REAL_DATA", str(tmp_path))
    without = realism.recipe(home, Extent())
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "1C.broken.HDF5").write_bytes(b"no HDF5")
    assert realism.recipe(home, Extent()).fingerprint != without.fingerprint
    extent = Extent(pieces=2, scans=2, lines=20, moments=60, map_step_deg=10.0)
    assert realism.make(home, extent).metadata["real_scene"].startswith("left out: ")


def test_the_real_world_has_no_realism(tmp_path):
    home = Home(tmp_path)
    (tmp_path / "settings.toml").write_text('world = "real"\n')
    with pytest.raises(RequestError, match="realism is asked of simulated worlds"):
        realism.recipe(home, Extent())


def test_another_extent_is_another_recipe(tmp_path):
    home = Home(tmp_path)
    assert realism.recipe(home, Extent()) == realism.recipe(home, Extent())
    assert realism.recipe(home, Extent()).fingerprint != realism.recipe(home, Extent(pieces=3)).fingerprint
