import json
from dataclasses import dataclass
from functools import partial

import h5py
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError, ProvenanceError, RequestError
from gpm_assets.granules.landing import JOURNAL, land, read_manifest, verify
from gpm_assets.granules.names import file_name
from gpm_assets.granules.radar import name_radar, write_radar
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.sources import Offer
from gpm_assets.granules.write import name_1c, write_1c

SENSOR, MONTH = "F16_SSMIS", "2020-01"


def make_file(content, path):
    path.write_bytes(content)


def make_nothing(path):
    raise GranuleError(f"{path.name}: the archive sent an error page")


@dataclass(frozen=True)
class Fixed:
    """A source with a fixed list of offers."""

    given: tuple[Offer, ...]
    name: str = "fixed"
    world: str = "simulated"

    def offers(self, product, month):
        return self.given


@pytest.fixture
def month(tmp_path, make_swaths, status):
    """Offers of three granules as bytes to be made."""
    row = INSTRUMENTS[SENSOR]
    offers = []
    for number, start in enumerate(("2020-01-03T00:00", "2020-01-01T00:00", "2020-01-31T23:59:59"), 1):
        swaths = make_swaths(row, start=start, seed=number)
        path = tmp_path / "prepared"
        write_1c(path, swaths, row, number=number, status=status())
        offers.append(
            Offer(file_name(name_1c(swaths, row, number=number)), f"key{number}", make=partial(make_file, path.read_bytes()))
        )
        path.unlink()
    return tuple(offers)


def state(folder):
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*")}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_month_lands_in_order_with_its_manifest(tmp_path, month, workers):
    folder, told = tmp_path / "landed", []
    manifest = land(Fixed(month), SENSOR, MONTH, folder, workers=workers, progress=lambda done, total: told.append((done, total)))
    assert [row.number for row in manifest.rows] == [2, 1, 3]
    assert manifest.quarantined == ()
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert read_manifest(folder) == manifest
    assert sorted(path.name for path in folder.iterdir()) == sorted([*(offer.name for offer in month), "manifest.json"])
    assert all(row.valid_fraction == 1.0 and row.version == "V07A" and len(row.sha256) == 64 for row in manifest.rows)
    assert read_1c(manifest.paths[0])[0].granule == "F16_SSMIS 1C 000002 V07A"


def test_landing_again_does_nothing_new(tmp_path, month):
    folder = tmp_path / "landed"
    land(Fixed(month), SENSOR, MONTH, folder)
    before = state(folder)
    unmakeable = tuple(Offer(offer.name, offer.key, make=make_nothing) for offer in month)
    manifest = land(Fixed(unmakeable), SENSOR, MONTH, folder)
    assert len(manifest.rows) == 3
    assert state(folder) == before


def test_a_changed_key_or_a_lost_file_is_made_again(tmp_path, month):
    folder = tmp_path / "landed"
    land(Fixed(month), SENSOR, MONTH, folder)
    (folder / month[0].name).unlink()
    before = state(folder)
    changed = (month[0], Offer(month[1].name, "other", make=month[1].make), month[2])
    manifest = land(Fixed(changed), SENSOR, MONTH, folder)
    assert {row.file: row.key for row in manifest.rows}[month[1].name] == "other"
    after = state(folder)
    assert after[month[2].name] == before[month[2].name]
    assert after[month[1].name] != before[month[1].name]
    assert month[0].name in after


