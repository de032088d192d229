"""Strata as coloured tables: numbers in their cells, few pixels grey, no value hatched."""

import numpy as np
import pandas
import pytest
from matplotlib.patches import Rectangle

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures import crossed_strata_figure, png, strata_figure

METHODS, CLASSES = ("gmi", "linear", "raw"), ("sea", "land")


def a_table(names=("method", "class"), counts=(5e5, 2e6, 999, 12_345, 1000, 3400)):
    cells = [(one, other) for one in METHODS for other in CLASSES]
    rows = [dict(zip(names, cell, strict=True)) | {"value": index / 10, "n": counts[index]} for index, cell in enumerate(cells)]
    return pandas.DataFrame(rows)


def grey(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


@pytest.mark.parametrize(("make", "names"), [(strata_figure, ("method", "class")), (crossed_strata_figure, ("row", "column"))])
def test_numbers_stand_in_their_cells(make, names):
    figure = make(a_table(names)[::-1], measure="CSI at 0.1 mm/h", world="simulated", title="F16_SSMIS")
    axes = figure.axes[0]
    assert "simulated" in figure.get_suptitle()
    assert [label.get_text() for label in axes.get_yticklabels()] == list(METHODS[::-1])
    found = {text.get_position(): text.get_text() for text in axes.texts}
    assert found[0, 0] == "0.5\nn 3.4 k"
    assert found[1, 2] == "0\nn 500 k"
    assert found[0, 2] == "0.1\nn 2.0 M"
    assert found[1, 1] == "0.2\nn 999"
    assert axes.images[0].get_array().mask.sum() == len(grey(axes)) == 1
    assert grey(axes)[0].get_xy() == (0.5, 0.5)
    assert len(png(figure)) < 100_000


def test_what_lacks_is_hatched_and_what_is_few_is_grey():
    table = a_table().drop(index=5)
    table.loc[0, "value"] = np.nan
    axes = strata_figure(table, measure="CSI", world="real", fewest=10**4).axes[0]
    assert axes.patch.get_hatch()
    assert axes.images[0].get_array().mask.tolist() == [[True, False], [True, False], [True, True]]
    assert len(grey(axes)) == 2
    assert len(axes.texts) == 4


def test_bright_is_good():
    def colours(better):
        image = strata_figure(a_table(), measure="CRPS (mm/h)", world="real", better=better, fewest=1).axes[0].images[0]
        return image.to_rgba(image.get_array())[[0, 2], [0, 1], :3].mean(axis=-1)

    low, high = colours(1)
    assert low < high
    low, high = colours(-1)
    assert low > high


def test_intervals_are_written():
    table = a_table().assign(low=0.05, high=0.61)
    axes = strata_figure(table, measure="CSI", world="real").axes[0]
    assert axes.texts[0].get_text() == "0\n0.05 to 0.61\nn 500 k"


def test_nothing_and_twice_are_said():
    with pytest.raises(GpmAssetsError, match="table of CSI has no rows"):
        strata_figure(a_table()[:0], measure="CSI", world="real")
    with pytest.raises(GpmAssetsError, match="holds gmi, sea twice"):
        strata_figure(pandas.concat([a_table(), a_table()]), measure="CSI", world="real")
