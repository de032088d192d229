"""What a retrieval learns from: parts of it, and what its channels are."""

from dataclasses import replace

import numpy as np
import pytest

from models.errors import ChannelError
from models.retrievals import RETRIEVALS
from models.retrievals.base import RetrievalData


@pytest.fixture
def overpasses(gmi_pack):
    """The toy pack as 30 overpasses of four patches."""
    index = np.array(gmi_pack.index)
    index["granule"] = np.char.add("overpass ", (np.arange(len(index)) // 4).astype(str))
    return RetrievalData(replace(gmi_pack, index=index), {})


def trained_on(data):
    return set(data.pack.index["granule"][data.pack.select("train")].tolist())


def test_a_part_leaves_out_whole_overpasses_and_lies_in_larger_parts(overpasses):
    whole, quarter, sixteenth = (trained_on(overpasses.part(share)) for share in (1, 1 / 4, 1 / 16))
    assert (len(whole), len(quarter), len(sixteenth)) == (30, 8, 2)
    assert sixteenth < quarter < whole
    few, index = overpasses.part(1 / 16).pack, overpasses.pack.index
    assert len(few.select("train")) == np.sum(np.isin(index["granule"], list(sixteenth)) & (index["split"] == "train"))
    assert trained_on(overpasses.part(1e-6))  # one at least


def test_validation_is_whole_whatever_the_part(gmi_pack, overpasses):
    index = np.array(gmi_pack.index)
    index["granule"] = np.where(index["split"] == "validation", "validated", "trained")
    data = RetrievalData(replace(gmi_pack, index=index), {})
    assert len(data.part(0.5).pack.select("validation")) == len(gmi_pack.select("validation"))


def test_channels_that_nobody_describes_are_named(overpasses, described):
    with pytest.raises(ChannelError, match=r"no description of 89V"):
        overpasses.described(("89V",))
    with pytest.raises(ChannelError, match="does not describe its channels"):
        RetrievalData.of(overpasses.pack)
    assert RetrievalData(overpasses.pack, described).described(("89V",))[0].frequency_ghz == 89


@pytest.mark.parametrize("size", ["demo", "published"])
@pytest.mark.parametrize("method", RETRIEVALS)
def test_every_recipe_tells_how_many_steps_are_reported(method, size):
    assert RETRIEVALS[method].recipes[size].steps > 0
