"""The curve of a training run: its metrics by step, live in MLflow and at hand for a figure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass
class Curve:
    """Metrics of a training run by step, sent to MLflow in batches; what it has of a step is not sent again."""

    client: MlflowClient
    run_id: str
    history: dict[int, dict[str, float]] = field(default_factory=dict)

    @property
    def series(self) -> dict[str, tuple[list[int], list[float]]]:
        """Steps and values of every metric that was reported more than once."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for step, metrics in sorted(self.history.items()):
            for name, value in metrics.items():
                steps, values = found.setdefault(name, ([], []))
                steps.append(step)
                values.append(value)
        return {name: lists for name, lists in found.items() if len(lists[0]) > 1}

    def __call__(self, step: int, metrics: Mapping[str, float]) -> None:
        """Report the metrics of a step: seen live in MLflow's UI."""
        from mlflow.entities import Metric

        told, now = self.history.setdefault(step, {}), int(time.time() * 1000)
        new = {key: float(value) for key, value in metrics.items() if key not in told}
        self.client.log_batch(self.run_id, metrics=[Metric(key, value, now, step) for key, value in new.items()])
        told.update(new)

    def read_back(self) -> None:
        """Take up what MLflow has of this run."""
        for key in self.client.get_run(self.run_id).data.metrics:
            for point in self.client.get_metric_history(self.run_id, key):
                self.history.setdefault(point.step, {})[key] = point.value
