"""The score table: written whole, read back, refused when it would count twice."""

import pandas
import pytest

from gpm_assets.errors import GpmAssetsError, ProvenanceError
from gpm_assets.evaluation.table import KEYS, newest, only, read, require_comparable, table, write


def test_round_trip(tmp_path, rain_table):
    scores = rain_table(granules=3)
    path = tmp_path / "scores" / "2019-07.parquet"
    write(scores, path)
    pandas.testing.assert_frame_equal(read(path), scores)
    assert [file.name for file in path.parent.iterdir()] == ["2019-07.parquet"]


def test_a_refused_table_leaves_the_old_file(tmp_path, rain_table):
    scores = rain_table(granules=3)
    path = tmp_path / "scores.parquet"
    write(scores, path)
    before = path.read_bytes()
    with pytest.raises(GpmAssetsError, match="9 rows twice, the first is world=simulated, sensor=F16_SSMIS"):
        write(pandas.concat([scores, scores]), path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_worlds_do_not_mix(rain_table):
    scores = rain_table(granules=2)
    other = scores.assign(world="real")
    with pytest.raises(ProvenanceError, match="real and simulated"):
        table(pandas.concat([scores, other]).to_dict("records"))


def test_missing_keys_are_named():
    with pytest.raises(GpmAssetsError, match="lacks the key columns world, split"):
        table([dict.fromkeys(set(KEYS) - {"world", "split"}, 0)])


def test_versions_are_integers(rain_table):
    scores = rain_table(granules=2)
    with pytest.raises(GpmAssetsError, match="must be integers, or 10 comes before 9"):
        table(scores.assign(version=scores["version"].astype(str)).to_dict("records"))


def test_an_empty_month_is_a_table(tmp_path):
    write(table([]), tmp_path / "empty.parquet")
    empty = read(tmp_path / "empty.parquet")
    assert empty.empty
    assert set(KEYS) < set(empty.columns)


def test_strata_are_keys(rain_table):
    land = rain_table(granules=2, surface="land")
    sea = rain_table(granules=2, surface="sea")
    assert len(table(pandas.concat([land, sea]).to_dict("records"))) == 12


def test_newest_version_of_each_seed(rain_table):
    scores = rain_table({"linear": 0.5}, granules=2, seeds=(0, 1))
    retrained = scores[scores["seed"] == 0].assign(version=9)
    chosen = newest(pandas.concat([scores, retrained]))
    assert sorted(zip(chosen["seed"], chosen["version"], strict=True)) == [(0, 9), (0, 9), (1, 2), (1, 2)]


def test_references_stand_alone(rain_table):
    radar, combined = (rain_table({"linear": 0.5}, granules=number, reference=name) for number, name in ((5, "DPR"), (2, "CMB")))
    both = pandas.concat([radar.assign(version=2), radar, combined], ignore_index=True)
    require_comparable(both)
    chosen = newest(both)
    assert set(zip(chosen["reference"], chosen["version"], strict=True)) == {("DPR", 2), ("CMB", 1)}
    with pytest.raises(GpmAssetsError, match=r"F16_SSMIS against CMB: .* on 2 overpasses"):
        require_comparable(pandas.concat([both, combined.iloc[:1].assign(method="raw")]))


def test_other_overpasses_are_an_error_with_both_counts(rain_table):
    scores = rain_table(granules=5)
    require_comparable(scores)
    lacking = scores.drop(scores[(scores["method"] == "linear") & (scores["granule"] == "granule-003")].index)
    with pytest.raises(
        GpmAssetsError, match=r"on 5 overpasses, linear .* on 4; only .* overpasses are compared\. .* granule-003"
    ):
        require_comparable(lacking)


def test_other_pixels_are_an_error(rain_table):
    scores = rain_table(granules=5)
    scores.loc[scores["method"] == "linear", "n"] -= 1
    with pytest.raises(GpmAssetsError, match=r"(2000|1995) reference pixels, .* (2000|1995) on the same 5 overpasses"):
        require_comparable(scores)


def test_only_names_what_it_found(rain_table):
    scores = rain_table(granules=1)
    assert only(scores, "split") == "test"
    with pytest.raises(GpmAssetsError, match="one method are asked for, the table has gmi, linear, raw"):
        only(scores, "method")
