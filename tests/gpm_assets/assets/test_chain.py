"""The whole lineage on a small simulated home: made once, compared, reused, shown."""

import base64
import io
import json
import math
import re

import dagster as dg
import numpy as np
import pytest
from PIL import Image

import gpm_assets
from gpm_assets.assets import leaderboard, overlaps, retrieval, retrievals, scores, swaths, translators
from gpm_assets.definitions import defs
from gpm_assets.evaluation import table
from gpm_assets.inference.translation import GMI_CHANNELS, translate
from gpm_assets.registry import translator_name
from models.retrievals import RETRIEVALS

PARTNER, REFERENCE = "F16_SSMIS", "GPM_GMI"
TRAINING_MONTH, VALIDATION_MONTH, TEST_MONTH = "2018-03", "2018-08", "2019-07"
HALF_A_STEP_K = 0.0051
"""Products are packed in steps of 0.01 K."""


def picture(markdown: str) -> Image.Image:
    """The PNG inside an asset page's markdown."""
    (data,) = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", markdown)
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    image.load()
    assert image.format == "PNG"
    return image


def test_every_asset_is_materialised_and_says_what_of(chain):
    rivals = {retrievals.asset_name(method) for method in RETRIEVALS} - {retrieval.RETRIEVAL}
    slow = {*translators.methods(PARTNER)} - {*translators.quick_methods()}
    left_out = {"simulation_realism", *rivals, *map(translators.asset_name, slow)}
    for key in defs.resolve_asset_graph().get_all_asset_keys() - {dg.AssetKey(name) for name in left_out}:
        shown = chain.shown(key.to_user_string())
        assert shown["world"] == "simulated"
        assert shown["recomputed"] is True
        assert str(chain.home.root) in shown["folder"]


def test_landed_months_count_what_they_hold(chain):
    for sensor in (PARTNER, REFERENCE):
        shown = chain.shown("level1c_granules", f"{TEST_MONTH}|{sensor}")
        assert (shown["granule_count"], shown["quarantined"], shown["source"]) == (2, 0, "simulated")
        assert len(shown["files"]) == 2
        made = chain.shown("swaths", f"{TEST_MONTH}|{sensor}")
        assert (made["granule_count"], made["failed"]) == (2, 0)
        assert 0.5 < made["valid_fraction"] <= 1


def test_a_second_run_recomputes_nothing(chain, steps):
    before = {path: path.stat().st_mtime_ns for path in chain.home.folder("").rglob("*") if path.is_file()}
    for job, partition in dict(steps).items():  # every job, for the last of its partitions
        for asset, shown in chain.make(job, partition).items():
            assert shown["recomputed"] is False, (asset, partition)
    after = {path: path.stat().st_mtime_ns for path in chain.home.folder("").rglob("*") if path.is_file()}
    assert after == before
    assert {len(chain.registry.versions(name)) for name in ("drain", translator_name(REFERENCE))} == {1}


def test_a_changed_setting_recomputes_what_depends_on_it_and_nothing_else(changed_chain):
    changed = changed_chain("patches_per_granule = 16", "patches_per_granule = 12")
    partner = f"{VALIDATION_MONTH}|{PARTNER}"
    for job, partition in (
        ("land_sensor_month", partner),
        ("collocate_month", VALIDATION_MONTH),
        ("overlap_sensor_month", partner),
    ):
        assert not any(shown["recomputed"] for shown in changed.make(job, partition).values())
    trained = changed.make("train_drain")
    assert trained["drain_training_set"]["recomputed"]
    assert trained["drain_training_set"]["patches"] == 4 * 12
    assert trained["drain_retrieval"]["recomputed"]
    # the scores rest on the new DRAIN, the swaths below them do not
    assert changed.make("score_sensor_month", partner)["retrieval_scores"]["computed"] == len(translators.quick_methods())


