import pytest

from models.folders import replacing


def test_appears_complete_or_not_at_all(tmp_path):
    folder = tmp_path / "deep" / "made"
    with replacing(folder) as written:
        (written / "a").write_text("1")
        assert not folder.exists()
    assert (folder / "a").read_text() == "1"
    with pytest.raises(ZeroDivisionError), replacing(folder) as written:
        (written / "a").write_text(str(1 / 0))
    assert (folder / "a").read_text() == "1"
    with replacing(folder) as written:
        (written / "b").write_text("3")
    assert [path.name for path in folder.iterdir()] == ["b"]
    assert [path.name for path in folder.parent.iterdir()] == ["made"]
