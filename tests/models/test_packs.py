import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ChannelError, PackError
from models.packs import INDEX, MISSING, Pack, PackInfo, PackWriter, channel_positions, decode, encode, write_pack
from models.pairs import PAIR_INDEX, Pairs, write_pairs

INFO = PackInfo("F16_SSMIS", "simulated", ("37V", "37H"), notes={"mismatch": 0.01})


def index(n, dtype=INDEX, split="train"):
    rows = np.zeros(n, dtype)
    rows["split"], rows["weight"], rows["latitude"] = split, 1.0, np.arange(n)
    return rows


@given(st.lists(st.one_of(st.floats(50, 350), st.just(float("nan"))), min_size=1))
def test_code_keeps_half_a_step_and_missing(values):
    tb = np.array(values, dtype=np.float32)
    back = decode(torch.from_numpy(encode(tb))).numpy()
    assert np.array_equal(np.isnan(back), np.isnan(tb))
    assert np.nanmax(np.abs(back - tb), initial=0) <= 0.005 + 3e-5  # float32 resolves 3e-5 K at 300 K


def test_code_at_its_ends():
    assert encode(np.array([-127.67, 527.67, np.nan])).tolist() == [-32767, 32767, MISSING]
    with pytest.raises(PackError, match=r"600 K cannot be packed"):
        encode(np.array([200.0, 600.0]))
    with pytest.raises(PackError, match="cannot be packed"):
        encode(np.array([np.inf]))


def test_every_code_decodes_to_the_nearest_float32_or_to_missing():
    code = np.arange(MISSING, -MISSING).astype(np.int16)
    back = decode(torch.from_numpy(code)).numpy()
    expected = code.astype(np.float32) / np.float32(100) + np.float32(200)
    assert np.isnan(back[0])
    assert np.array_equal(back[1:], expected[1:])
    assert code[0] == MISSING  # decoding leaves the codes alone


def test_streamed_pack_round_trip(folder):
    r = np.random.default_rng(0)
    tb, rain = r.uniform(100, 300, (7, 2, 4, 5)), r.uniform(0, 9, (7, 4, 5)).astype(np.float32)
    tb[2, 1, 0, 3], rain[4, 1] = np.nan, np.nan
    rows = np.concatenate([index(5), index(2, split="validation")])
    with PackWriter.open(folder, INFO, (4, 5), labelled=True) as writer:
        for part in (slice(0, 3), slice(3, 7)):
            writer.append(tb[part], rows[part], rain[part])
        assert not folder.exists()
    pack = Pack.open(folder)
    assert len(pack) == 7
    assert pack.info == INFO
    assert np.array_equal(pack.index, rows)
    chosen = np.array([6, 2])
    np.testing.assert_allclose(pack.tb(chosen).numpy(), tb[chosen], atol=0.0051)
    np.testing.assert_array_equal(pack.rain(chosen).numpy(), rain[chosen])
    assert pack.select("validation").tolist() == [5, 6]
    assert pack.tb(chosen).dtype == torch.float32


def test_patches_are_read_by_number_as_numpy_counts(folder):
    tb = np.random.default_rng(0).uniform(100, 300, (5, 2, 64, 64))
    tb[3, 0, :9] = np.nan
    pack = write_pack(folder, INFO, tb, index(5))
    whole = decode(torch.from_numpy(encode(tb))).numpy()
    for numbers in ([4, 0, 3], [2, 2], [-1, -5], []):
        chosen = np.array(numbers, dtype=int)
        np.testing.assert_array_equal(pack.tb(chosen).numpy(), whole[chosen])
    for beyond in (5, -6):
        with pytest.raises(IndexError):
            pack.tb(np.array([0, beyond]))
    pack.tb(np.array([3])).fill_(0)  # a copy: the pack stays as it is
    np.testing.assert_array_equal(pack.tb(np.array([3])).numpy(), whole[3:4])


def test_another_process_opens_the_folder_itself(folder):
    r = np.random.default_rng(0)
    tb, rain = r.uniform(100, 300, (6, 2, 64, 64)), r.uniform(0, 9, (6, 64, 64)).astype(np.float32)
    pack = write_pack(folder, INFO, tb, index(6), rain)
    chosen = np.array([5, 1])
    assert len(ForkingPickler.dumps(pack)) < 1000
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_sum, pack, chosen).result() == _sum(pack, chosen)


def _sum(pack, chosen):
    return float(pack.tb(chosen).sum()), float(pack.rain(chosen).sum())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not list open files")
def test_a_pack_that_is_gone_keeps_no_file_open(folder):
    def open_files():
        return len(list(Path("/proc/self/fd").iterdir()))

    pack = write_pack(folder, INFO, np.full((3, 2, 64, 64), 250.0), index(3), np.zeros((3, 64, 64), np.float32))
    pack.tb(np.array([1]))
    held = open_files()
    del pack
    before = open_files()
    assert before < held
    for _ in range(5):
        Pack.open(folder).tb(np.array([0, 2]))
    assert open_files() == before


def test_empty_pack_opens(folder):
    with PackWriter.open(folder, INFO, (4, 5)):
        pass
    assert len(Pack.open(folder)) == 0


