import json
import sys
from dataclasses import replace

import pytest

from gpm_assets import provenance
from gpm_assets.errors import ProvenanceError
from gpm_assets.provenance import Recipe, build, code_hash, current, digest, hash_folder, read, record, require

RECIPE = Recipe("swaths", "F16_SSMIS 2018-03", "simulated", {"granules": "abc"}, {"sampling": "GMI-like"}, "code")


def writing(text: str):
    def make(work):
        (work / "data.txt").write_text(text)
        return {"length": len(text)}

    return make


def refuse(work):
    raise AssertionError("made again")


def test_what_matches_is_not_made_again(tmp_path):
    folder = tmp_path / "artefact"
    made = build(folder, RECIPE, writing("one"))
    again = build(folder, RECIPE, refuse)
    assert not made.reused
    assert again.reused
    assert again.content == made.content == hash_folder(folder)
    assert again.metadata == {"length": 3}
    assert again.recipe.fingerprint == RECIPE.fingerprint
    assert current(folder, RECIPE)


@pytest.mark.parametrize(
    "changed",
    [
        replace(RECIPE, inputs={"granules": "abd"}),
        replace(RECIPE, config={"sampling": "native"}),
        replace(RECIPE, code="other"),
        replace(RECIPE, partition="F16_SSMIS 2018-04"),
    ],
)
def test_anything_else_is_made_again(tmp_path, changed):
    folder = tmp_path / "artefact"
    first = build(folder, RECIPE, writing("one"))
    assert not current(folder, changed)
    second = build(folder, changed, writing("two"))
    assert not second.reused
    assert second.content != first.content
    assert (folder / "data.txt").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["artefact"]


def test_the_fingerprint_survives_json_and_the_order_of_keys(tmp_path):
    recipe = replace(RECIPE, config={"b": [1, 2], "a": {"y": 0.1, "x": None}}, inputs={"z": "1", "y": "2"})
    build(tmp_path / "artefact", recipe, writing("one"))
    again = replace(RECIPE, config={"a": {"x": None, "y": 0.1}, "b": [1, 2]}, inputs={"y": "2", "z": "1"})
    assert current(tmp_path / "artefact", again)
    assert read(tmp_path / "artefact").recipe.fingerprint == again.fingerprint
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 2, "b": 1})


def test_a_failure_leaves_the_old_version(tmp_path):
    folder = tmp_path / "artefact"
    build(folder, RECIPE, writing("one"))

    def fail(work):
        (work / "data.txt").write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        build(folder, replace(RECIPE, code="new"), fail)
    assert (folder / "data.txt").read_text() == "one"
    assert current(folder, RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["artefact"]


def test_a_new_version_may_read_the_old_one(tmp_path):
    folder = tmp_path / "artefact"
    build(folder, RECIPE, writing("one"))

    def extend(work):
        (work / "data.txt").write_text((folder / "data.txt").read_text() + " two")
        return {}

    build(folder, replace(RECIPE, code="new"), extend)
    assert (folder / "data.txt").read_text() == "one two"


def test_worlds_do_not_mix(tmp_path):
    folder = tmp_path / "swaths" / "2018-03"
    build(folder, RECIPE, writing("one"))
    with pytest.raises(ProvenanceError, match="holds simulated data, refused to write real"):
        build(folder, replace(RECIPE, world="real"), refuse)
    with pytest.raises(ProvenanceError, match="belongs to the simulated world, this home is real"):
        require(folder, world="real")
    assert require(folder, world="simulated").metadata == {"length": 3}


def test_what_is_not_there_is_asked_for(tmp_path):
    assert read(tmp_path) is None
    with pytest.raises(ProvenanceError, match="materialise swaths first"):
        require(tmp_path / "swaths" / "2018-03", world="real")


def test_an_artefact_written_by_another_is_recorded(tmp_path):
    (tmp_path / "granule").write_text("bytes")
    record(tmp_path, RECIPE, "content", {"when": RECIPE.partition})
    found = read(tmp_path)
    assert (found.recipe, found.content, found.metadata) == (RECIPE, "content", {"when": RECIPE.partition})
    assert json.loads((tmp_path / "manifest.json").read_text())["recipe"]["world"] == "simulated"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["granule", "manifest.json"]


def test_content_is_names_and_bytes(tmp_path):
    for folder, files in {
        "a": {"x": "1", "y": "2"},
        "b": {"x": "1", "z": "2"},
        "c": {"x": "1", "y": "3"},
        "d": {"x": "1", "y": "2"},
    }.items():
        (tmp_path / folder).mkdir()
        for name, text in files.items():
            (tmp_path / folder / name).write_text(text)
    (tmp_path / "d" / "manifest.json").write_text("{}")
    hashes = [hash_folder(tmp_path / folder) for folder in "abcd"]
    assert hashes[0] == hashes[3]
    assert len(set(hashes)) == 3


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A package of ours whose `a` imports `b` at the top and `c` inside a function, and not `d`."""
    sources = {
        "__init__": "",
        "a": "from toy_ours import b\n\ndef f():\n    import toy_ours.c\n    import json\n",
        "b": "from toy_ours.e import x\n",
        "c": "",
        "d": "",
        "e": "x = 1\n",
    }
    (tmp_path / "toy_ours").mkdir()
    for name, text in sources.items():
        (tmp_path / "toy_ours" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == "toy_ours"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(provenance, "PACKAGES", ("toy_ours",))

    def hashed(**changes: str) -> str:
        for name, text in changes.items():
            (tmp_path / "toy_ours" / f"{name}.py").write_text(text)
        provenance._source.cache_clear()
        provenance._imports.cache_clear()
        return code_hash("toy_ours.a")

    yield hashed
    provenance._source.cache_clear()
    provenance._imports.cache_clear()


@pytest.mark.parametrize(("module", "matters"), [("a", True), ("b", True), ("c", True), ("d", False), ("e", True)])
def test_code_is_what_is_imported_directly_or_not(toy, module, matters):
    before = toy()
    assert toy() == before
    assert (toy(**{module: "x = 2\n"}) != before) == matters


def test_code_of_a_stage_does_not_depend_on_the_platform_around_it():
    assert code_hash("gpm_assets.collocation.sampling") != code_hash("gpm_assets.collocation.overlaps")
    assert code_hash("gpm_assets.collocation.overlaps", "gpm_assets.archive.store") == code_hash(
        "gpm_assets.archive.store", "gpm_assets.collocation.overlaps"
    )
