import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.constellation.spectral_match import nearest_channels

GMI = {channel.name: channel for channel in INSTRUMENTS[REFERENCE].channels}


def test_gmi_matches_itself():
    assert nearest_channels(INSTRUMENTS[REFERENCE]) == {name: name for name in GMI}


@pytest.mark.parametrize("sensor", INSTRUMENTS)
def test_matches_have_the_polarisation_and_a_near_frequency(sensor):
    row = INSTRUMENTS[sensor]
    channels = {channel.name: channel for channel in row.channels}
    for wanted, name in nearest_channels(row).items():
        channel = channels[name]
        assert channel.frequency_ghz == pytest.approx(GMI[wanted].frequency_ghz, rel=0.21)
        in_line = bool(GMI[wanted].sideband_ghz)
        if not in_line:
            assert channel.polarisation[-1] == GMI[wanted].polarisation
        assert (abs(channel.frequency_ghz - 183.31) < 8) == in_line


def test_a_conical_partner_has_the_four_channels_of_the_retrieval():
    found = nearest_channels(INSTRUMENTS["F16_SSMIS"])
    assert {name: found[name] for name in ("36.64V", "36.64H", "89V", "89H")} == {
        "36.64V": "37V",
        "36.64H": "37H",
        "89V": "91.665V",
        "89H": "91.665H",
    }
    assert found["183.31±3V"] == "183.31±3H"
    assert found["183.31±7V"] == "183.31±6.6H"
    assert "10.65V" not in found
    assert "10.65H" not in found


def test_a_cross_track_partner_lacks_horizontal_windows():
    found = nearest_channels(INSTRUMENTS["NOAA20_ATMS"])
    assert found["23.8V"] == "23.8QV"
    assert found["36.64V"] == "31.4QV"
    assert found["89V"] == "88.2QV"
    assert found["166H"] == "165.5QH"
    assert not {"36.64H", "89H", "166V", "10.65V"} & set(found)


def test_a_single_sideband_and_a_first_horn_are_matched():
    assert nearest_channels(INSTRUMENTS["METOPB_MHS"]) == {
        "89V": "89V",
        "166V": "157V",
        "183.31±3V": "183.31±3H",
        "183.31±7V": "190.31V",
    }
    assert nearest_channels(INSTRUMENTS["MT1_SAPHIR"]) == {"183.31±3V": "183.31±2.8", "183.31±7V": "183.31±6.8"}
    assert nearest_channels(INSTRUMENTS["GCOMW1_AMSR2"])["89V"] == "89V-A"


@pytest.mark.parametrize("sensor", ["GCOMW1_AMSR2", "AQUA_AMSRE", "F17_SSMIS", "TRMM_TMI", "F15_SSMI"])
def test_imagers_have_the_four_channels_of_the_retrieval(sensor):
    assert {"36.64V", "36.64H", "89V", "89H"} <= set(nearest_channels(INSTRUMENTS[sensor]))
