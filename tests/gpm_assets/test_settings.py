from pathlib import Path

import pytest
from pydantic import ValidationError

from gpm_assets.errors import RequestError
from gpm_assets.settings import Home, Settings, SourceSettings

TOML = """
world = "real"
[[sources]]
kind = "directory"
path = "/data/gmi"
sensors = ["GPM_GMI"]
[[sources]]
kind = "directory"
path = "/data/2018"
months = ["2018-03"]
[training]
seeds = [0, 1, 2]
"""


def test_a_home_without_settings_has_defaults(tmp_path):
    home = Home(tmp_path)
    assert home.settings == Settings()
    assert home.settings.world == "simulated"
    home.settings.require_learnable()
    assert home.registry_uri == f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert home.folder("swaths", "F16_SSMIS", "2018-03") == tmp_path / "archive" / "swaths" / "F16_SSMIS" / "2018-03"


def test_the_first_source_that_serves_is_asked(tmp_path):
    (tmp_path / "settings.toml").write_text(TOML)
    settings = Home(tmp_path).settings
    assert settings.source("GPM_GMI", "2018-03").path == Path("/data/gmi")
    assert settings.source("F16_SSMIS", "2018-03").path == Path("/data/2018")
    with pytest.raises(RequestError, match=r"no source serves F16_SSMIS in 2018-04; add one to settings.toml"):
        settings.source("F16_SSMIS", "2018-04")
    assert settings.training.seeds == (0, 1, 2)


def test_no_simulated_source_serves_gprof(tmp_path):
    assert not Settings().evaluation.gprof
    assert not SourceSettings(kind="simulated").serves("F16_SSMIS_GPROF", "2019-07")
    assert SourceSettings(kind="directory", path=tmp_path).serves("F16_SSMIS_GPROF", "2019-07")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('world = "toy"', "world"),
        ("[training]\nseeds = []", "training.seeds"),
        ("[training]\nseed = 1", "training.seed"),
        ("[simulation]\nfraction = 0", "simulation.fraction"),
        ('[[sources]]\nkind = "directory"', "needs path"),
        ('[[sources]]\nkind = "simulated"\npath = "x"', "takes no path"),
        ('[collocation]\nrain = "combined"\ncombined = false', "2B-CMB must land to be the label"),
        ('[collocation]\nsampling = "finest"', "collocation.sampling"),
        ("world = ", "settings.toml"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, message):
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(RequestError, match=message) as raised:
        _ = Home(tmp_path).settings
    assert str(tmp_path / "settings.toml") in str(raised.value)


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().training.patch = 64
    assert SourceSettings(kind="simulated").serves("F16_SSMIS", "2018-03")


def test_the_home_is_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GPM_ASSETS_HOME", str(tmp_path / "elsewhere"))
    assert Home().root == tmp_path / "elsewhere"
    monkeypatch.delenv("GPM_ASSETS_HOME")
    monkeypatch.chdir(tmp_path)
    assert Home().root == tmp_path / "gpm-assets-home"


def test_world_b_is_a_world_of_its_own_in_which_nothing_learns():
    settings = Settings.model_validate({"simulation": {"world": "B"}})
    assert settings.world == "simulated-B"
    with pytest.raises(RequestError, match="world B is for tests alone"):
        settings.require_learnable()


def test_a_real_home_stays_real_whatever_the_simulation_would_be():
    assert Settings.model_validate({"world": "real", "simulation": {"world": "B"}}).world == "real"
    with pytest.raises(ValidationError, match="world"):
        Settings.model_validate({"world": "imagined"})
