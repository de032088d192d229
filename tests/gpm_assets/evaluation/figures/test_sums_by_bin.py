"""Figures of distributions, reliability, spectra and joint TB: what is drawn is what was summed, and the world is named."""

import numpy as np
import pandas
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation import distributions, reliability, scatter, spectra, tb_joint
from gpm_assets.evaluation.figures import (
    joint_tb_figure,
    png,
    rain_distribution_figure,
    reliability_figure,
    scatter_figure,
    spectra_figure,
)
from gpm_assets.inference.translation import GMI_CHANNELS

MAKERS = {
    distributions: rain_distribution_figure,
    reliability: reliability_figure,
    scatter: scatter_figure,
    spectra: spectra_figure,
}


def lines_of(axes):
    return {line.get_label().split(":")[0]: line for line in axes.lines}


@pytest.fixture
def joint():
    random = np.random.default_rng(0)
    gmi = (250 + 15 * random.normal(size=(2000, 1)) + random.normal(0, 4, (2000, len(GMI_CHANNELS)))).astype(np.float32)
    return pandas.DataFrame(tb_joint.sums(gmi + 2, gmi))


@pytest.mark.parametrize("module", MAKERS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_world_is_named_and_files_are_small(module, tables):
    for world, said in (("simulated", True), ("real", False)):
        figure = MAKERS[module](tables(module), world=world, title="F16_SSMIS")
        assert ("simulated" in figure.get_suptitle()) == said
        assert figure.get_suptitle().startswith("F16_SSMIS")
        assert len(png(figure)) < 100_000
    with pytest.raises(GpmAssetsError, match="real or simulated or simulated-B, not 'demo'"):
        MAKERS[module](tables(module), world="demo")
    with pytest.raises(GpmAssetsError, match="at least one method"):
        MAKERS[module]({}, world="real")


def test_distributions_are_those_of_the_table(tables, pixels):
    found = tables(distributions)
    figure = rain_distribution_figure(found, world="real", reference="truth")
    for axes, kind in zip(figure.axes, ("occurrence", "volume"), strict=True):
        names = [patch.get_label().split(":")[0] for patch in axes.patches]
        assert names == ["truth", "raw", "linear"]
        np.testing.assert_allclose(axes.patches[2].get_data().values, 100 * distributions.shares(found["linear"])[f"{kind}_x"])
    rain, methods = pixels
    fewer = distributions.sums(distributions.Retrieved.certain(methods["raw"][:9], rain[:9]), rain[:9])
    with pytest.raises(GpmAssetsError, match=r"other pixels cannot be compared: raw 864, linear 6144"):
        rain_distribution_figure({**found, "raw": pandas.DataFrame(fewer)}, world="real")


def test_reliability_draws_bins_with_enough_pixels(tables):
    found = tables(reliability)
    figure = reliability_figure(found, world="real", thresholds=(0.1, 10.0))
    first = reliability.diagram(found["linear"], 0.1)
    np.testing.assert_allclose(lines_of(figure.axes[0])["linear"].get_ydata(), first["frequency"])
    rare = reliability.diagram(found["linear"], 10.0)
    assert rare["n"].min() < 100 < rare["n"].max()
    upper = next(axes for axes in figure.axes if axes.get_title() == "at least 10 mm/h")
    assert len(lines_of(upper)["linear"].get_xdata()) == (rare["n"] >= 100).sum() < len(rare)
    likely = next(axes for axes in figure.axes if axes.get_title() == "pixels with P(rain) from 0.05")
    for patch in likely.patches:
        assert patch.get_data().values.mean() == pytest.approx(1)
        assert patch.get_data().values.max() <= likely.get_ylim()[1]


def test_a_scatter_draws_every_pixel_and_says_r_and_bias(tables, pixels):
    rain, methods = pixels
    figure = scatter_figure(tables(scatter), world="real")
    for axes, (method, x) in zip(figure.axes, methods.items(), strict=False):
        assert axes.collections[0].get_array().sum() == rain.size
        r, bias = np.corrcoef(x.ravel().astype(float), rain.ravel())[0, 1], np.mean(x.astype(float) - rain)
        assert axes.get_title() == f"{method}: r {r:.3f}, bias {bias:+.4f} mm/h"
    with pytest.raises(GpmAssetsError, match="no method has any"):
        scatter_figure({"raw": tables(scatter)["raw"].iloc[:0]}, world="real")


def test_spectra_draw_curves_and_resolutions(tables):
    found = tables(spectra)
    figure = spectra_figure(found, world="real")
    for axes, (transform, name) in zip(
        figure.axes, (("dct", "power_ratio"), ("dct", "coherence"), ("haar", "efficiency")), strict=True
    ):
        expected = spectra.curves(found["linear"]).query(f"transform == '{transform}'")
        np.testing.assert_allclose(lines_of(axes)["linear"].get_ydata(), expected[name])
        long, short = axes.get_xlim()
        assert long > short
    resolution = spectra.measures(found["linear"])["dct_resolution_km"]
    assert lines_of(figure.axes[1])["linear"].get_label() == f"linear: {resolution:.1f} km"


def test_joint_tb(joint):
    figure = joint_tb_figure(joint, world="simulated", title="linear")
    assert figure.get_suptitle() == "linear: 2,000 pixels (simulated)"
    counts = tb_joint.cells(joint, "36.64 GHz")[1]
    shown = figure.axes[0].collections[0].get_array()
    assert shown.sum() == counts.sum() == 2000
    assert len(png(figure)) < 100_000
    one = joint[joint["histogram"] == "PCT89"]
    assert [axes.axison for axes in joint_tb_figure(one, world="real").axes] == [True, False]
    with pytest.raises(GpmAssetsError, match="no pixels to draw"):
        joint_tb_figure(joint[:0], world="real")
