"""The benchmark by LATMOS' protocol: same pixels for all, both references, and what it says of itself."""

import copy

import h5py
import numpy as np
import pytest
import torch

from gpm_assets.benchmarks.latmos import benchmark_latmos
from gpm_assets.benchmarks.latmos_overlaps import OverlapFile
from gpm_assets.errors import RequestError
from gpm_assets.evaluation import latmos
from gpm_assets.named_models import NamedModel
from models.translators.base import OUTPUTS
from models.translators.linear import Linear, LinearConfig
from models.translators.nearest import NearestChannel, NearestConfig

INPUTS = ("37V", "37H", "91.665V", "91.665H")


@pytest.fixture(scope="module")
def wet_drain(drain):
    """The small DRAIN, whose rain lies about 1 mm/h instead of below what is dropped."""
    made = copy.deepcopy(drain)
    with torch.no_grad():
        made.head.line.weight.mul_(4)
        made.head.line.bias[-1] = -1.5
    return made


@pytest.fixture(scope="module")
def retrieval(wet_drain):
    return NamedModel(wet_drain, "models:/drain/1", "simulated")


def translator(offset_k=0.0, inputs=INPUTS, world="simulated"):
    """Nearest channels plus an offset."""
    matrix = torch.zeros(4, len(inputs))
    matrix[:, :4] = torch.eye(4)
    model = Linear(LinearConfig(inputs, OUTPUTS)).set(matrix, torch.zeros(len(inputs)), torch.full((4,), offset_k))
    return NamedModel(model.eval(), "models:/translator-F18_SSMIS/1", world)


def values(report, reference, method, column="rmse", name="all"):
    table = report.table
    chosen = (table["reference"] == reference) & (table["method"] == method) & (table["class"] == name)
    return table[chosen][column].to_numpy()


def rows_of(report):
    return set(zip(report.table["reference"], report.table["method"], strict=True))


def test_every_method_is_scored_on_the_same_pixels_against_both_references(overlaps_file, overlap, retrieval):
    overlaps = [overlap(0), overlap(1)]
    overlaps[0]["f18"]["data"][2, 5:8, 5:8] = float("nan")
    overlaps[0]["gpm"]["data"][0, 8, 15] = float("nan")
    overlaps[1]["gpm"]["data"][4, :, :15] = -9999.9
    report = benchmark_latmos(overlaps_file(overlaps), retrieval, translator(5.0))
    pairs = {("CMB", "gmi"), ("CMB", "raw"), ("CMB", "translated"), ("DRAIN(GMI)", "raw"), ("DRAIN(GMI)", "translated")}
    assert rows_of(report) == pairs
    everything = report.table[report.table["class"] == "all"]
    assert everything.groupby("reference")["n"].nunique().tolist() == [1, 1]
    assert (everything["missing"] == 0).all()
    combined, drained = (values(report, reference, "raw", "n")[0] for reference in ("CMB", "DRAIN(GMI)"))
    assert drained - combined == pytest.approx(16 * 15, abs=16 * 3)
    assert 0.8 * 2 * 16 * 30 < drained < 2 * 16 * 30


def test_scores_are_those_of_the_protocol_done_by_hand(overlaps_file, overlap, retrieval, wet_drain):
    path = overlaps_file([overlap(7)])
    report = benchmark_latmos(path, retrieval)
    (one,) = OverlapFile.open(path).overlaps()
    images = [torch.from_numpy(side.tb).movedim(-1, 0)[None] for side in (one.gmi, one.partner)]
    gmi, raw = (latmos.dropped(wet_drain.predict(image).mean[0].numpy()) for image in images)
    raw = latmos.resampled(raw, one.partner.latitude, one.partner.longitude, one.gmi.latitude, one.gmi.longitude)
    known = np.isfinite(raw)
    assert 0.05 < np.mean(gmi[known] > 0) < 0.95
    for reference, retrieved, rain in (("CMB", raw, one.rain), ("CMB", gmi, one.rain), ("DRAIN(GMI)", raw, gmi)):
        error = (latmos.dropped(retrieved) - latmos.dropped(rain))[known].astype(np.float64)
        method = "raw" if retrieved is raw else "gmi"
        assert values(report, reference, method, "bias") == pytest.approx(error.mean(), rel=1e-5)
        assert values(report, reference, method, "rmse") == pytest.approx(np.sqrt((error**2).mean()), rel=1e-5)