def test_failed_writing_leaves_the_old_pack(folder):
    old = write_pack(folder, INFO, np.full((1, 2, 4, 4), 250.0), index(1))
    with (
        pytest.raises(PackError, match=r"tb has shape \(1, 3, 4, 4\), expected \(1, 2, 4, 4\)"),
        PackWriter.open(folder, INFO, (4, 4)) as w,
    ):
        w.append(np.zeros((1, 3, 4, 4)), index(1))
    assert len(Pack.open(folder)) == len(old)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_rewriting_replaces(folder):
    write_pack(folder, INFO, np.full((1, 2, 4, 4), 250.0), index(1))
    assert len(write_pack(folder, INFO, np.full((3, 2, 4, 4), 250.0), index(3))) == 3


def test_what_a_pack_refuses(folder):
    tb = np.full((2, 2, 4, 4), 250.0)
    with pytest.raises(PackError, match="unknown splits"):
        write_pack(folder, INFO, tb, index(2, split="test"))
    negative = index(2)
    negative["weight"] = -1
    with pytest.raises(PackError, match="not negative"):
        write_pack(folder, INFO, tb, negative)
    with pytest.raises(PackError, match="index has fields"):
        write_pack(folder, INFO, tb, index(2, PAIR_INDEX))
    with pytest.raises(PackError, match=r"no pack\.json"):
        Pack.open(folder)
    pack = write_pack(folder, INFO, tb, index(2))
    with pytest.raises(PackError, match=r"no rain\.npy"):
        pack.rain(np.array([0]))
    (folder / "tb.npy").unlink()
    with pytest.raises(PackError, match=r"tb\.npy is missing"):
        Pack.open(folder)


def test_pairs_round_trip(folder):
    r = np.random.default_rng(0)
    source, target = r.uniform(100, 300, (6, 2)), r.uniform(100, 300, (6, 3))
    rows = index(6, PAIR_INDEX)
    rows["block"] = "2018-01-01"
    info = PackInfo("F16_SSMIS", "simulated", ("37V", "37H"), ("36.64V", "36.64H", "89V"))
    pairs = write_pairs(folder, info, source, target, rows)
    assert pairs.info == info == Pairs.open(folder).info
    np.testing.assert_allclose(pairs.source(np.arange(6)).numpy(), source, atol=0.0051)
    np.testing.assert_allclose(pairs.target(np.array([3])).numpy(), target[3:4], atol=0.0051)
    with pytest.raises(PackError, match="source has shape"):
        write_pairs(folder, info, target, target, rows)


def test_channel_positions_name_what_is_lacking():
    assert channel_positions(("89V", "37V"), ("37V", "89V")) == [1, 0]
    with pytest.raises(ChannelError, match="no channel 10V among 37V"):
        channel_positions(("10V",), ("37V",))


def test_conditions_and_target_travel_with_patches(folder):
    r, info = np.random.default_rng(0), replace(INFO, conditions=("latitude", "incidence"), target_channels=("89V",))
    tb, target = r.uniform(100, 300, (4, 2, 4, 5)), r.uniform(100, 300, (4, 1, 4, 5))
    target[1, 0, 2] = np.nan
    beside = r.uniform(0, 60, (4, 2, 4, 5))
    pack, chosen = write_pack(folder, info, tb, index(4), conditions=beside, target=target), np.array([3, 1])
    np.testing.assert_allclose(pack.target(chosen).numpy(), target[chosen], atol=0.0051)
    read = pack.conditions(("incidence",), chosen)
    assert read.shape == (2, 1, 4, 5)
    np.testing.assert_allclose(read[:, 0].numpy(), beside[chosen, 1], atol=0.02)
    assert pack.conditions((), chosen).shape == (2, 0, 4, 5)
    with pytest.raises(ChannelError, match="no condition vapour among latitude, incidence"):
        pack.conditions(("vapour",), chosen)
    with pytest.raises(PackError, match="needs target"):
        write_pack(folder, info, tb, index(4), conditions=beside)
    with pytest.raises(PackError, match="has no place for conditions"):
        write_pack(folder, INFO, tb, index(4), conditions=beside)
    np.save(folder / "conditions.npy", beside[:3].astype(np.float16))
    with pytest.raises(PackError, match=r"conditions \(3, 2, 4, 5\) does not fit 4 patches"):
        Pack.open(folder)


def test_pairs_have_conditions_too(folder):
    info = replace(INFO, conditions=("latitude",), target_channels=("89V",))
    two = np.full((3, 2), 250.0), np.full((3, 1), 250.0)
    pairs = write_pairs(folder, info, *two, index(3, PAIR_INDEX), np.array([[1.0], [2.0], [3.0]]))
    assert pairs.conditions(("latitude",), np.array([2, 0])).tolist() == [[3.0], [1.0]]
    assert pairs.conditions((), np.array([2, 0])).shape == (2, 0)
    with pytest.raises(PackError, match="conditions has shape"):
        write_pairs(folder, info, *two, index(3, PAIR_INDEX))


def test_a_pack_of_an_earlier_version_says_so(folder):
    write_pack(folder, INFO, np.full((1, 2, 4, 4), 250.0), index(1))
    old = json.loads((folder / "pack.json").read_text())
    del old["conditions"]
    (folder / "pack.json").write_text(json.dumps(old))
    with pytest.raises(PackError, match=r"pack\.json has no conditions: an earlier version wrote it"):
        Pack.open(folder)
