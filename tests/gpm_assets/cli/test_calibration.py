"""`gpm-assets calibration` for people: levels down, methods across, what does not hold is marked, what is missing is a dash."""

import io

import numpy as np
import pandas
import pytest
from rich.console import Console

from gpm_assets.cli.calibration import tables
from gpm_assets.evaluation.coverage import COLUMNS, JUDGED


def make_table(interval=0.01, **more):
    """Rows as `evaluation.coverage` makes them: one method that holds, one off by 0.1 and without a median."""
    rows = []
    for method, off in (("drain", 0.0), ("bmci", 0.1)):
        for measure, level in (*(("coverage", level) for level in JUDGED), ("bias", np.nan)):
            expected = level if measure == "coverage" else 0.0
            value = expected + (off if measure == "coverage" else 100 * off)
            row = {"method": method, "measure": measure, "level": level, "expected": expected, "value": value, "holds": off == 0}
            if method == "bmci" and level == 0.5:
                row |= {"value": np.nan, "holds": None}
            rows.append(row | {"low": row["value"] - interval, "high": row["value"] + interval})
    known = {"world": "simulated", "sensor": "GPM_GMI", "reference": "DPR", "split": "test", "likely": 1200, "pixels": 34_000}
    known |= {"seeds": 1, "overpasses": 75, "blocks": 25, "block_unit": "day"} | more
    return pandas.DataFrame(rows).assign(**known)[list(COLUMNS)]


def shown(table, width=80):
    console = Console(file=io.StringIO(), width=width)
    for each in tables(table):
        console.print(each)
    return console.file.getvalue()


def lines(text):
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}


def test_levels_down_methods_across_and_marks():
    text = shown(make_table())
    found = lines(text)
    assert "GPM_GMI against DPR, simulated world" in text
    assert found["level"] == ["drain", "bmci"]
    assert found["0.05"] == ["0.050", "±0.010", "0.150", "±0.010", "*"]
    assert found["1/3"] == ["0.333", "±0.010", "0.433", "±0.010", "*"]
    assert found["2/3"][0] == "0.667"
    assert found["0.50"] == ["0.500", "±0.010", "–"]
    assert found["bias,"] == ["%", "0.0", "±0.0", "10.0", "±0.0", "*"]
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("interval", "said"), [(0.01, "by 25 day blocks"), (np.nan, "no intervals: 25 day blocks")])
def test_the_caption_says_what_it_rests_on(interval, said):
    text = " ".join(shown(make_table(interval)).split())
    assert said in text
    assert "drain: P(rain) is at least 0.05 at 1,200 of 34,000 pixels" in text
    assert ("±0" in text) == np.isfinite(interval)
