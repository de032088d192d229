"""`Evaluator`: anybody's method, scored on the same data, pixels and references as the platform's own, in three lines.

    from gpm_assets import Evaluator
    evaluation = Evaluator("F16_SSMIS", ["2019-07"]).score(lambda swath: my_rain(swath.tb), "mine")
    print(evaluation)

The function takes a `Swath` on the GMI-like sampling and gives rain (scan, pixel) in mm/h, or pseudo-TB in K with a last axis of
GMI's 13 channels or DRAIN's four, which DRAIN retrieves. A scene on which it fails is counted, shown, and missing in its scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpm_assets.errors import RequestError
from gpm_assets.settings import Home

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pandas import DataFrame

    from gpm_assets.evaluation.methods import Method
    from gpm_assets.evaluation.scoring import Failure
    from gpm_assets.swath import Swath


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of one function beside those of GMI's own TB (`gmi`) and of the sensor's raw TB (`raw`), where that exists; on GMI
    itself beside DRAIN's.

    `tables` of sums by name, as the platform's own scores; `board` a row a reference and method; `failures` overpasses on which a
    method failed, and why.
    """

    tables: dict[str, DataFrame]
    failures: tuple[Failure, ...]

    @property
    def board(self) -> DataFrame:
        """The leaderboard of these methods: measures, intervals, numbers of pixels and blocks."""
        from gpm_assets.evaluation.leaderboard import leaderboard

        return leaderboard(self.tables["rain"], self.tables.get("tb"))

    def by(self, *strata: str) -> DataFrame:
        """Measures by one stratum or two crossed, with the number of pixels: see `evaluation.strata.STRATA`."""
        from gpm_assets.evaluation.by_strata import measures_by

        return measures_by(self.tables["strata"], *strata)

    def __str__(self) -> str:
        import io

        from rich.console import Console

        from gpm_assets.cli.leaderboard import tables

        console = Console(width=110, record=True, file=io.StringIO())
        for shown in tables(self.board, wide=True):
            console.print(shown)
        for one in self.failures:
            console.print(f"failed: {one.method} on {one.overpass}: {one.reason}")
        return console.export_text()


class Evaluator:
    """Data of some months of a sensor in a home, and what functions are held against.

    `months` are validation or test months; the first that the home has no swaths or references of raises ProvenanceError.
    """

    def __init__(self, sensor: str, months: Sequence[str] | str, *, home: Path | None = None) -> None:
        from gpm_assets.assets import references, retrieval
        from gpm_assets.collocation import calendar
        from gpm_assets.resources.registry import RegistryResource

        self.home, self.sensor = Home(home), sensor
        self.months = (months,) if isinstance(months, str) else tuple(months)
        self.split = {month: calendar.month_split(month, sensor) for month in self.months}
        if trained := [month for month, split in self.split.items() if split == "train"]:
            raise RequestError(f"{', '.join(trained)} trains {sensor}: only validation and test months are scored")
        if len(set(self.split.values())) > 1:
            raise RequestError(f"months of different splits are not scored together: {self.split}")
        for month in self.months:
            references.inputs(self.home, sensor, month)
        self.drain = retrieval.load_champion(self.home, RegistryResource().open(self.home))

    def score(
        self,
        function: Callable[[Swath], NDArray[np.floating]],
        name: str = "function",
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Evaluation:
        """Scores of a function from a `Swath` to rain (scan, pixel) in mm/h or TB (scan, pixel, channel) in K."""
        import pandas

        from gpm_assets.assets import references
        from gpm_assets.evaluation.methods import of_function
        from gpm_assets.evaluation.scoring import tables_of

        methods = [of_function(name, function, self.drain), *self._raw()]
        frames: dict[str, list[Any]] = {}
        failures: list[Failure] = []
        total, done = sum(references.count(self.home, self.sensor, month) for month in self.months), 0
        for month in self.months:
            keys = {
                "world": self.home.settings.world,
                "sensor": self.sensor,
                "month": month,
                "split": self.split[month],
                "trained_in": self.home.settings.models.world or self.home.settings.world,
            }
            for overpass in references.overpasses(self.home, self.sensor, month, self.drain):
                found, failed = tables_of(overpass, methods, keys)
                failures += failed
                for table, rows in found.items():
                    frames.setdefault(table, []).extend(rows)
                done += 1
                if progress:
                    progress(done, total)
        if not frames:
            months = ", ".join(self.months)
            raise RequestError(f"no pixel of {self.sensor} in {months} has every channel and a reference: nothing to score")
        tables = {table: pandas.concat(rows, ignore_index=True) for table, rows in frames.items()}
        return Evaluation(tables, tuple(failures))

    def _raw(self) -> list[Method]:
        """Raw TB of the nearest channels, where the sensor has all that DRAIN reads; of GMI, DRAIN by its own name."""
        from gpm_assets.assets import retrieval
        from gpm_assets.constellation.instruments import REFERENCE, instrument
        from gpm_assets.constellation.spectral_match import nearest_channels
        from gpm_assets.evaluation.methods import of_retrieval, of_translator
        from gpm_assets.evaluation.yardsticks import RAW
        from models.translators.nearest import NearestChannel, NearestConfig

        if self.sensor == REFERENCE:
            return [of_retrieval(retrieval.METHOD, self.drain)]
        row = instrument(self.sensor)
        nearest = nearest_channels(row)
        if not all(channel in nearest for channel in self.drain.channels):
            return []
        sources = tuple(nearest[channel] for channel in self.drain.channels)
        model = NearestChannel(NearestConfig(row.channel_names, tuple(self.drain.channels), sources))
        return [of_translator(RAW, model.eval(), self.drain)]
