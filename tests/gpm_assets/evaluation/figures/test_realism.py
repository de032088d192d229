"""Every figure of the realism report is drawn, small, and says what it shows."""

import pytest

from gpm_assets.evaluation.figures import png
from gpm_assets.evaluation.figures.realism import FIGURES, draw
from gpm_assets.evaluation.realism.report import report
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.realism import Extent

LABELS = {
    "channels": "mean TB (K)",
    "polarisation": "36.64V - 36.64H (K)",
    "maps": "rain rate (mm/h)",
    "rates": "rain rate (mm/h)",
    "seasons": "latitude (degrees)",
    "spectra": "wavelength along the scan (km)",
}


@pytest.fixture(scope="module")
def found():
    return report(Nature(1), Extent(pieces=6, scans=6, lines=60, moments=300, map_step_deg=5.0))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_small_and_labelled(found, name):
    figure = draw(name, found.sample, found.tables)
    texts = {label for axes in figure.axes for label in (axes.get_xlabel(), axes.get_ylabel())}
    assert LABELS[name] in texts
    data = png(figure)
    assert data.startswith(b"\x89PNG")
    assert 5_000 < len(data) < 100_000


def test_channels_outside_their_limits_stand_out(found):
    tables = found.tables | {"channels": [dict(row) for row in found.tables["channels"]]}
    row = next(row for row in tables["channels"] if row["surface"] == "sea" and row["channel"] == "10.65V")
    row["simulated_mean"] = row["real_mean"] + 20
    sea = draw("channels", found.sample, tables).axes[0]
    (outside,) = (line for line in sea.get_lines() if line.get_label() == "simulated, outside")
    assert 0 in outside.get_xdata()