def test_a_new_seed_is_scored_without_scoring_the_others_again(changed_chain, chain):
    changed = changed_chain("[training]", "[training]\nseeds = [0, 1]")
    made = changed.make("train_quick_translators", PARTNER)
    assert {asset: shown["recomputed"] for asset, shown in made.items()} == dict.fromkeys(made, False)
    assert [row["seed"] for row in made["cyclegan_plus_translator"]["seeds"]] == [0, 1]
    assert len(changed.registry.versions(translator_name(PARTNER), method="cyclegan_plus")) == 2
    scored = changed.make("score_sensor_month", f"{TEST_MONTH}|{PARTNER}")["retrieval_scores"]
    assert (scored["candidates"], scored["computed"]) == (len(translators.quick_methods()) + 1, 1)
    new, old = (table.read(scores.folder(one.home, PARTNER, TEST_MONTH) / "rain.parquet") for one in (changed, chain))
    kept = new[new["version"].isin(old["version"])].reset_index(drop=True)
    assert kept.equals(old)
    table.require_comparable(new)


def test_all_methods_are_scored_on_the_same_overpasses_and_pixels(chain):
    methods = {"gmi", *translators.quick_methods()}
    overpasses = {VALIDATION_MONTH: 1, TEST_MONTH: 2}
    for month, count in overpasses.items():
        rain = table.read(scores.folder(chain.home, PARTNER, month) / "rain.parquet")
        assert set(rain["method"]) == methods
        assert set(rain.groupby("granule")["method"].agg(frozenset)) == {frozenset(methods)}
        assert rain["granule"].nunique() == count
        assert (rain.groupby(["granule", "reference"])["n"].nunique() == 1).all()
        assert (rain["n"] > 1000).all()
        assert (rain["hits@0.1"] + rain["misses@0.1"] > 0).all(), "overpasses without rain test nothing"


def test_the_leaderboard_has_a_row_for_every_method(chain):
    whole = leaderboard.read(chain.home)
    board = whole[whole["sensor"] == PARTNER].set_index("method")
    asked = {"seeds", "overpasses", "csi", "crps", "rmse", "r", "bias", "tb_rmse", "gap_closed_csi", "gap_closed_crps"}
    assert asked <= set(board.columns)
    assert set(board.index) == {"gmi", *translators.quick_methods()}
    assert set(whole["sensor"]) == {PARTNER, REFERENCE}
    assert set(board["anchor"]) == {"raw"}
    assert set(board["overpasses"]) == {2}
    assert board["csi"].between(0, 1).all()
    assert board["r"].between(0, 1).all()
    assert board["r"]["gmi"] > board["r"]["raw"] > 0.5
    assert (board[["crps", "rmse"]] > 0).all(axis=None)
    assert board["tb_rmse"].drop("gmi").between(0.1, 20).all()
    assert math.isnan(board["tb_rmse"]["gmi"])
    assert board["csi"]["gmi"] > board["csi"]["raw"], "true GMI is what a translation aims at"
    shown = chain.shown("leaderboard")
    assert [row["method"] for row in shown["table"]] == list(whole["method"])
    assert len(shown["calibration"]) == 22 * len(whole), "21 levels and the bias of every method"
    picture(shown["figure"])


def test_retrievals_of_gmi_are_paired_with_drain(chain):
    whole = leaderboard.read(chain.home)
    drain = whole[whole["sensor"] == REFERENCE].set_index("method").loc["drain"]
    assert drain["anchor"] == "drain"
    assert drain["csi_vs_anchor"] == drain["crps_vs_anchor"] == 0
    assert math.isnan(drain["gap_closed_csi"])
    assert math.isnan(drain["tb_rmse"])
    assert 0 < drain["csi"] < 1


def test_the_gate_crowns_on_validation_scores_and_the_alias_resolves(chain):
    registry = chain.registry
    for sensor in (PARTNER, REFERENCE):
        decided = chain.shown("translator_champion", sensor)
        champion = registry.champion(translator_name(sensor))
        assert (champion.method, int(champion.version)) == (decided["method"], decided["version"])
        assert sensor in decided["reason"]
    assert champion.method == "identity"
    assert registry.champion("drain").tags["world"] == "simulated"


