"""The coloured table has the numbers of the rows where they belong, and hatched cells where pixels are few."""

import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures import domain_shift_figure, png
from gpm_assets.geography.zones import LATITUDE_BANDS, SURFACES

PAIRS = [("37V", "36.64V"), ("91.665V", "89V"), ("183.31±3H", "183.31±3V")]


def row(pair, kind, band, value, pixels=5000, reference_pixels=8000):
    names = {"channel": pair[0], "reference_channel": pair[1], "surface": kind, "latitude_band": band}
    counts = {"pixels": pixels, "reference_pixels": reference_pixels}
    shift = None if value is None else abs(value) + 0.5
    return {**names, **counts, "mean_difference_k": value, "deviation_ratio": 1.0, "distance_k": shift, "shape_k": 0.5}


def a_table(bands=tuple(LATITUDE_BANDS)):
    classes = [(kind, band) for kind in SURFACES for band in bands]
    random = np.random.default_rng(1)
    return [row(pair, *place, float(random.normal(0, 9))) for pair in PAIRS for place in classes]


def panels_of(figure):
    return figure.axes[:2]


@pytest.mark.parametrize("bands", [tuple(LATITUDE_BANDS), ("mid-latitudes",)])
def test_numbers_stand_in_their_cells(bands):
    rows = a_table(bands)
    figure = domain_shift_figure(rows, title="F16_SSMIS")
    for axes, name, number in zip(panels_of(figure), ("mean_difference_k", "distance_k"), ("{:+.1f}", "{:.1f}"), strict=True):
        np.testing.assert_allclose(axes.images[0].get_array().ravel(), [one[name] for one in rows])
        assert [text.get_text() for text in axes.texts] == [number.format(one[name]) for one in rows]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["37V → 36.64V", "91.665V → 89V", "183.31±3H → 183.31±3V"]
    assert len(panels_of(figure)[0].get_xticks()) == 3 * len(bands)
    assert len(png(figure)) < 100_000


def test_order_follows_the_zones_not_the_rows():
    figure = domain_shift_figure(a_table()[::-1])
    names = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert names == [f"{kind}, {band}" for kind in SURFACES for band in LATITUDE_BANDS]


def test_few_pixels_are_hatched_and_have_no_number():
    rows = [row(PAIRS[0], "sea", "tropics", 3.0), row(PAIRS[0], "land", "tropics", 30.0, pixels=10)]
    rows += [
        row(PAIRS[0], "coast", "tropics", -2.0, reference_pixels=10),
        row(PAIRS[0], "coast", "high latitudes", None, pixels=0),
    ]
    for axes in panels_of(domain_shift_figure(rows)):
        assert axes.images[0].get_array().mask.tolist() == [[False, True, True, True]]
        assert len(axes.texts) == 1
        assert axes.patch.get_hatch()
    loose = domain_shift_figure(rows, min_pixels=0)
    assert loose.axes[0].images[0].get_array().mask.tolist() == [[False, False, False, True]]
    assert len(png(domain_shift_figure(rows, min_pixels=10**9))) < 100_000


def test_no_shift_is_white_and_signs_are_apart():
    image = domain_shift_figure(
        [row(PAIRS[0], kind, "tropics", value) for kind, value in zip(SURFACES, (0.0, 8.0, -8.0), strict=True)]
    )
    still, warm, cold = image.axes[0].images[0].to_rgba(image.axes[0].images[0].get_array())[0]
    assert min(still[:3]) > 0.9
    assert warm[0] > warm[2]
    assert cold[2] > cold[0]


def test_no_rows_are_said():
    with pytest.raises(GpmAssetsError, match="no rows to draw"):
        domain_shift_figure([])
