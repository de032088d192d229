import json

import pytest

from gpm_assets.cli.inspect import inspect


@pytest.fixture
def scene(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    return path


def test_people_see_platform_version_swaths_channels_and_valid_fraction(scene, capsys):
    inspect(scene)
    shown = capsys.readouterr().out
    for words in ("F16 SSMIS", "V05A #088911", "real", "168 x 180", "183.31±6.6H", "valid 34.9%", "missing or unreadable: 19681"):
        assert words in shown


def test_json_is_json(scene, capsys):
    inspect(scene, json=True)
    assert json.loads(capsys.readouterr().out)["swaths"][3]["valid_fraction"] == pytest.approx(0.349, abs=0.001)


def test_a_sensor_without_a_row_is_described_and_said_to_be_so(real_data, capsys):
    (path,) = (real_data / "granules").glob("1C.TRMM.TMI*")
    inspect(path)
    shown = capsys.readouterr().out
    assert "TRMM TMI" in shown
    assert "no reader here accepts it" in shown
    assert "valid 100.0%" in shown


@pytest.mark.parametrize("content", [b"", b"text\nmore", b"\x89HDF\r\n\x1a\n"])
def test_a_bad_file_is_one_line_and_exit_code_1(tmp_path, capsys, content):
    path = tmp_path / "x.HDF5"
    path.write_bytes(content)
    with pytest.raises(SystemExit) as raised:
        inspect(path)
    captured = capsys.readouterr()
    assert raised.value.code == 1
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert str(path) in captured.err
