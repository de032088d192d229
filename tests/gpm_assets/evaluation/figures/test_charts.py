"""Charts and files: what is drawn is what was given, and files are small."""

import base64
import io

import numpy as np
import pandas
import pytest
from PIL import Image

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures import (
    as_markdown,
    joint_histogram,
    leaderboard_figure,
    png,
    swath_map,
    tb_histograms,
    training_curves,
)
from gpm_assets.evaluation.figures.scales import tb_range, tb_scale
from gpm_assets.evaluation.leaderboard import leaderboard


def image_of(figure, max_bytes=100_000):
    data = png(figure, max_bytes)
    assert len(data) <= max_bytes
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format == "PNG"
    return image.convert("RGB")


def test_noise_is_made_to_fit():
    """White noise is the worst a map can hold."""
    latitude, longitude = np.meshgrid(np.linspace(-50, -32, 200), np.linspace(125, 150, 250), indexing="ij")
    noise = np.random.default_rng(0).uniform(150, 300, latitude.shape)
    figure = swath_map(latitude, longitude, noise, kind="tb", channel="89V")
    assert image_of(figure).width > 300
    with pytest.raises(GpmAssetsError, match=r"figure takes .* bytes at 54 dpi, 5000 were allowed"):
        png(figure, 5_000)


def test_the_palette_keeps_the_ends_of_a_scale():
    latitude, longitude = np.meshgrid(np.linspace(-50, -32, 60), np.linspace(125, 150, 60), indexing="ij")
    tb = np.full(latitude.shape, 230.0)
    tb[:3], tb[-3:] = 100.0, 320.0
    found = np.asarray(image_of(swath_map(latitude, longitude, tb, kind="tb", channel="89V"))).reshape(-1, 3)
    scale = tb_scale("89V")
    for end in (0.0, 1.0):
        colour = 255 * np.array(scale.colours(end)[:3])
        assert np.abs(found - colour).sum(axis=1).min() < 12


def test_markdown_carries_the_bytes():
    data = png(training_curves({"training": ([0, 1], [2.0, 1.0])}))
    text = as_markdown(data)
    assert text.startswith("![figure](data:image/png;base64,")
    assert base64.b64decode(text.split(",")[1].rstrip(")")) == data


def test_joint_histogram_counts_every_pixel():
    rng = np.random.default_rng(0)
    reference = np.where(rng.random(3000) < 0.5, 0.0, rng.gamma(0.6, 5, 3000))
    retrieved = reference * rng.lognormal(0, 0.4, 3000)
    retrieved[:10] = np.nan
    figure = joint_histogram(retrieved, reference, kind="rain", title="linear")
    counts = figure.axes[0].collections[0].get_array()
    assert counts.sum() == 2990
    assert counts.max() == counts[0, 0] >= np.sum(reference[10:] == 0)  # dry pixels in the corner
    assert "2,990 pixels" in figure.axes[0].get_title()
    image_of(figure)


def test_joint_histogram_has_the_retrieval_upwards():
    counts = joint_histogram([290.0], [200.0], kind="tb", channel="36.64V").axes[0].collections[0].get_array()
    row, column = np.argwhere(counts.filled(0))[0]
    assert row > 40
    assert column < 15


def test_tb_histograms():
    rng = np.random.default_rng(0)
    samples = {
        name: {"36.64V": rng.normal(mean, 5, 500), "89H": rng.normal(mean, 9, 500)}
        for name, mean in (("source", 210), ("target", 230), ("translated", 229))
    }
    del samples["source"]["89H"]
    figure = tb_histograms({"target": samples["target"], **samples})
    steps = list(figure.axes[0].patches)
    assert len(steps) == 3
    assert len(figure.axes[1].patches) == 2
    for patch in steps:
        assert patch.get_data().values.sum() == pytest.approx(1)
    image_of(figure)


def test_leaderboard_figure(rain_table):
    scores = rain_table(granules=30)
    board = leaderboard(pandas.concat([scores, scores.assign(reference="DPR")]), resamples=50)
    figure = leaderboard_figure(board)
    csi, crps, against_radar, _ = figure.axes
    truth = board[board["reference"] == "truth"]
    assert [label.get_text() for label in csi.get_yticklabels()] == list(truth["method"])
    dots = [line.get_xdata()[0] for line in crps.lines if line.get_marker() == "o"]
    assert dots == list(truth["crps"])
    assert csi.get_ylim()[0] > csi.get_ylim()[1]  # the first method at the top
    assert csi.get_title(loc="left") == "F16_SSMIS against truth, simulated world: 30 overpasses, 30 overpass blocks"
    assert csi.get_xlabel().startswith("CSI at 0.1 mm/h")
    assert against_radar.get_xlabel().startswith("CSI at 0.5 mm/h")
    image_of(figure)
    image_of(leaderboard_figure(leaderboard(rain_table(granules=3))))  # values without intervals


def test_training_curves():
    axes = training_curves({"training": ([0, 10, 20], [3.0, 2.0, 1.0]), "validation": ([20], [1.5])}, label="pinball loss").axes[
        0
    ]
    assert axes.get_yscale() == "log"
    assert [line.get_label() for line in axes.lines] == ["training", "validation"]
    assert training_curves({"score": ([0, 1], [-1.0, 1.0])}).axes[0].get_yscale() == "linear"


def test_scales_know_every_channel():
    from gpm_assets.constellation.instruments import INSTRUMENTS

    for instrument in INSTRUMENTS.values():
        for channel in instrument.channel_names:
            low, high = tb_range(channel)
            assert 50 < low < 200 < high <= 310
    assert tb_range("37V") == tb_range("36.64V")
    assert tb_range("91.665H") == tb_range("89H")
    with pytest.raises(GpmAssetsError, match="no TB range for channel 'rain'"):
        tb_range("rain")
    with pytest.raises(GpmAssetsError, match="no TB range for channel '325V'"):
        tb_range("325V")
