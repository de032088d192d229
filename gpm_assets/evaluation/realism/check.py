"""A check: a number that must lie between two others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """A number, what it must not fall below and not exceed, and its unit."""

    name: str
    value: float
    low: float
    high: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether it lies between; a number that could not be had (NaN) does not."""
        return bool(self.low <= self.value <= self.high)

    @property
    def row(self) -> Row:
        """A row of the table of checks."""
        return {
            "verdict": verdict(self.holds),
            "value": float(self.value),
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "check": self.name,
        }

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name}: {self.value:.3g}{unit}, allowed {self.low:g} to {self.high:g}{unit}"


def verdict(holds: bool) -> str:
    """`within` or `outside`."""
    return "within" if holds else "outside"
