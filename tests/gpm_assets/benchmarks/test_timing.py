import time

import pytest

from gpm_assets.benchmarks.timing import Contender, Limit, Report, Timing, alternate, judge


def test_contenders_take_turns_and_are_timed_by_the_clock_on_the_wall():
    order = []
    naps = {"short": 0.01, "long": 0.03}

    def nap(name):
        order.append(name)
        time.sleep(naps[name])

    short, long = alternate([Contender(name, lambda name=name: nap(name)) for name in naps], 3)
    assert order == ["short", "long"] * 3
    assert (short.name, long.name) == ("short", "long")
    assert len(short.seconds) == len(long.seconds) == 3
    assert min(short.seconds) >= 0.01
    assert min(long.seconds) >= 0.03


def test_preparing_comes_before_every_run_and_off_the_clock():
    order = []

    def prepare():
        order.append("prepare")
        time.sleep(0.05)

    (timing,) = alternate([Contender("one", lambda: order.append("run"), prepare)], 2)
    assert order == ["prepare", "run"] * 2
    assert min(timing.seconds) < 0.05


def test_limits_are_held_against_the_median_of_the_ratios_turn_by_turn():
    timings = (Timing("a", (1.0, 2.0, 90.0)), Timing("b", (4.0, 4.0, 180.0)))
    limits = (Limit("b", "a", at_least=2.0), Limit("b", "a", at_most=1.9), Limit("a", "b", at_least=0.5, at_most=1.0))
    verdicts = judge(timings, limits)
    assert [verdict.ratio for verdict in verdicts] == [2.0, 2.0, 0.5]
    assert timings[1].median_s == 4.0
    assert [verdict.met for verdict in verdicts] == [True, False, True]
    assert not Report("x", {}, {}, timings, verdicts).passed
    assert Report("x", {}, {}, timings, verdicts[:1]).passed


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit("a", "b", at_most=1.3), "a takes at most 1.3 times as long as b"),
        (Limit("a", "b", at_least=5.0), "a takes at least 5 times as long as b"),
        (Limit("a", "b", at_least=0.5, at_most=2), "a takes at least 0.5 and at most 2 times as long as b"),
    ],
)
def test_a_limit_reads_as_a_sentence(limit, words):
    assert str(limit) == words
