"""Figures for people: maps of swaths, distributions, the leaderboard, training curves; small PNG that fit into asset metadata.

Every function returns a matplotlib `Figure` made without pyplot, so that nothing is kept and threads do not meet.
"""

from gpm_assets.evaluation.figures.charts import joint_histogram, leaderboard_figure, tb_histograms, training_curves
from gpm_assets.evaluation.figures.maps import before_after, rain_map, swath_map
from gpm_assets.evaluation.figures.png import as_markdown, png

__all__ = [
    "as_markdown",
    "before_after",
    "joint_histogram",
    "leaderboard_figure",
    "png",
    "rain_map",
    "swath_map",
    "tb_histograms",
    "training_curves",
]
