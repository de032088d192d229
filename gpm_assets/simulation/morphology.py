"""The shape of storms: scales, areas, rates and spreads between systems, one row a world.

World A is the one that methods are built on. World B has the same climate and other weather: smaller and rougher cells, less of
the rain convective, larger and more variable drops, more aggregates than graupel: for tests alone. All numbers are tuned: world
A's to the rain that satellites and rain gauges find (tests hold occurrence, amounts, distribution and spectrum), B's to differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from gpm_assets.simulation.noise import Layer

SYNOPTIC = Layer("synoptic", 1600.0, 8000.0, 5.0, 36.0)
FRONTS = Layer("fronts", 1500.0, 5000.0, 4.0, 48.0)
CLUSTERS = Layer("clusters", 450.0, 2400.0, 4.5, 12.0, size=96)
TERRAIN = Layer("terrain", 160.0, 2000.0, 3.5, float("inf"))
GROUND_WATER = Layer("ground water", 320.0, 2500.0, 3.5, 120.0, drifts=False)
MESOSCALE = Layer("mesoscale", 60.0, 500.0, 4.2, 4.0, size=96)
CELLS = Layer("cells", 9.0, 90.0, 3.9, 1.0, size=128)


@dataclass(frozen=True)
class Morphology:
    """Numbers of one world.

    `mesoscale`, `cells`: layers of texture. `front_share` of the variance of a mid-latitude system that is the front itself, the
    rest is the storm along it. Areas are factors on the climate's share of time with steady, convective and shallow rain.
    Rates of each kind are log-normal: median in mm/h in warm air, and standard deviation of the logarithm. `drop_size`
    is the mean of the factor on drop diameter; `habit` and `cell_habit` run from 0 (dense graupel) to 1 (aggregates) in
    steady and convective rain. Spreads are between systems: of the logarithms of drop size, ice mass and rain aloft over
    rain below, and of the habit.
    """

    mesoscale: Layer = MESOSCALE
    cells: Layer = CELLS
    front_share: float = 0.75
    steady_area: float = 1.0
    convective_area: float = 1.0
    shallow_area: float = 1.0
    steady_rate: tuple[float, float] = (0.78, 1.10)
    convective_rate: tuple[float, float] = (3.0, 1.15)
    shallow_rate: tuple[float, float] = (0.28, 0.90)
    drop_size: float = 1.0
    drop_spread: float = 0.15
    habit: float = 0.60
    cell_habit: float = 0.25
    habit_spread: float = 0.15
    ice_spread: float = 0.35
    aloft_spread: float = 0.12


WORLDS = {
    "A": Morphology(),
    "B": Morphology(
        mesoscale=Layer("mesoscale B", 50.0, 350.0, 3.6, 3.0, size=96),
        cells=Layer("cells B", 9.0, 70.0, 3.4, 0.7, size=128),
        front_share=0.45,
        steady_area=1.1,
        convective_area=0.75,
        shallow_area=1.1,
        steady_rate=(0.70, 1.15),
        convective_rate=(3.0, 1.25),
        drop_size=1.15,
        drop_spread=0.22,
        habit=0.75,
        cell_habit=0.40,
        habit_spread=0.18,
        ice_spread=0.50,
        aloft_spread=0.20,
    ),
}
"""Morphologies by the name of their world."""

WORLD_A = WORLDS["A"]
