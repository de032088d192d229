import re
from itertools import groupby

import h5py
import pytest

from gpm_assets.errors import GranuleError
from gpm_assets.granules.layout import SCAN_TIME
from gpm_assets.granules.radar.layout import POSITION, PRODUCTS, RADAR_GROUPS

REAL = {
    "2A.GPM.DPR.V8*": ("2ADPR", 6),
    "2A.GPM.DPR.V9*": ("2ADPR", 7),
    "2A.GPM.Ku.V9*": ("2AKu", 7),
    "2B.GPM.DPRGMI.CORRA2022*": ("2BCMB", 7),
}


@pytest.mark.parametrize("pattern", REAL)
def test_table_is_that_of_real_files(pattern, real_data):
    (path,) = (real_data / "granules").glob(pattern)
    name, edition = REAL[pattern]
    product = PRODUCTS[name]
    with h5py.File(path) as file:
        assert {group.name for group in product.groups_in(edition)} == {name for name in file if "Latitude" in file[name]}
        for group in product.groups_in(edition):
            common = [group.localised(field) for field in (*POSITION, *SCAN_TIME)]
            for field in (*common, *(group.stored_as(quantity) for quantity in group.datasets)):
                found = file[group.name][field.path]
                text = {key: found.attrs.get(key, b"").decode() for key in ("DimensionNames", "units", "CodeMissingValue")}
                expected = {"DimensionNames": ",".join(field.dimensions), "units": field.units, "CodeMissingValue": field.code}
                assert (text, found.dtype) == (expected, field.dtype), field.path
        algorithm = re.search(r"AlgorithmVersion=([^;]*);", file.attrs["FileHeader"].decode())[1].strip()
    assert product.algorithms[edition] in path.name
    if product.level == "2A":
        assert algorithm == product.algorithms[edition].removeprefix("V").replace("-", ".")


def test_every_edition_of_a_product_has_one_full_swath_and_an_algorithm():
    for product in PRODUCTS.values():
        editions = {number for group in product.groups for number in group.editions}
        assert editions == set(product.algorithms)
        for number in editions:
            assert sum(group.full for group in product.groups_in(number)) == 1
    assert len({(group.product, group.name) for group in RADAR_GROUPS}) == len(RADAR_GROUPS)
    assert [name for name, _ in groupby(group.product for group in RADAR_GROUPS)] == list(PRODUCTS)


@pytest.mark.parametrize(
    ("product", "edition", "asked", "name"),
    [
        ("2ADPR", 6, "", "NS"),
        ("2ADPR", 7, "NS", "FS"),
        ("2ADPR", 8, "HS", "HS"),
        ("2AKu", 5, "FS", "NS"),
        ("2BCMB", 7, "", "KuGMI"),
        ("2BCMB", 6, "KuGMI", "NS"),
    ],
)
def test_full_swath_goes_by_any_of_its_names(product, edition, asked, name):
    assert PRODUCTS[product].group_in(edition, asked).name == name


def test_what_is_not_there_is_named():
    with pytest.raises(GranuleError, match="2ADPR has no swath MS in V07; there is FS, HS"):
        PRODUCTS["2ADPR"].group_in(7, "MS")
    with pytest.raises(GranuleError, match="layout of 2BCMB is not known for V08; it is for V05, V06, V07"):
        PRODUCTS["2BCMB"].group_in(8, "")
