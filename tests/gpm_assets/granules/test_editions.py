from dataclasses import replace

import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules.editions import EDITIONS, edition_of
from gpm_assets.granules.layout import LEVEL_1C, level_1c


@pytest.mark.parametrize(
    ("version", "number"),
    [("V05A", 5), ("V05B", 5), ("V06A", 6), ("V07A", 7), ("V07B", 7), ("V08A", 8), ("PAR702", 7), ("PARV804", 8)],
)
def test_versions_seen_in_archives_belong_to_an_edition(version, number):
    assert edition_of(version).number == number


@pytest.mark.parametrize("version", ["", "V04A", "V09A", "V07", "07A", "V7A", "v07A", "V07AB", "PAR902", "V07A\n"])
def test_other_versions_are_refused(version):
    with pytest.raises(GranuleError, match="V05, V06, V07, V08"):
        edition_of(version)


def dimensions(edition, sensor, group):
    row = INSTRUMENTS[sensor]
    fields = level_1c(EDITIONS[edition], row.sensor, row.group(group), int(group[1:]))
    return {field.path: field.dimensions for field in fields}


def test_sun_local_time_is_new_in_version_7():
    for edition in EDITIONS.values():
        paths = {field.path for field in level_1c(edition, "GMI", INSTRUMENTS["GPM_GMI"].groups[0], 1)}
        assert ("sunLocalTime" in paths) == (edition.number >= 7)
        assert paths | {"sunLocalTime"} == {field.path for field in LEVEL_1C}


def test_scans_of_every_group_are_called_nscan1_before_version_7():
    for edition, name in ((5, "nscan1"), (6, "nscan1"), (7, "nscan2"), (8, "nscan2")):
        found = dimensions(edition, "F16_SSMIS", "S2")
        assert found["ScanTime/Year"] == found["SCstatus/SClatitude"] == (name,)
        assert found["Tc"] == ("nscan2", "npixel2", "nchannel2")
        assert found["incidenceAngle"] == ("nscan2", "npixel2", "nchUIA2")


def test_amsr_shares_the_name_of_an_angle_dimension_and_says_degree():
    row = INSTRUMENTS["GCOMW1_AMSR2"]
    angles = {group.name: dimensions(7, row.name, group.name)["sunGlintAngle"][2] for group in row.groups}
    assert angles == {**dict.fromkeys(("S1", "S2", "S3", "S4"), "nchUIA1"), "S5": "nchUIA5", "S6": "nchUIA6"}
    units = {g.name: level_1c(EDITIONS[7], row.sensor, g, n)[0].units for n, g in enumerate(row.groups, 1)}
    assert units == {**dict.fromkeys(("S1", "S2", "S3", "S4"), "degree"), "S5": "degrees", "S6": "degrees"}


def test_a_sensor_of_its_own_gets_the_common_layout():
    group = replace(INSTRUMENTS["GPM_GMI"].groups[0], name="S1")
    for number, field in enumerate(level_1c(EDITIONS[7], "TMS", group, 3)):
        assert field.dimensions == tuple(f"{name}3" for name in LEVEL_1C[number].dimensions)
        assert field.units == LEVEL_1C[number].units
