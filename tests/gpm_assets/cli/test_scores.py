"""`gpm-assets scores` and `gpm-assets latmos` on a small home that has been scored."""

import json

import pytest

from gpm_assets.cli.latmos import latmos
from gpm_assets.cli.scores import scores
from gpm_assets.errors import RequestError

PARTNER = "F16_SSMIS"


@pytest.fixture
def inside(chain, monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    with chain.inside():
        yield


def test_methods_within_classes_with_what_they_rest_on(inside, capsys):
    scores("surface")
    shown = " ".join(capsys.readouterr().out.split())
    for word in (
        "rain of F16_SSMIS against truth by surface, test months, simulated world",
        "sea",
        "quantile_mapping",
        "pixels",
        "rainy",
    ):
        assert word in shown
    assert "…" not in shown, "nothing is cut at 90 columns"


def test_validation_is_shown_against_every_reference(inside, capsys):
    scores("rain_class", "surface", validation=True, measure="crps")
    shown = " ".join(capsys.readouterr().out.split())
    for reference in ("DPR", "CMB", "DRAIN(GMI)"):
        assert f"rain of F16_SSMIS against {reference} by rain_class and surface, validation months" in shown
    scores("rain_class", reference="CMB", validation=True)
    assert "DPR" not in capsys.readouterr().out


def test_json_has_all_measures(inside, capsys):
    scores("regime", json=True)
    rows = json.loads(capsys.readouterr().out)
    assert {"regime", "method", "pixels", "blocks", "claim", "csi", "csi_low", "crps_above@2.5", "frequency_bias"} <= set(rows[0])


def test_tb_of_a_channel_by_stratum(inside, capsys):
    scores("surface", "solar_time", channel="89V", measure="bias")
    shown = " ".join(capsys.readouterr().out.split())
    assert "89V TB of F16_SSMIS against truth by surface and solar_time" in shown
    scores("surface", channel="89V", json=True)
    rows = json.loads(capsys.readouterr().out)
    assert {row["channel"] for row in rows} == {"89V"}
    assert all(row["rmse"] >= abs(row["bias"]) for row in rows if row["pixels"])
    with pytest.raises(RequestError, match="no such references, channels or months"):
        scores("surface", channel="10.65V")


def test_what_there_is_not_is_said(inside):
    with pytest.raises(RequestError, match="no stratum 'altitude'"):
        scores("altitude")
    with pytest.raises(RequestError, match="no measure 'skill'; measures are"):
        scores("surface", measure="skill")
    with pytest.raises(RequestError, match="METOPB_MHS has scores of no such references, channels or months in test months"):
        scores("surface", sensor="METOPB_MHS")
    with pytest.raises(RequestError, match="scores of no such overlaps in test months"):
        latmos()


def test_latmos_protocol_on_overlaps(inside, capsys):
    latmos(validation=True)
    shown = capsys.readouterr().out
    for word in ("errors against DRAIN(GMI), F16_SSMIS", "models: simulated", "0.1 to 2.5", "CSI (IoU)"):
        assert word in shown
    latmos(validation=True, json=True)
    found = json.loads(capsys.readouterr().out)
    assert {row["method"] for row in found[PARTNER]} >= {"gmi", "raw", "linear"}
