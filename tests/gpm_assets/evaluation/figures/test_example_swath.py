"""Example swaths: a strip a field, the radar's rim on all of them, small files."""

import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures import example_swath_figure, png
from gpm_assets.evaluation.figures.quicklook import Panel
from gpm_assets.evaluation.figures.scales import probability_scale, rain_scale, tb_scale


def test_every_field_has_its_strip_and_the_radar_its_rim(orbit):
    swath = orbit("GPM_GMI", 120)[0]
    rain = np.random.default_rng(0).gamma(0.2, 4.0, swath.shape)
    panels = [
        Panel(swath, "89H TB", swath.channel("89H"), tb_scale("89H")),
        Panel(swath, "DPR rain", rain, rain_scale()),
        Panel(swath, "P(rain)", np.minimum(rain, 1.0), probability_scale()),
    ]
    assert [panel.unit for panel in panels] == ["K", "mm/h", ""]
    seen = np.zeros(swath.shape, bool)
    seen[:, 80:140] = True
    bare = example_swath_figure(panels, world="simulated", title="GPM_GMI")
    figure = example_swath_figure(panels, world="simulated", outlined=seen, title="GPM_GMI")
    strips = [axes for axes in figure.axes if axes.images]
    assert [axes.get_ylabel() for axes in strips] == ["89H TB", "DPR rain", "P(rain)"]
    for axes, panel, plain in zip(strips, panels, (one for one in bare.axes if one.images), strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), np.ma.masked_invalid(panel.values.T))
        assert len(axes.collections) == len(plain.collections) + 1
        rim = axes.collections[-1].get_paths()[0].vertices
        assert rim[:, 1].min() == pytest.approx(80 / swath.shape[1], abs=0.01)
        assert rim[:, 1].max() == pytest.approx(140 / swath.shape[1], abs=0.01)
    assert "simulated" in figure.get_suptitle()
    assert len(png(figure)) < 100_000


def test_nothing_to_draw_is_said():
    with pytest.raises(GpmAssetsError, match="at least one field"):
        example_swath_figure([], world="real")