def test_a_translation_that_changes_nothing_scores_as_raw(overlaps_file, retrieval):
    report = benchmark_latmos(overlaps_file(), retrieval, translator(0.0))
    for reference in ("CMB", "DRAIN(GMI)"):
        np.testing.assert_allclose(values(report, reference, "raw"), values(report, reference, "translated"), rtol=1e-4)
    report = benchmark_latmos(overlaps_file(), retrieval, translator(30.0))
    for reference in ("CMB", "DRAIN(GMI)"):
        assert values(report, reference, "raw") != pytest.approx(values(report, reference, "translated"), rel=1e-3)


def test_it_says_in_which_world_models_were_trained_and_observations_made(overlaps_file, retrieval):
    report = benchmark_latmos(overlaps_file(), retrieval, translator())
    assert (report.subject["models"], report.subject["observations"]) == ("simulated", "simulated")
    assert set(report.table["models"]) == {"simulated"}
    report = benchmark_latmos(overlaps_file(world="real"), retrieval, translator(world="real"))
    assert report.subject["models"] == "DRAIN simulated, translator real"
    assert (report.subject["observations"], set(report.table["world"])) == ("real", {"real"})


def test_overlaps_far_apart_count_nowhere_and_are_named(overlaps_file, overlap, retrieval):
    report = benchmark_latmos(overlaps_file([overlap(0), overlap(1, apart_km=600)]), retrieval)
    assert report.subject["overlaps"] == 1
    assert report.notes[0] == (
        "1 overlaps have no pixel with rain of every method within 10 km and 900 s, and count nowhere: overlap-00001"
    )
    with pytest.raises(RequestError, match=r"no pixel of GMI in 1 overlaps .* within 10 km and 900 s: nothing can be scored"):
        benchmark_latmos(overlaps_file([overlap(1, apart_km=600)]), retrieval)


def test_time_differences_are_held_to_where_they_are_known(overlaps_file, retrieval):
    path = overlaps_file()
    whole = benchmark_latmos(path, retrieval)
    assert any("not every overlap tells its time differences" in note for note in whole.notes)
    apart = np.full((16, 30), 900.0, np.float32)
    apart[:8] = -901.0
    with h5py.File(path, "a") as file:
        for name in file:
            file[f"{name}/gmi/time_difference"] = apart
    half = benchmark_latmos(path, retrieval)
    assert not any("time differences" in note for note in half.notes)
    assert values(half, "CMB", "raw", "n")[0] == pytest.approx(values(whole, "CMB", "raw", "n")[0] / 2, rel=0.1)


def test_a_dry_reference_is_told(overlaps_file, overlap, retrieval):
    dry = overlap(0)
    dry["gpm"]["data"][4] = 0.0
    report = benchmark_latmos(overlaps_file([dry]), retrieval)
    assert any(note.startswith("CMB: the reference is dry everywhere") for note in report.notes)
    assert np.isnan(values(report, "CMB", "raw", "pod")).all()


def test_a_translator_of_more_channels_is_refused(overlaps_file, retrieval):
    with pytest.raises(RequestError) as refused:
        benchmark_latmos(overlaps_file(), retrieval, translator(inputs=(*INPUTS, "19.35V", "150H")))
    for words in (
        "translator-F18_SSMIS/1 reads 6 channels",
        "only 37V, 37H, 91.665V, 91.665H",
        "lacks 19.35V, 150H",
        "leave it out",
    ):
        assert words in str(refused.value)


def test_a_translator_that_gives_less_than_drain_reads_leaves_nothing_to_score(overlaps_file, retrieval):
    short = NearestChannel(NearestConfig(INPUTS, OUTPUTS[:2], INPUTS[:2])).eval()
    with pytest.raises(RequestError, match="nothing can be scored"):
        benchmark_latmos(overlaps_file(), retrieval, NamedModel(short, "short", "simulated"))


def test_progress_is_told(overlaps_file, retrieval):
    told = []
    benchmark_latmos(overlaps_file(), retrieval, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
