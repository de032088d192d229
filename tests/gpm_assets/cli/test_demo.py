"""`gpm-assets demo` on a home where the chain has run: nothing is made twice, and the real scene is the only new thing."""

import pytest

from gpm_assets.cli import demo
from gpm_assets.errors import GpmAssetsError


@pytest.fixture
def steps(steps):
    """The steps of the demo: one partner has no other partner to meet."""
    return [step for step in steps if step[0] != "overlap_month"]


@pytest.fixture
def made(changed_chain, monkeypatch):
    """A copy of the small home, and a demo that has its months."""
    for name, months in {"RADAR_MONTHS": (), "TRAINING_MONTHS": ("2018-03",), "VALIDATION_MONTH": "2018-08"}.items():
        monkeypatch.setattr(demo, name, months)
    monkeypatch.setattr(demo, "TEST_MONTH", "2019-07")
    monkeypatch.setenv("COLUMNS", "300")
    return changed_chain("orbits = 2", "orbits = 2")


def said(capsys, platform) -> str:
    """What the demo prints."""
    with platform.inside():
        demo.demo(home=platform.home.root, workers=1)
    return capsys.readouterr().out


def test_what_is_there_is_not_made_again(made, steps, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GPM_ASSETS_REAL_DATA", str(tmp_path / "nowhere"))
    shown = said(capsys, made)
    assert shown.count("as it was") == len(steps)
    assert "\n0 steps made" in shown
    for words in ("Champion of F16_SSMIS", "cyclegan", "quantile_mapping", "gpm-assets ui --home"):
        assert words in shown
    assert f"No real scene: {tmp_path / 'nowhere' / 'scenes'} is not there" in shown


def test_the_real_scene_is_processed_by_the_simulations_models_and_says_so(made, steps, real_data, monkeypatch, capsys):
    monkeypatch.setenv("GPM_ASSETS_REAL_DATA", str(real_data))
    shown = said(capsys, made)
    assert "\n2 steps made" in shown
    assert "real granules, translated by models trained in the simulated world" in shown
    assert (made.home.root / "real-scene" / "archive" / "precipitation" / "F16_SSMIS" / "2021-01" / "manifest.json").exists()
    again = said(capsys, made)
    assert "\n0 steps made" in again
    assert again.count("as it was") == len(steps) + 2


def test_a_failing_step_ends_the_demo_with_its_reason_in_one_line(made, monkeypatch):
    monkeypatch.setattr(demo, "TEST_MONTH", "2009-07")
    with pytest.raises(GpmAssetsError, match="GPM_GMI delivered nothing in 2009-07") as raised, made.inside():
        demo.demo(home=made.home.root, workers=1)
    assert "\n" not in str(raised.value)
