"""All tables and checks of a small sample, and the signatures of rain in it."""

import numpy as np
import pytest

from gpm_assets.evaluation.realism import signatures
from gpm_assets.evaluation.realism.report import report
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.realism import Extent, Looks, Sample


@pytest.fixture(scope="module", params=["A", "B"])
def found(request):
    return report(Nature(1, request.param), Extent(pieces=4, scans=4, lines=60, moments=400, map_step_deg=10.0))


def test_every_claim_is_checked(found):
    names = [check.name for check in found.checks]
    assert len(names) == len(set(names)) == 75
    assert [row["check"] for row in found.tables["checks"]] == names
    assert {check.name for check in found.missed} == {
        row["check"] for row in found.tables["checks"] if row["verdict"] == "outside"
    }


def test_tables_have_the_same_columns_in_every_row(found):
    for name, rows in found.tables.items():
        assert rows, name
        assert len({tuple(row) for row in rows}) == 1, name


def test_warm_rain_shows_over_sea_alone(found):
    sea, land = signatures.warm_rain(found.nature, found.sample)
    assert sea > 10
    assert not abs(land) > 4  # NaN where the small sample has none


def test_signatures_are_told_by_class_of_rain():
    """Two kinds of pixels: dry and polarised, pouring and cold at 89 GHz."""
    pouring = np.arange(200).reshape(20, 10) % 2 == 0
    tb = np.where(pouring[..., None], [265.0, 260.0, 255.0, 200.0, 195.0], [200.0, 140.0, 160.0, 270.0, 230.0])
    none = np.zeros((20, 10))
    looks = Looks(
        ("18.7V", "18.7H", "36.64H", "89V", "89H"), none, none, tb, none, none, np.where(pouring, 30.0, 0.0), 1.0 * pouring
    )
    rows = signatures.signature_table(Sample(Extent(), {"S1": looks}, None, None, None, None))
    dry, wet = rows[0], rows[-1]
    assert (dry["pixels"], wet["pixels"]) == (100, 100)
    assert (dry["18V_minus_18H_sea"], wet["18V_minus_18H_sea"]) == (60.0, 5.0)
    assert (dry["36.64H_sea"], wet["36.64H_sea"]) == (160.0, 255.0)
    assert wet["PCT89_convective"] == pytest.approx(1.818 * 200 - 0.818 * 195)
    assert dry["PCT89_convective"] is None
    assert all(row["PCT89"] is None for row in rows[1:-1])