def test_pseudo_tb_is_what_the_champion_makes_of_the_swath(chain):
    champion = chain.registry.champion(translator_name(PARTNER))
    model = chain.registry.load(champion)
    opened = gpm_assets.open("pseudo_tb", PARTNER, TEST_MONTH, home=chain.home.root)
    for name, load in swaths.load_all(chain.home, PARTNER, TEST_MONTH).items():
        stored = opened["tb"].isel(scan=opened["granule"].values == name).values
        np.testing.assert_allclose(stored, translate(model, load()).tb, atol=HALF_A_STEP_K)
    assert opened.attrs["translator"] == champion.uri


def test_gmi_is_its_own_pseudo_gmi(chain):
    pseudo = gpm_assets.open("pseudo_tb", REFERENCE, TEST_MONTH, home=chain.home.root)
    own = gpm_assets.open("swaths", REFERENCE, TEST_MONTH, home=chain.home.root)
    known = np.isfinite(pseudo["tb"].values)
    np.testing.assert_allclose(pseudo["tb"].values[known], own["tb"].values[known], atol=HALF_A_STEP_K)
    assert known.mean() > 0.7


@pytest.mark.parametrize(("product", "variable", "unit"), [("pseudo_tb", "tb", "K"), ("precipitation", "rain_mean", "mm h-1")])
def test_products_open_lazily_with_units(chain, product, variable, unit):
    opened = gpm_assets.open(product, PARTNER, TEST_MONTH, home=chain.home.root)
    assert opened[variable].chunks is not None, "numbers are read when they are asked for"
    assert opened[variable].attrs["units"] == unit
    assert len(np.unique(opened["granule"])) == 2
    assert opened["latitude"].attrs["units"] == "degrees_north"
    for name in np.unique(opened["granule"]):
        assert (np.diff(opened["time"].values[opened["granule"].values == name]) >= np.timedelta64(0)).all()


def test_rain_is_rain(chain):
    opened = gpm_assets.open("precipitation", PARTNER, TEST_MONTH, home=chain.home.root)
    rain, flag = opened["rain_mean"].values, opened["window_flag"].values
    assert np.array_equal(np.isfinite(rain), flag >= 0)
    assert rain[flag >= 0].min() >= 0
    assert rain[flag >= 0].max() <= 150
    quantiles = opened["rain_quantile"].values[flag >= 0]
    assert (np.diff(quantiles, axis=-1) >= -1e-6).all()
    assert 0 < np.mean(opened["wet"].values[flag >= 0]) < 0.8


def test_channels_that_the_champion_does_not_give_are_missing(chain):
    opened = gpm_assets.open("pseudo_tb", PARTNER, TEST_MONTH, home=chain.home.root)
    assert tuple(opened["channel"].values) == GMI_CHANNELS
    given = {name for name in GMI_CHANNELS if np.isfinite(opened["tb"].sel(channel=name).values).any()}
    assert given == set(chain.registry.load(chain.registry.champion(translator_name(PARTNER))).outputs)


def test_pages_show_before_and_after_rain_and_training_curves(chain):
    page, overlap = f"{TEST_MONTH}|{PARTNER}", f"{VALIDATION_MONTH}|{PARTNER}"
    drawn = {
        ("gmi_overlaps", overlap): ("density", "time_differences", "matched_channels"),
        ("translation_training_set", PARTNER): ("density", "time_differences", "matched_channels", "rain", "domain_shift"),
        ("gmi_radar_matches", VALIDATION_MONTH): ("rain", "density"),
        ("drain_training_set", None): ("rain",),
    }
    figures = {
        **{
            f"{asset} {name}": chain.shown(asset, key)[f"figure_{name}"]
            for (asset, key), names in drawn.items()
            for name in names
        },
        "pseudo_tb": chain.shown("pseudo_tb", page)["before_after"],
        "precipitation": chain.shown("precipitation", page)["map"],
        "swaths": chain.shown("swaths", page)["map"],
        "drain_retrieval": chain.shown("drain_retrieval")["curves"],
        "cyclegan_plus_translator": chain.shown("cyclegan_plus_translator", PARTNER)["curves"],
    }
    for asset, markdown in figures.items():
        image = picture(markdown)
        assert min(image.size) > 200, asset
        assert len(markdown) < 200_000, f"{asset}: metadata live in the event log"
        assert len(image.convert("RGB").getcolors(1 << 24)) > 8, f"{asset} is blank"


