import pytest

from models.schedule import Schedule


def test_rates():
    warm = Schedule(steps=100, batch=1, learning_rate=1, warm_up=9)
    assert warm.rate(0) == pytest.approx(0.1)
    assert warm.rate(100) == pytest.approx(0)
    late = Schedule(steps=100, batch=1, learning_rate=1, decay="half_linear")
    assert [late.rate(step) for step in (0, 50, 75, 100)] == pytest.approx([1, 1, 0.5, 0])


def test_what_is_due_every_so_often_is_due_at_the_end():
    schedule = Schedule(steps=10, batch=1, learning_rate=1)
    assert [step for step in range(1, 11) if schedule.due(4, step)] == [4, 8, 10]
