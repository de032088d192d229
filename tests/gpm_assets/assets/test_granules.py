"""Real granules from a folder: what lands, what is quarantined, and what fails with a sentence that says what to do."""

import dagster as dg
import numpy as np
import pytest
from dagster._core.errors import DagsterUnknownPartitionError

import gpm_assets
from gpm_assets.assets import granules
from gpm_assets.errors import RequestError
from gpm_assets.provenance import read

SENSOR, MONTH = "F16_SSMIS", "2021-01"
PARTITION = f"{MONTH}|{SENSOR}"
REAL = 'world = "real"\n[[sources]]\nkind = "directory"\npath = "{path}"\n'
ONLY = '[[sources]]\nkind = "simulated"\n{key} = ["{value}"]\n'


@pytest.fixture
def scene(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    return path


@pytest.fixture
def folder(scene, tmp_path):
    """A folder of one's own with the scene in it."""
    place = tmp_path / "scenes"
    place.mkdir()
    (place / scene.name).symlink_to(scene)
    return place


def truncate(scene, folder):
    """The first half of the scene's bytes under the name of the next orbit."""
    half = folder / scene.name.replace("088911", "088912")
    half.write_bytes(scene.read_bytes()[: scene.stat().st_size // 2])
    return half


def test_the_real_scene_lands_and_goes_on_the_gmi_like_sampling(platform, folder, scene):
    made = platform(REAL.format(path=folder)).make("land_sensor_month", PARTITION)
    landed, swaths = made["level1c_granules"], made["swaths"]
    assert (landed["granule_count"], landed["quarantined"], landed["source"], landed["world"]) == (1, 0, "directory", "real")
    assert [row["file"] for row in landed["files"]] == [scene.name]
    assert landed["valid_fraction"] == pytest.approx(0.35, abs=0.02)
    assert (swaths["granule_count"], swaths["failed"]) == (1, 0)
    assert 0.1 < swaths["valid_fraction"] < 0.6
    assert "image/png" in swaths["map"]


def test_a_truncated_granule_is_quarantined_counted_and_stops_nothing(platform, folder, scene):
    half = truncate(scene, folder)
    made = platform(REAL.format(path=folder)).make("land_sensor_month", PARTITION)
    landed = made["level1c_granules"]
    assert (landed["granule_count"], landed["quarantined"]) == (1, 1)
    assert list(landed["quarantined_reasons"]) == [half.name]
    assert len(landed["quarantined_reasons"][half.name]) > 20
    assert made["swaths"]["granule_count"] == 1


def test_a_late_granule_leaves_what_was_made_as_it_was(platform, folder, scene):
    real = platform(REAL.format(path=folder))
    first = real.make("land_sensor_month", PARTITION)
    assert first["swaths"]["recomputed"]
    truncate(scene, folder)
    second = real.make("land_sensor_month", PARTITION)
    assert second["level1c_granules"]["recomputed"], "the folder changed"
    assert second["level1c_granules"]["quarantined"] == 1
    assert not second["swaths"]["recomputed"], "nothing that landed changed"


def test_the_swath_shows_the_scene_where_it_is(platform, folder):
    real = platform(REAL.format(path=folder))
    real.make("land_sensor_month", PARTITION)
    swath = gpm_assets.open("swaths", SENSOR, MONTH, home=real.home.root)
    known = np.isfinite(swath["tb"].values).all(axis=-1)
    assert known.sum() > 5000
    # the file's own limits: cubic weights may pass them by a few kelvin, no more
    for channel, low, high in (("19.35H", 110.2, 294.0), ("91.665V", 234.2, 307.6), ("183.31±1H", 233.2, 272.3)):
        tb = swath["tb"].sel(channel=channel).values[known]
        assert low - 6 < tb.min()
        assert tb.max() < high + 6
    assert swath["latitude"].values[known].min() > -60
    assert swath["latitude"].values[known].max() < -25


def test_models_of_the_simulation_serve_the_real_scene_only_by_name(platform, chain, folder):
    real = platform(REAL.format(path=folder) + f'[models]\nregistry = "{chain.home.registry_uri}"\nworld = "simulated"\n')
    real.make("land_sensor_month", PARTITION)
    made = real.make("make_products", PARTITION)
    for product in ("pseudo_tb", "precipitation"):
        assert made[product]["world"] == "real"
        assert made[product]["trained_in"] == "simulated"
        assert "real granules" in made[product]["warning"]
        assert "simulated" in made[product]["warning"]
    rain = gpm_assets.open("precipitation", SENSOR, MONTH, home=real.home.root)
    assert rain.attrs["trained_in"] == "simulated"
    assert rain.attrs["world"] == "real"
    known = rain["window_flag"].values >= 0
    assert known.sum() == made["precipitation"]["valued_pixels"] > 5000
    assert (rain["window_flag"].values == 1).any(), "networks look over the scene's ragged border"


def test_without_a_name_no_model_of_another_world_serves(platform, chain, folder):
    real = platform(REAL.format(path=folder) + f'[models]\nregistry = "{chain.home.registry_uri}"\n')
    real.make("land_sensor_month", PARTITION)
    assert "settings.toml names it under [models]" in real.failure("make_products", PARTITION)
    assert not real.home.folder("pseudo_tb", SENSOR, MONTH).exists()


def test_another_source_takes_over_only_when_asked(platform, folder, tmp_path):
    real = platform(REAL.format(path=folder))
    real.make("land_sensor_month", PARTITION)
    (real.home.root / "settings.toml").write_text('world = "simulated"\n')
    before = read(granules.folder(real.home, SENSOR, MONTH))
    assert "directory" in real.failure("land_sensor_month", PARTITION)
    assert read(granules.folder(real.home, SENSOR, MONTH)) == before


@pytest.mark.parametrize(
    ("settings", "partition", "words"),
    [
        ("", "2000-01|F16_SSMIS", ("F16_SSMIS", "2000-01", "life")),
        ("", "2010-01|GPM_GMI", ("GPM_GMI", "2010-01", "life")),
        (ONLY.format(key="sensors", value="GPM_GMI"), "2018-07|F16_SSMIS", ("no source serves F16_SSMIS", "settings.toml")),
        (ONLY.format(key="months", value="2018-08"), "2018-07|F16_SSMIS", ("no source serves F16_SSMIS in 2018-07",)),
        (REAL.format(path="/nowhere/at/all"), "2018-07|F16_SSMIS", ("/nowhere/at/all",)),
    ],
)
def test_what_cannot_land_says_why(platform, settings, partition, words):
    home = platform(settings)
    reason = home.failure("land_sensor_month", partition)
    for word in words:
        assert word in reason
    assert "Traceback" not in reason
    month, sensor = partition.split("|")
    assert not (granules.folder(home.home, sensor, month) / "manifest.json").exists()


def test_an_unknown_sensor_is_no_partition_and_no_request(platform):
    home = platform("")
    with pytest.raises(DagsterUnknownPartitionError, match="X99_SOUNDER"):
        home.run("land_sensor_month", dg.MultiPartitionKey({"month": "2018-07", "sensor": "X99_SOUNDER"}))
    with pytest.raises(RequestError, match="F16_SSMIS"):
        granules.make(home.home, "X99_SOUNDER", "2018-07")


def test_a_radar_month_before_its_launch_says_so(platform):
    assert "2013-05" in platform("").failure("collocate_month", "2013-05")


def test_an_empty_month_of_a_folder_completes_and_says_that_nothing_is_there(platform, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    made = platform(REAL.format(path=empty)).make("land_sensor_month", PARTITION)
    assert made["level1c_granules"]["granule_count"] == 0
    assert made["swaths"]["granule_count"] == 0
