"""Figures for people: maps, distributions, collocations, the leaderboard, training curves; small PNG that fit asset metadata.

Every function returns a matplotlib `Figure` made without pyplot, so that nothing is kept and threads do not meet.
"""

from gpm_assets.evaluation.figures.charts import joint_histogram, leaderboard_figure, tb_histograms, training_curves
from gpm_assets.evaluation.figures.collocation import match_density, matched_channels, rain_histogram, time_differences
from gpm_assets.evaluation.figures.distributions import rain_distribution_figure
from gpm_assets.evaluation.figures.domain_shift import domain_shift_figure
from gpm_assets.evaluation.figures.example_swath import example_swath_figure
from gpm_assets.evaluation.figures.maps import before_after, rain_map, swath_map
from gpm_assets.evaluation.figures.png import as_markdown, png
from gpm_assets.evaluation.figures.reliability import reliability_figure
from gpm_assets.evaluation.figures.scatter import scatter_figure
from gpm_assets.evaluation.figures.spectra import spectra_figure
from gpm_assets.evaluation.figures.strata_tables import crossed_strata_figure, strata_figure
from gpm_assets.evaluation.figures.tb_joint import joint_tb_figure

__all__ = [
    "as_markdown",
    "before_after",
    "crossed_strata_figure",
    "domain_shift_figure",
    "example_swath_figure",
    "joint_histogram",
    "joint_tb_figure",
    "leaderboard_figure",
    "match_density",
    "matched_channels",
    "png",
    "rain_distribution_figure",
    "rain_histogram",
    "rain_map",
    "reliability_figure",
    "scatter_figure",
    "spectra_figure",
    "strata_figure",
    "swath_map",
    "tb_histograms",
    "time_differences",
    "training_curves",
]
