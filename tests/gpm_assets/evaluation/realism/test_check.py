import numpy as np
import pytest

from gpm_assets.evaluation.realism.check import Check


@pytest.mark.parametrize(
    ("value", "holds"), [(1.0, True), (2.0, True), (3.0, True), (0.99, False), (3.01, False), (np.nan, False)]
)
def test_a_check_holds_between_its_limits(value, holds):
    check = Check("height", value, 1.0, 3.0, "m")
    assert check.holds is holds
    assert check.row["verdict"] == ("within" if holds else "outside")


def test_a_check_says_what_is_allowed():
    assert str(Check("height", 4.0, 1.0, 3.0, "m")) == "height: 4 m, allowed 1 to 3 m"
    assert str(Check("ratio", 4.0, 1.0, 3.0)) == "ratio: 4, allowed 1 to 3"
