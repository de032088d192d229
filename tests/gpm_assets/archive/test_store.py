import json
from functools import partial

import numpy as np
import pytest
import xarray as xr

from gpm_assets.archive import store
from gpm_assets.archive.swaths import read_swath, swath_dataset
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GpmAssetsError
from gpm_assets.provenance import Recipe, build
from models.errors import TrainingError


def field(value: float) -> xr.Dataset:
    return xr.Dataset({"tb": (("scan", "pixel"), np.full((4, 5), value, np.float32))})


def piece(name: str, value: float, key: str = "") -> store.Piece:
    return store.Piece(name, key or f"{value}", partial(field, value))


def never() -> xr.Dataset:
    raise AssertionError("made again")


def broken(error: Exception) -> xr.Dataset:
    raise error


def write(folder, pieces, fingerprint="one", **more):
    """A month as the platform writes it: aside, then in place with its manifest."""
    recipe = Recipe("swaths", "F16_SSMIS 2018-03", "simulated", {}, {"version": fingerprint}, "code")
    written = []

    def make(work):
        written.append(store.write_month(work, pieces, folder, **more))
        return {"granules": list(written[0].granules)}

    build(folder, recipe, make)
    return written[0]


def values(folder) -> dict[str, float]:
    return {name: float(dataset["tb"].values.mean()) for name, dataset in store.groups(folder)}


def test_a_month_holds_its_granules_in_order(tmp_path):
    folder = tmp_path / "month"
    calls = []
    written = write(folder, [piece("b", 250.0), piece("a", 180.0)], progress=lambda done, count: calls.append((done, count)))
    assert written.granules == ("b", "a")
    assert values(folder) == {"b": 250.0, "a": 180.0}
    assert store.names(folder) == ["b", "a"]
    assert store.keys(folder) == {"b": "250.0", "a": "180.0"}
    assert calls == [(1, 2), (2, 2)]


def test_unchanged_granules_are_linked_and_others_made(tmp_path):
    folder = tmp_path / "month"
    write(folder, [piece("kept", 250.0), piece("changed", 180.0), piece("gone", 200.0)])
    (chunk,) = [path for path in (folder / store.DATA / "kept").rglob("*") if path.is_file() and path.name != "zarr.json"]
    before = chunk.stat().st_ino
    written = write(folder, [store.Piece("kept", "250.0", never), piece("changed", 181.0), piece("new", 300.0)], "two")
    assert written.reused == ("kept",)
    assert chunk.stat().st_ino == before
    assert values(folder) == {"kept": 250.0, "changed": 181.0, "new": 300.0}
    assert not (folder / store.DATA / "gone").exists()


def test_a_failed_granule_is_left_out_with_its_reason(tmp_path):
    folder = tmp_path / "month"
    errors = {"ours": GpmAssetsError("no position"), "models": TrainingError("not finite")}
    written = write(
        folder, [piece("good", 250.0), *(store.Piece(name, name, partial(broken, one)) for name, one in errors.items())]
    )
    assert written.granules == ("good",)
    assert written.failed == {"ours": "no position", "models": "not finite"}
    assert values(folder) == {"good": 250.0}
    assert sorted(path.name for path in (folder / store.DATA).iterdir()) == ["good", "zarr.json"]


def test_a_piece_with_nothing_to_keep_leaves_no_group(tmp_path):
    written = write(tmp_path / "month", [piece("good", 250.0), store.Piece("nothing", "key", lambda: None)])
    assert (written.granules, written.failed, written.empty) == (("good",), {}, 1)
    assert sorted(path.name for path in (tmp_path / "month" / store.DATA).iterdir()) == ["good", "zarr.json"]


def test_a_failed_granule_is_tried_again(tmp_path):
    folder = tmp_path / "month"
    write(folder, [store.Piece("late", "key", partial(broken, GpmAssetsError("truncated")))])
    assert write(folder, [piece("late", 250.0, "key")], "two").reused == ()
    assert values(folder) == {"late": 250.0}


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_an_unexpected_error_leaves_the_old_month(tmp_path, error):
    folder = tmp_path / "month"
    write(folder, [piece("a", 250.0)])
    before = (folder / "manifest.json").read_text()
    with pytest.raises(type(error)):
        write(folder, [piece("a", 260.0), store.Piece("b", "b", partial(broken, error))], "two")
    assert values(folder) == {"a": 250.0}
    assert (folder / "manifest.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["month"]


def test_an_empty_month_is_a_month(tmp_path):
    write(tmp_path / "month", [])
    assert list(store.groups(tmp_path / "month")) == []


def test_several_workers_write_what_one_writes(tmp_path, orbit):
    row = INSTRUMENTS["GPM_GMI"]
    swaths = {name: gmi_like(orbit("GPM_GMI", 20, granule=name), row) for name in ("one", "two", "three")}
    pieces = [store.Piece(name, name, partial(swath_dataset, swath)) for name, swath in swaths.items()]
    pieces.append(store.Piece("bad", "bad", partial(gmi_like, [], row)))
    calls = []
    written = write(tmp_path / "many", pieces, workers=2, progress=lambda done, count: calls.append((done, count)))
    assert written.granules == ("one", "two", "three")
    assert "reference group S1 missing" in written.failed["bad"]
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    write(tmp_path / "alone", pieces[:3])
    for (name, many), (_, alone) in zip(store.groups(tmp_path / "many"), store.groups(tmp_path / "alone"), strict=True):
        assert np.array_equal(read_swath(many).tb, read_swath(alone).tb, equal_nan=True), name


def test_every_file_of_the_store_is_plain_zarr(tmp_path):
    write(tmp_path / "month", [piece("a", 250.0)])
    group = json.loads((tmp_path / "month" / store.DATA / "a" / "zarr.json").read_text())
    assert group["zarr_format"] == 3
    assert group["attributes"][store.KEY] == "250.0"
    array = json.loads((tmp_path / "month" / store.DATA / "a" / "tb" / "zarr.json").read_text())
    assert array["data_type"] == "int16"
