import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules.channels import FileChannel, long_name, match, parse_channels

GROUPS = [pytest.param(group, id=f"{row.name}-{group.name}") for row in INSTRUMENTS.values() for group in row.groups]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Tb for channels 1) 166.0 GHz V-Pol 2) 183.31 +/-3 GHz V-Pol and \n   3) 183.31 +/-7 GHz V-Pol\n",
            "166V 183.31±3V 183.31±7V",
        ),
        (
            "channels 1) 150 GHz H-Pol 2) 183.31 +/- 1 GHz\n      H-Pol and 3) 183.31 +/- 6.6 GHz H-Pol",
            "150H 183.31±1H 183.31±6.6H",
        ),
        ("\n\t1) 165.5 GHz QH-Pol \n\t2) 183.31+-4.5 GHz QH-Pol", "165.5QH 183.31±4.5QH"),
        ("1) 89.0 GHz V-Pol 2) 183.31 GHz +/- 1 GHz H-Pol and \n3) 190.31 GHz V-Pol", "89V 183.31±1H 190.31V"),
        ("1) 183.31 +/- 0.2 GHz \n2) 183.31 +/- 11.0 GHz\n", "183.31±0.2 183.31±11"),
        ("1) 89 GHz V-Pol A-Scan and 2) 89 GHz H-Pol A-Scan", "89V-A 89H-A"),
        ("1) 23.8 GHz QV-Pol", "23.8QV"),
    ],
)
def test_spellings_of_real_files(text, names):
    assert [channel.name for channel in parse_channels(text)] == names.split()


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_written_reads_back_and_matches_the_table(group):
    found = parse_channels(long_name(group.channels))
    assert match(found, group.channels, "here") == tuple(channel.name for channel in group.channels)


def test_the_order_may_come_from_the_file():
    group = INSTRUMENTS["GPM_GMI"].group("S1")
    backwards = tuple(reversed(group.channels))
    assert match(parse_channels(long_name(backwards)), group.channels, "here") == tuple(channel.name for channel in backwards)


def test_a_disagreement_names_both_sides():
    expected = INSTRUMENTS["F16_SSMIS"].group("S2").channels
    with pytest.raises(GranuleError, match=r"file has channels 36.5V, 37H, the instrument table has 37V, 37H"):
        match([FileChannel(36.5, polarisation="V"), FileChannel(37.0, polarisation="H")], expected, "here")


@pytest.mark.parametrize(
    "text", ["", "37 GHz V-Pol", "2) 37 GHz V-Pol", "1) 37 GHz V-Pol 3) 37 GHz H-Pol", "1) 37 GHz V-Pol 2) 37.0 GHz V-Pol"]
)
def test_missing_gapped_and_repeated_numbers_are_refused(text):
    with pytest.raises(GranuleError, match="LongName"):
        parse_channels(text)


@given(st.text(max_size=100) | st.text(alphabet="0123456789.)+-/ GHzVQPolAScan\n", max_size=120))
def test_any_long_name_parses_or_is_refused(text):
    try:
        channels = parse_channels(text)
    except GranuleError:
        return
    assert len({channel.name for channel in channels}) == len(channels) > 0
