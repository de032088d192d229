"""Figures of collocation: areas, medians and measures are those of the pairs, pictures are small, and nothing says so."""

import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures import match_density, matched_channels, png, rain_histogram, time_differences
from gpm_assets.evaluation.figures.collocation import RAIN_EDGES_MM_H, pair_density, rain_shares

SMALL = 100_000
"""As base64 in Markdown 133 kB."""


def test_the_density_is_per_area():
    """Pairs spread evenly over the sphere are as dense near the pole as at the equator."""
    random = np.random.default_rng(1)
    number = 2_000_000
    latitude, longitude = np.degrees(np.arcsin(random.uniform(-1, 1, number))), random.uniform(-180, 180, number)
    density = pair_density(latitude, longitude)
    assert density.shape == (90, 180)
    mean = number / (4 * np.pi * 6371.0**2) * 1e4
    np.testing.assert_allclose(density.mean(axis=1), mean, rtol=0.2)
    np.testing.assert_allclose(density[30:60].mean(), mean, rtol=0.01)


def test_a_pair_lies_in_its_cell_at_any_turn_of_longitude():
    for longitude in (-179.5, 180.5, 180.0):
        density = pair_density(np.array([0.5]), np.array([longitude]))
        assert np.argwhere(density).tolist() == [[45, 0]]
    assert density.max() == pytest.approx(1e4 / 222.4**2, rel=0.01)  # one pair in 2 by 2 degrees at the equator


def test_the_map_leaves_empty_cells_blank():
    random = np.random.default_rng(2)
    latitude, longitude = random.normal(-40, 5, 5000), random.normal(130, 6, 5000)
    latitude[:10] = np.nan
    figure = match_density(latitude, longitude, title="F16_SSMIS and GMI")
    axes, bar = figure.axes
    cells = axes.images[0].get_array()
    assert cells.shape == (90, 180)
    assert 0.9 < np.ma.getmaskarray(cells).mean() < 1
    assert axes.get_title() == "F16_SSMIS and GMI (4,990 pairs)"
    assert bar.get_ylabel() == "pairs per 10,000 km²"
    assert len(png(figure)) < SMALL


def test_a_full_world_is_small_too():
    random = np.random.default_rng(3)
    figure = match_density(np.degrees(np.arcsin(random.uniform(-1, 1, 300_000))), random.uniform(-180, 180, 300_000))
    assert len(png(figure)) < SMALL


def test_median_and_quartiles_are_told_in_minutes():
    seconds = np.random.default_rng(4).normal(-120, 200, 5000)
    seconds[0], seconds[1] = np.nan, -900.0
    figure = time_differences(seconds, window_s=900.0)
    (axes,) = figure.axes
    lower, median, upper = np.nanpercentile(seconds, [25, 50, 75]) / 60
    assert [line.get_xdata()[0] for line in axes.lines] == pytest.approx([median, lower, upper])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [f"median {median:+.1f} min", f"quartiles {lower:+.1f} and {upper:+.1f} min"]
    assert axes.get_xlim() == (-15.0, 15.0)
    assert axes.patches[0].get_data().values.sum() == pytest.approx(100)
    assert len(png(figure)) < SMALL


def drawn_pairs(pairs=20_000, seed=5):
    random = np.random.default_rng(seed)
    target = random.normal([230, 260, 250], [30, 15, 10], (pairs, 3))
    return target + random.normal([5, 0, -2], [4, 2, 1], target.shape), target


NAMES = [("37V", "36.64V"), ("91.665V", "89V"), ("183.31±3H", "183.31±3V")]


