"""A granule follows from its name and the seed alone, to the byte."""

import pytest

from gpm_assets.errors import GranuleError, RequestError
from gpm_assets.granules.sources.simulated import SimulatedSource
from gpm_assets.simulation.granules import granule_name, simulate_granule
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlanConfig, plan
from gpm_assets.simulation.recall import recall

MONTH = "2018-07"
WHOLE = "1C.GPM.GMI.XCAL2016-C.20180730-S225101-E002333.025111.V07A.HDF5"


def identity(piece):
    return piece.product, piece.number, piece.start, piece.stop


@pytest.mark.parametrize("fraction", [1.0, 0.3, 0.0123])
@pytest.mark.parametrize("product", ["GPM_GMI", "F16_SSMIS", "NOAA20_ATMS", "NOAA19_MHS", "MT1_SAPHIR", "GPM_DPR", "GPM_DPRGMI"])
def test_a_name_tells_the_piece(product, fraction):
    for piece in plan(product, MONTH, PlanConfig(1, 6, fraction)):
        for version in ("V06A", "V07A"):
            assert identity(recall(granule_name(piece, version=version))) == identity(piece)


def test_of_level_1cr_too():
    (piece,) = plan("GPM_GMI", MONTH, PlanConfig(1, 1, 0.1))
    assert identity(recall(granule_name(piece, level="1C-R"))) == identity(piece)


@pytest.mark.parametrize("product", ["F16_SSMIS", "GPM_DPR"])
def test_alone_it_has_the_bytes_it_has_in_its_month(product, tmp_path):
    config = PlanConfig(1, 3, 0.01)
    for offer in SimulatedSource(config, Nature(5)).offers(product, MONTH):
        offer.make(tmp_path / offer.name)
    last = max(path.name for path in tmp_path.iterdir())
    simulate_granule(recall(last), Nature(5), tmp_path / "alone")
    assert (tmp_path / "alone").read_bytes() == (tmp_path / last).read_bytes()


@pytest.mark.parametrize(
    "name", [WHOLE.replace("025111", "025112"), WHOLE.replace("E002333", "E002334"), WHOLE.replace("S225101", "S225102")]
)
def test_a_name_that_no_orbit_has_is_refused(name):
    assert recall(WHOLE).number == 25111
    with pytest.raises(RequestError, match="no granule of that name"):
        recall(name)


def test_no_pps_name_and_no_simulated_sensor():
    with pytest.raises(GranuleError, match="no PPS file name"):
        recall("foo.nc")
    with pytest.raises(RequestError, match="known sensors"):
        recall(WHOLE.replace("GPM.GMI", "GPM.XYZ"))