def test_a_truncated_file_is_quarantined_and_the_others_land(tmp_path, month):
    folder = tmp_path / "landed"
    content = month[1].make.args[0]
    bad = Offer(month[1].name, "cut", make=partial(make_file, content[: len(content) // 2]))
    manifest = land(Fixed((month[0], bad, month[2])), SENSOR, MONTH, folder)
    assert [row.number for row in manifest.rows] == [1, 3]
    assert [entry.file for entry in manifest.quarantined] == [bad.name]
    assert "cut short or damaged" in manifest.quarantined[0].reason
    assert (folder / "quarantine" / bad.name).exists()
    assert not (folder / bad.name).exists()
    repaired = land(Fixed(month), SENSOR, MONTH, folder)
    assert len(repaired.rows) == 3
    assert repaired.quarantined == ()


def test_a_file_that_cannot_be_made_is_named(tmp_path, month):
    manifest = land(Fixed((Offer("x.HDF5", "k", make=make_nothing), *month)), SENSOR, MONTH, tmp_path / "landed")
    assert len(manifest.rows) == 3
    assert "error page" in manifest.quarantined[0].reason


@pytest.mark.parametrize("name", ["../escaped.HDF5", "/etc/x", ".hidden"])
def test_names_from_elsewhere_never_leave_the_folder(tmp_path, month, name):
    manifest = land(Fixed((Offer(name, "k", make=month[0].make),)), SENSOR, MONTH, tmp_path / "a" / "landed")
    assert manifest.rows == ()
    assert "safe" in manifest.quarantined[0].reason
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["manifest.json"]


def test_what_does_not_belong_here_is_quarantined(tmp_path, month, radar_swath):
    radar = tmp_path / "radar.HDF5"
    write_radar(radar, radar_swath, number=1)
    cases = {
        "starts at": land(Fixed(month), SENSOR, "2020-02", tmp_path / "month"),
        "expected F18_SSMIS": land(Fixed(month), "F18_SSMIS", MONTH, tmp_path / "sensor"),
        "2ADPR": land(Fixed((Offer("radar", "k", path=radar),)), SENSOR, MONTH, tmp_path / "radar"),
        "says that it is simulated": land(Fixed(month, world="real"), SENSOR, MONTH, tmp_path / "world"),
        "offered twice": land(Fixed((*month, month[0])), SENSOR, MONTH, tmp_path / "twice"),
    }
    for words, manifest in cases.items():
        assert manifest.quarantined
        assert all(words in entry.reason for entry in manifest.quarantined)


def test_radar_lands_too(tmp_path, radar_swath):
    name = file_name(name_radar(radar_swath, number=33500))
    make = partial(write_radar, radar=radar_swath, number=33500)
    manifest = land(Fixed((Offer(name, "k", make=make),)), "GPM_DPR", MONTH, tmp_path / "landed")
    assert manifest.rows[0].number == 33500
    assert manifest.rows[0].counts["quality missing"] == 49
    assert 0 < manifest.rows[0].valid_fraction < 1


def test_an_interrupted_landing_goes_on(tmp_path, month):
    folder = tmp_path / "landed"

    def interrupt(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        land(Fixed(month), SENSOR, MONTH, folder, progress=interrupt)
    assert not (folder / "manifest.json").exists()
    with (folder / JOURNAL).open("a") as stream:
        stream.write('{"file": "half a li')
    before = state(folder)
    manifest = land(Fixed(month), SENSOR, MONTH, folder)
    assert len(manifest.rows) == 3
    assert all(state(folder)[offer.name] == before[offer.name] for offer in month[:2])
    assert not (folder / JOURNAL).exists()


def test_another_source_is_refused_without_replace(tmp_path, month):
    folder = tmp_path / "landed"
    land(Fixed(month), SENSOR, MONTH, folder)
    other = Fixed(month[:1], name="other")
    with pytest.raises(ProvenanceError, match=r"fixed.*other.*--replace"):
        land(other, SENSOR, MONTH, folder)
    manifest = land(other, SENSOR, MONTH, folder, replace=True)
    assert (manifest.source, len(manifest.rows)) == ("other", 1)
    with pytest.raises(RequestError, match="holds F16_SSMIS"):
        land(other, "F18_SSMIS", MONTH, folder)


def test_files_read_in_place_stay_where_they_are(tmp_path, granule_file):
    offers = (Offer("good", "1", path=granule_file), Offer("bad", "2", path=tmp_path / "absent"))
    manifest = land(Fixed(offers), SENSOR, MONTH, tmp_path / "landed")
    assert manifest.paths == (granule_file,)
    assert [entry.file for entry in manifest.quarantined] == ["bad"]
    assert [path.name for path in (tmp_path / "landed").iterdir()] == ["manifest.json"]


def test_missing_and_damaged_manifests(tmp_path):
    with pytest.raises(RequestError, match="no granules have landed"):
        read_manifest(tmp_path)
    for content in ("{", "[]", json.dumps({"source": "x"})):
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(RequestError, match="damaged"):
            read_manifest(tmp_path)


def test_verify_counts_and_names_the_reason(granule_file):
    with h5py.File(granule_file, "r+") as file:
        file["S1/Quality"][0] = -1
        file["S4/Quality"][1] = 2
    verified = verify(granule_file, SENSOR)
    assert verified.counts == {"missing or unreadable": 90, "warning: possible radio interference": 180}
    total = sum(6 * group.pixels * len(group.channels) for group in INSTRUMENTS[SENSOR].groups)
    assert verified.valid_fraction == pytest.approx(1 - 90 * 3 / total)
    with pytest.raises(GranuleError, match="expected GPM_GMI"):
        verify(granule_file, "GPM_GMI")