def test_channels_are_pairwise_with_their_measures():
    source, target = drawn_pairs()
    source[:100, 1] = np.nan
    figure = matched_channels(source, target, NAMES)
    panels = figure.axes[:3]
    for axes, (own, other), index in zip(panels, NAMES, range(3), strict=True):
        both = np.isfinite(source[:, index])
        off = (source - target)[both, index]
        r = np.corrcoef(source[both, index], target[both, index])[0, 1]
        (text,) = axes.texts
        expected = f"n {both.sum():,}\nbias {off.mean():+.1f} K\nrmse {np.sqrt(np.mean(off**2)):.1f} K\nr {r:.2f}"
        assert text.get_text() == expected
        assert (axes.get_xlabel(), axes.get_ylabel()) == (f"GMI {other} (K)", f"{own} (K)")
        assert axes.collections[0].get_array().sum() == both.sum()
    assert len(png(figure)) < SMALL


def test_the_partner_goes_up():
    counts = matched_channels([[290.0]], [[200.0]], [("37V", "36.64V")]).axes[0].collections[0].get_array()
    row, column = np.argwhere(counts.filled(0))[0]
    assert row > 30
    assert column < 15


def test_thirteen_channels_are_legible_and_small_and_a_dead_one_is_named():
    from gpm_assets.constellation.instruments import INSTRUMENTS

    names = [(name, name) for name in INSTRUMENTS["GPM_GMI"].channel_names]
    random = np.random.default_rng(6)
    target = random.normal(230, 40, (50_000, 13))
    source = target + random.normal(0, 8, target.shape)
    source[:, 4] = np.nan
    figure = matched_channels(source, target, names)
    assert [axes.texts[0].get_text() for axes in figure.axes[:13]].count("no pairs") == 1
    assert len(png(figure)) < SMALL


def test_shares_add_up():
    random = np.random.default_rng(7)
    rain = np.where(random.random(100_000) < 0.9, random.uniform(0, 0.0999, 100_000), random.lognormal(0, 1.5, 100_000))
    rain[:3] = [0.1, 500.0, 158.0]
    often, much = rain_shares(rain)
    width = np.diff(np.log10(RAIN_EDGES_MM_H))
    assert np.sum(often * width) == pytest.approx(100 * np.mean(rain >= 0.1))
    assert np.sum(much * width) == pytest.approx(100)
    assert often[0] >= 100 / rain.size / width[0]
    inside = (rain >= RAIN_EDGES_MM_H[10]) & (rain < RAIN_EDGES_MM_H[11])
    assert much[10] * width[10] == pytest.approx(100 * rain[inside].sum() / rain[rain >= 0.1].sum())


def test_rain_of_several_samples_has_its_dry_share():
    random = np.random.default_rng(8)
    wet = random.lognormal(0, 1, 2000)
    samples = {"near surface": np.concatenate([wet, np.zeros(6000), [np.nan]]), "CMB": 1.2 * wet, "surface": [np.nan]}
    figure = rain_histogram(samples)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    dry = 100 * np.mean(1.2 * wet < 0.1)
    assert labels[0].startswith("near surface: 75.")
    assert labels[1:] == [f"CMB: {dry:.1f} % of 2,000 pixels dry", "surface: no pixels"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["% of pixels per decade", "% of volume per decade"]
    assert len(png(figure)) < SMALL


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: match_density([], []), "at least one pair with a position"),
        (lambda: match_density([np.nan], [3.0]), "at least one pair with a position"),
        (lambda: time_differences([]), "at least one pair"),
        (lambda: matched_channels(np.zeros((0, 1)), np.zeros((0, 1)), [("37V", "36.64V")]), "no pair with both"),
        (lambda: matched_channels([[np.nan]], [[200.0]], [("37V", "36.64V")]), "no pair with both"),
        (lambda: matched_channels([[200.0]], [[200.0]], NAMES), "1 channels in the data, 3 names"),
        (lambda: matched_channels(np.zeros((0, 0)), np.zeros((0, 0)), []), "no pair with both"),
        (lambda: rain_histogram({}), "no samples"),
        (lambda: rain_histogram({"CMB": [np.nan]}), "none in: CMB"),
    ],
)
def test_nothing_to_draw_is_said(draw, message):
    with pytest.raises(GpmAssetsError, match=message):
        draw()
