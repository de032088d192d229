import shutil

import h5py
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import RequestError
from gpm_assets.granules.landing import land
from gpm_assets.granules.sources.directory import DirectorySource
from gpm_assets.granules.write import write_1c

SENSOR = "F16_SSMIS"


@pytest.fixture
def archive(tmp_path, make_swaths, status):
    """Two months of one sensor and a granule of another, under names that tell nothing."""
    root = tmp_path / "archive"
    files = (
        ("a/one", SENSOR, "2020-01-01T00:00", "V07A"),
        ("a/one.old", SENSOR, "2020-01-01T00:00", "V05A"),
        ("b/two.bin", SENSOR, "2020-01-31T23:59:59", "V07A"),
        ("b/three", SENSOR, "2020-02-01T00:00", "V07A"),
        ("four.HDF5", "F18_SSMIS", "2020-01-02T00:00", "V07A"),
    )
    for name, sensor, start, version in files:
        row = INSTRUMENTS[sensor]
        number = int(start[5:7] + start[8:10])  # the same for both versions of a granule
        write_1c(root / name, make_swaths(row, start=start), row, number=number, status=status(), version=version)
    (root / "readme.txt").write_text("no granule")
    (root / ".cache").mkdir()
    shutil.copyfile(root / "a/one", root / ".cache/hidden")
    return root


def test_granules_are_found_by_content_and_the_highest_version_wins(archive):
    source = DirectorySource(archive, world="simulated")
    assert [offer.name for offer in source.offers(SENSOR, "2020-01")] == ["one", "two.bin"]
    assert [offer.name for offer in source.offers(SENSOR, "2020-02")] == ["three"]
    assert [offer.name for offer in source.offers("F18_SSMIS", "2020-01")] == ["four.HDF5"]
    assert source.offers("GPM_DPR", "2020-01") == []
    assert all(offer.path is not None for offer in source.offers(SENSOR, "2020-01"))


def test_an_unreadable_granule_is_offered_by_its_name_and_quarantined(archive, tmp_path):
    name = "1C.F16.SSMIS.XCAL2021-V.20200115-S072552-E090745.088911.V07A.HDF5"
    content = (archive / "a/one").read_bytes()
    (archive / name).write_bytes(content[: len(content) // 3])
    (archive / name.replace("20200115", "20200116")).write_bytes(b"<html>")
    manifest = land(DirectorySource(archive, world="simulated"), SENSOR, "2020-01", tmp_path / "landed")
    assert [row.file for row in manifest.rows] == ["one", "two.bin"]
    assert {entry.file: "HDF5 signature" in entry.reason for entry in manifest.quarantined} == {
        name: False,
        name.replace("20200115", "20200116"): True,
    }


def test_an_unreadable_gprof_granule_is_that_of_its_sensor(archive):
    name = "2A.F16.SSMIS.GPROF2021v1.20200115-S072552-E090745.088911.V07A.HDF5"
    for broken in (name, name.replace("2A.", "2A-CS-CONUS."), name.replace("2A.", "2A-CLIM.")):
        (archive / broken).write_bytes(b"<html>")
    source = DirectorySource(archive)
    assert [offer.name for offer in source.offers("F16_SSMIS_GPROF", "2020-01")] == [name.replace("2A.", "2A-CS-CONUS."), name]
    assert name not in [offer.name for offer in source.offers(SENSOR, "2020-01")]


def test_a_changed_file_has_another_key(archive):
    source = DirectorySource(archive)
    before = {offer.name: offer.key for offer in source.offers(SENSOR, "2020-01")}
    with h5py.File(archive / "a/one", "r+") as file:
        file["S1/Tc"][0] = 200.0
        file.create_dataset("more", data=[1.0] * 999)
    after = {offer.name: offer.key for offer in source.offers(SENSOR, "2020-01")}
    assert after["two.bin"] == before["two.bin"]
    assert after["one"] != before["one"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(RequestError, match="no folder"):
        DirectorySource(tmp_path / "absent").offers(SENSOR, "2020-01")


def test_real_files(real_data, tmp_path):
    source = DirectorySource(real_data)
    assert [offer.name[:10] for offer in source.offers("F16_SSMIS", "2021-01")] == ["1C.F16.SSM"]
    assert [offer.name[:10] for offer in source.offers("GPM_GMI", "2014-03")] == ["1C.GPM.GMI"]  # not 1C-R
    assert [offer.name[:13] for offer in source.offers("GPM_DPR", "2014-03")] == ["2A.GPM.DPR.V9"]  # not V06, not Ku
    assert [offer.name[:16] for offer in source.offers("GPM_DPRGMI", "2014-03")] == ["2B.GPM.DPRGMI.CO"]
    manifest = land(source, "F16_SSMIS", "2021-01", tmp_path)
    assert manifest.world == "real"
    assert manifest.rows[0].counts["missing or unreadable"] == 9890 + 9850 + 19670 + 19681
    assert manifest.paths[0].parent == (real_data / "scenes").resolve()
    for product in ("GPM_DPR", "GPM_DPRGMI"):
        assert land(DirectorySource(real_data), product, "2014-03", tmp_path / product).rows[0].number == 144
