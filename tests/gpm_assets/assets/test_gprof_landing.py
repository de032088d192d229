"""GPROF beside a sensor's 1C files, from a folder of real files: what lands, what is quarantined, what says why it does not."""

from pathlib import Path

import numpy as np
import pytest

from gpm_assets import provenance
from gpm_assets.assets import granules
from gpm_assets.constellation.rival import gprof_of
from gpm_assets.granules.gprof import read_gprof
from gpm_assets.settings import Home
from tests.gpm_assets.granules.gprof.writing import GprofFile, made_up, write

SENSOR, MONTH = "METOPB_MHS", "2019-07"
PRODUCT = gprof_of(SENSOR)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """GPROF of two orbits in both versions, and what is not of this month, sensor or kind."""
    place = tmp_path / "granules"
    place.mkdir()
    for number, start in ((1, "2019-07-03T00:00"), (2, "2019-07-01T00:00"), (3, "2019-08-01T00:00")):
        made = made_up(start=start, seed=number)
        for version in ("V07A", "V08A"):
            write(place, GprofFile(**made, number=number, version=version))
        write(place, GprofFile(**made, number=number, version="V07A", platform="F16", sensor="SSMIS"))
        write(place, GprofFile(**made, number=number, version="V07A", climate=True))
    return place


@pytest.fixture
def land(tmp_path: Path, folder: Path):
    """Lands the month in a home with these settings."""

    def make(evaluation: str = "gprof = true", source: str = "") -> dict:
        real = source or f'kind = "directory"\npath = "{folder}"'
        (tmp_path / "home").mkdir(exist_ok=True)
        (tmp_path / "home/settings.toml").write_text(f'world = "real"\n[[sources]]\n{real}\n[evaluation]\n{evaluation}\n')
        granules.make(Home(tmp_path / "home"), SENSOR, MONTH)
        return provenance.read(granules.folder(home(tmp_path), SENSOR, MONTH)).metadata

    return make


def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_both_versions_of_every_orbit_land_and_nothing_else(land, tmp_path):
    said = land()
    assert said["granule_count"] == 0, "no 1C file is there"
    assert (said["gprof"]["granule_count"], said["gprof"]["quarantined"], said["gprof"]["note"]) == (4, 0, None)
    landed = granules.landed(home(tmp_path), PRODUCT, MONTH)
    assert [(one.row.number, one.row.version) for one in landed] == [(2, "V07A"), (2, "V08A"), (1, "V07A"), (1, "V08A")]
    assert len({one.name for one in landed}) == 4
    swaths = [read_gprof(one.path) for one in landed]
    assert {swath.sensor for swath in swaths} == {SENSOR}
    assert np.array_equal(swaths[0].rain_mm_h, swaths[1].rain_mm_h)
    assert granules.landed(home(tmp_path), SENSOR, MONTH) == []


def test_a_broken_granule_is_quarantined_with_its_reason(land, folder, tmp_path):
    broken = next(folder.glob("2A.METOPB*.000002.V07A.HDF5"))
    broken.write_bytes(broken.read_bytes()[:5000])
    said = land()["gprof"]
    assert (said["granule_count"], list(said["quarantined_reasons"])) == (3, [broken.name])
    assert "cut short or damaged" in granules.quarantined(home(tmp_path), PRODUCT, MONTH)[broken.name]


def test_it_lands_only_where_the_settings_want_it(land, tmp_path):
    assert len(granules.landed(home(tmp_path), PRODUCT, MONTH)) == 4 if land() else False
    said = land("gprof = false")
    assert said["gprof"] == {"note": f"{PRODUCT} is not landed: gprof = false under [evaluation]"}
    assert granules.landed(home(tmp_path), PRODUCT, MONTH) == []
    assert granules.quarantined(home(tmp_path), PRODUCT, MONTH) == {}
    assert "gprof = false" in land("")["gprof"]["note"], "the default"


def test_a_source_may_serve_it_alone(land, folder):
    other = f'kind = "directory"\npath = "{folder}"\nsensors = ["{SENSOR}"]'
    assert land(source=other)["gprof"] == {"note": f"{PRODUCT} is not landed: no source serves it"}
    both = f'{other}\n[[sources]]\nkind = "directory"\npath = "{folder}"\nsensors = ["{PRODUCT}"]'
    assert land(source=both)["gprof"]["granule_count"] == 4


def test_a_late_granule_of_gprof_changes_the_month(land, folder, tmp_path):
    land()
    before = provenance.read(granules.folder(home(tmp_path), SENSOR, MONTH)).content
    write(folder, GprofFile(**made_up(start="2019-07-09T00:00", seed=9), number=9, version="V07A"))
    assert land()["gprof"]["granule_count"] == 5
    assert provenance.read(granules.folder(home(tmp_path), SENSOR, MONTH)).content != before


def test_the_simulated_source_does_not_serve_it(tmp_path):
    (tmp_path / "settings.toml").write_text("[evaluation]\ngprof = true\n[simulation]\norbits = 1\nfraction = 0.005\n")
    place = Home(tmp_path)
    said = granules.make(place, SENSOR, MONTH).metadata
    assert said["granule_count"] > 0
    assert said["gprof"] == {"note": f"{PRODUCT} is not landed: no source serves it"}
    assert granules.landed(place, PRODUCT, MONTH) == []
