"""Months without granules, without overlaps, and sensors that lack a channel: clear words, no crash, and downstream is told."""

import json
import shutil

import pytest
import zarr

from gpm_assets.archive import store
from gpm_assets.assets import swaths, translation_training_set
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.resources.registry import RegistryResource
from models.packs import Pack

PARTNER, REFERENCE, MONTH = "F16_SSMIS", "GPM_GMI", "2018-03"
NOTHING = """\
world = "real"
[[sources]]
kind = "directory"
path = {path!r}
"""
APART = """\
world = "simulated"
[[sources]]
kind = "simulated"
[simulation]
orbits = 1  # one orbit of each sensor, drawn at random: they do not meet
fraction = 0.02
"""


@pytest.fixture
def empty(platform, tmp_path):
    """A home whose source is an empty folder."""
    (tmp_path / "granules").mkdir()
    return platform(NOTHING.format(path=str(tmp_path / "granules")))


def test_an_empty_month_goes_through_and_says_so(empty):
    for sensor in (REFERENCE, PARTNER):
        made = empty.make("land_sensor_month", f"{MONTH}|{sensor}")
        assert made["level1c_granules"]["granule_count"] == 0
        assert f"no granule of {sensor} landed in {MONTH}" in made["swaths"]["note"]
    matched = empty.make("collocate_month", MONTH)["gmi_radar_matches"]
    assert f"no GMI granule of {MONTH} has radar rain" in matched["note"]
    overlapped = empty.make("overlap_sensor_month", f"{MONTH}|{PARTNER}")["gmi_overlaps"]
    assert overlapped["overpasses"] == 0
    assert f"no granule of {PARTNER}, {REFERENCE} in {MONTH}" in overlapped["note"]
    assert "fewer than two partners" in empty.make("overlap_month", MONTH)["sensor_overlaps"]["note"]
    assert f"no month has labels of near surface rain: {MONTH}" in empty.failure("train_drain")


def test_months_that_never_meet_have_no_overlap(platform):
    home = platform(APART)
    for sensor in (REFERENCE, PARTNER):
        home.make("land_sensor_month", f"{MONTH}|{sensor}")
    shown = home.make("overlap_sensor_month", f"{MONTH}|{PARTNER}")["gmi_overlaps"]
    assert (shown["overpasses"], shown["pairs"]) == (0, 0)
    assert "no two granules of F16_SSMIS and GPM_GMI in 2018-03 come within 15 minutes of each other" in shown["note"]
    # without the radar overlaps are found all the same, and without a DRAIN nothing can be cut
    assert "drain" in home.failure("train_quick_translators", PARTNER)


def test_a_dead_channel_is_left_out_and_named(changed_chain):
    """37V without data in every granule, as on F17 after 2016: the set is made of the other channels."""
    home = changed_chain("orbits = 2", "orbits = 2").home
    for month in (MONTH, "2018-08"):
        folder = home.folder(swaths.SWATHS, PARTNER, month)
        for name in store.names(folder):
            tb = zarr.open_array(folder / store.DATA / name / "tb", mode="r+")
            tb[..., list(INSTRUMENTS[PARTNER].channel_names).index("37V")] = -32768
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["metadata"]["valid_by_channel"]["37V"] = 0.0
        (folder / "manifest.json").unlink()  # linked to the original
        (folder / "manifest.json").write_text(json.dumps(manifest))
    shutil.rmtree(translation_training_set.folder(home, PARTNER))  # so that it is made anew
    made = translation_training_set.make(home, RegistryResource().open(home), PARTNER)
    assert made.metadata["channels_left_out"] == {"37V": 0.0}
    assert "37V" not in made.metadata["channels"]
    assert len(made.metadata["channels"]) == 10
    assert made.metadata["note"] is None
    assert made.metadata["source"]["patches"] > 0
    assert Pack.open(made.folder / "source").channels == tuple(made.metadata["channels"])
