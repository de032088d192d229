"""Samples in a folder: complete, kept when nothing changed, of one nature, and without truth among the granules."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
import xarray as xr

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError, RequestError
from gpm_assets.granules.identity import identify
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.sources.directory import DirectorySource
from gpm_assets.simulation.granules import granule_name
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlanConfig, plan
from gpm_assets.simulation.room import expected_bytes
from gpm_assets.simulation.sample import Wanted, named, with_radar, write_sample
from gpm_assets.simulation.truth import truth

NATURE = Nature(1)
MONTH = "2018-07"


def wanted(sensor="GPM_GMI", orbits=1, **form):
    return [replace(one, **form) for one in with_radar(plan(sensor, MONTH, PlanConfig(1, orbits, 0.01)))]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a piece of GMI's and one of F16's orbits, and what was told about it."""
    folder = tmp_path_factory.mktemp("sample") / "new" / "deep"
    return folder, write_sample(wanted() + wanted("F16_SSMIS"), NATURE, folder)


def stamps(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_gmi_comes_with_the_radar_and_every_radiometer_with_truth(made):
    folder, sample = made
    assert sample.failed == {}
    starts = sorted(one.file.split(".2018")[0] for one in sample.files)
    assert starts == [
        "1C.F16.SSMIS.XCAL2021-V",
        "1C.GPM.GMI.XCAL2016-C",
        "2A.GPM.DPR.V9-20211125",
        "2B.GPM.DPRGMI.CORRA2022",
        "truth/TRUTH.1C.F16.SSMIS.XCAL2021-V",
        "truth/TRUTH.1C.GPM.GMI.XCAL2016-C",
    ]
    for one in sample.files:
        assert (folder / one.file).stat().st_size == one.size
        assert 0.8 < one.valid_fraction <= 1
        assert (one.rain_fraction is None) == one.file.startswith("1C")
    here = {str(path.relative_to(folder)) for path in stamps(folder)}
    assert here == {one.file for one in sample.files} | {"simulated.json"}


def test_again_everything_is_kept(made):
    folder, sample = made
    before = stamps(folder)
    again = write_sample(wanted() + wanted("F16_SSMIS"), NATURE, folder)
    assert all(one.kept for one in again.files)
    assert again == sample
    assert stamps(folder) == before


def test_what_was_cut_short_or_lost_is_made_again_and_equal(made):
    folder, sample = made
    contents = {one.file: (folder / one.file).read_bytes() for one in sample.files}
    cut, lost = sample.files[2].file, sample.files[4].file
    (folder / cut).write_bytes(contents[cut][:1000])
    (folder / lost).unlink()
    again = write_sample(wanted() + wanted("F16_SSMIS"), NATURE, folder)
    assert {one.file for one in again.files if not one.kept} == {cut, lost}
    assert {file: (folder / file).read_bytes() for file in contents} == contents


def test_another_nature_goes_to_another_folder(made):
    folder, _ = made
    before = stamps(folder)
    for other in (Nature(2), Nature(1, "B")):
        with pytest.raises(RequestError, match="use another folder"):
            write_sample(wanted(), other, folder)
    assert stamps(folder) == before


def test_the_truth_is_what_the_world_tells_and_opens_as_netcdf(made):
    folder, sample = made
    granule, file = (
        next(one.file for one in sample.files if one.file.startswith(start)) for start in ("1C.F16", "truth/TRUTH.1C.F16")
    )
    swath = gmi_like(read_1c(folder / granule), INSTRUMENTS["F16_SSMIS"])
    known = truth(swath, NATURE)
    with xr.open_dataset(folder / file) as shown:
        assert shown.attrs["title"].startswith("TRUTH of the simulated world")
        assert (shown.attrs["simulated_world"], shown.attrs["simulated_seed"]) == ("A", "1")
        assert shown.attrs["channels"].split(",") == list(known.channels)
        np.testing.assert_allclose(shown["tb"], known.tb, atol=0.006)
        for name in ("rain_mm_h", "convective_fraction", "land_fraction", "freezing_level_m", "storm_top_m"):
            np.testing.assert_array_equal(shown[name], getattr(known, name))
        np.testing.assert_allclose(shown["latitude"], swath.latitude, atol=1e-5)
        there = ~np.isnat(swath.time)
        assert np.abs(shown["time"].values[there] - swath.time[there]).max() < np.timedelta64(1, "ms")


def test_no_reader_takes_the_truth_for_a_granule(made):
    folder, sample = made
    for file in (one.file for one in sample.files if one.file.startswith("truth")):
        with pytest.raises(GranuleError):
            identify(folder / file)
    offered = [
        offer.name for sensor in ("GPM_GMI", "F16_SSMIS", "GPM_DPR") for offer in DirectorySource(folder).offers(sensor, MONTH)
    ]
    assert sorted(offered) == sorted(one.file for one in sample.files if one.file[:2] in ("1C", "2A"))


def test_two_processes_make_the_same_bytes(made, tmp_path):
    folder, sample = made
    assert write_sample(wanted() + wanted("F16_SSMIS"), NATURE, tmp_path, workers=2) == sample
    for one in sample.files:
        assert (tmp_path / one.file).read_bytes() == (folder / one.file).read_bytes()


def test_a_named_file_is_made_alone_with_the_same_bytes(made, tmp_path):
    folder, sample = made
    for one in (one for one in sample.files if not one.file.startswith("truth")):
        write_sample([named(one.file)], NATURE, tmp_path)
        assert (tmp_path / one.file).read_bytes() == (folder / one.file).read_bytes()


def test_one_failure_is_told_and_the_others_are_written(tmp_path):
    pieces = wanted(orbits=2)
    first = granule_name(pieces[0].planned)
    (tmp_path / "out" / first / "folder").mkdir(parents=True)
    sample = write_sample(pieces, NATURE, tmp_path / "out")
    assert list(sample.failed) == [first, f"truth/TRUTH.{first.removesuffix('.HDF5')}.nc"]
    assert len(sample.files) == 6
    assert not list((tmp_path / "out").rglob("*.part"))


def test_version_8_is_written_too(tmp_path):
    sample = write_sample(wanted(version="V08A")[:1], NATURE, tmp_path)
    assert sample.files[0].file.endswith(".V08A.nc")
    with h5py.File(tmp_path / sample.files[0].file) as file:
        assert "_NCProperties" in file.attrs


def test_co_registered_gmi_is_written_too(tmp_path):
    sample = write_sample(wanted(level="1C-R")[:1], NATURE, tmp_path)
    assert sample.failed == {}
    assert [one.file[:11] for one in sample.files] == ["1C-R.GPM.GM", "truth/TRUTH"]


def test_before_the_radar_lived_gmi_comes_alone():
    piece = plan("GPM_GMI", "2014-03", PlanConfig(1, 1, 0.01))[0]
    early = replace(piece, start=np.datetime64("2014-03-05T00:00:00.000"))
    assert with_radar([early]) == [Wanted(early)]


def test_a_radar_product_whose_layout_is_not_known_is_left_out():
    piece = wanted()[0].planned
    assert [one.planned.product for one in with_radar([piece])] == ["GPM_GMI", "GPM_DPR", "GPM_DPRGMI"]
    assert [one.planned.product for one in with_radar([piece], "V08A")] == ["GPM_GMI", "GPM_DPR"]


def test_room_is_asked_for_less_than_is_taken(made):
    _, sample = made
    pieces = {"GPM.GMI": wanted()[0], "GPM.DPR.": wanted()[1], "F16": wanted("F16_SSMIS")[0]}
    for start, one in pieces.items():  # of short pieces, headers take their share
        taken = sum(file.size for file in sample.files if start in file.file)
        assert 0.15 * taken < expected_bytes(one.planned) < taken


def test_a_damaged_record_is_told(tmp_path):
    (tmp_path / "simulated.json").write_text(json.dumps({"seed": 1}))
    with pytest.raises(RequestError, match="damaged"):
        write_sample(wanted(), NATURE, tmp_path)