def test_overlaps_know_their_time_radar_and_place(chain):
    shown = chain.shown("gmi_overlaps", f"{VALIDATION_MONTH}|{PARTNER}")
    assert shown["overpasses"] == 1
    assert 0 < shown["pairs_with_radar"] < shown["pairs"]
    assert 0 < shown["rain_fraction"] < 1
    assert sum(row["samples"] for row in shown["kinds"]) == shown["pairs"]
    opened = gpm_assets.open("gmi_overlaps", PARTNER, [TRAINING_MONTH, VALIDATION_MONTH], home=chain.home.root)
    assert opened["time_s"].chunks is not None
    assert abs(opened["time_s"]).max() <= 900
    assert opened.sizes["pair"] > shown["pairs"]
    swath = swaths.load_all(chain.home, PARTNER, VALIDATION_MONTH)
    for name, _, pairs in overlaps.load(chain.home, PARTNER, VALIDATION_MONTH):
        seen = opened.isel(pair=opened["granule"].values == f"{name}+{_}")
        np.testing.assert_allclose(seen["latitude"], swath[name]().latitude.reshape(-1)[pairs.first], atol=1e-5)


def test_one_partner_has_no_other_to_overlap_with(chain):
    shown = chain.shown("sensor_overlaps", VALIDATION_MONTH)
    assert shown["overpasses"] == 0
    assert "fewer than two partners have swaths in 2018-08" in shown["note"]


def test_training_sets_keep_training_and_validation_apart(chain):
    for job, partition in (("train_drain", None), ("train_quick_translators", PARTNER)):
        (check,) = chain.run(job, partition).get_asset_check_evaluations()
        assert check.passed
        assert check.metadata["months"].value == {"train": [TRAINING_MONTH], "validation": [VALIDATION_MONTH]}


def test_training_sets_tell_rain_by_domain_and_stratum(chain):
    shown = chain.shown("translation_training_set", PARTNER)
    rows = [row for row in shown["strata"] if row["split"] == "train"]
    assert {row["domain"] for row in rows} == {"source", "target"}
    for domain in ("source", "target"):
        known = [row["rain_fraction"] for row in rows if row["domain"] == domain and row["rain_fraction"] is not None]
        assert known[0] == min(known)
        assert known[-1] > 5 * known[0], "a wetter stratum holds more rain"
    told = json.loads((chain.home.folder("translation_training_set", PARTNER) / "source" / "pack.json").read_text())["notes"]
    assert told["rain"] == [row for row in shown["strata"] if row["domain"] == "source"]
    assert shown["wet_pixel_mm_h"] > 0
    assert set(shown["rain_frequency_of_source_over_target"]) == {"without_strata", "within_strata"}


def test_training_months_are_not_scored(chain):
    reason = chain.failure("score_sensor_month", f"{TRAINING_MONTH}|{PARTNER}")
    assert f"{TRAINING_MONTH} trains {PARTNER}" in reason


def test_what_is_missing_below_is_named(chain):
    assert "materialise" in chain.failure("make_products", f"2018-09|{PARTNER}")
    assert "materialise" in chain.failure("overlap_sensor_month", f"2018-09|{PARTNER}")
    assert "does not overlap itself" in chain.failure("overlap_sensor_month", f"{TRAINING_MONTH}|{REFERENCE}")


def test_a_simulated_home_refuses_real_granules(changed_chain, tmp_path):
    real = f'world = "real"\n[[sources]]\nkind = "directory"\npath = "{tmp_path}"'
    changed = changed_chain('world = "simulated"\n[[sources]]\nkind = "simulated"', real)
    held = (changed.home.folder("level1c_granules", PARTNER, TEST_MONTH) / "manifest.json").read_text()
    assert "simulated" in changed.failure("land_sensor_month", f"{TEST_MONTH}|{PARTNER}")
    assert "belongs to the simulated world" in changed.failure("overlap_sensor_month", f"{TRAINING_MONTH}|{PARTNER}")
    assert (changed.home.folder("level1c_granules", PARTNER, TEST_MONTH) / "manifest.json").read_text() == held
