import pytest
import torch
from torch import nn

from models.accelerator import CPU, Accelerator
from models.errors import TrainingError
from models.schedule import Schedule
from models.training import Phase, Run, train

SCHEDULE = Schedule(steps=300, batch=16, learning_rate=0.05, warm_up=10, average=0.9, report_every=100)


def fit(seed, schedule=SCHEDULE, truth=3.0, report=lambda step, metrics: None, accelerator=CPU):
    with accelerator.session(seed):
        model = nn.Linear(1, 1)

        def losses(x):
            return {"error": ((model(x) - truth * x - 1) ** 2).mean()}

        return train(
            model,
            [Phase(list(model.parameters()), losses)],
            lambda step: torch.randn(16, 1),
            schedule,
            Run(seed, accelerator, report),
        )


def test_learns_reports_and_repeats():
    seen = []
    model = fit(0, report=lambda step, metrics: seen.append((step, metrics["error"])))
    assert [step for step, _ in seen] == [100, 200, 300]
    assert seen[-1][1] < 1e-4 < seen[0][1]
    assert (model.weight.item(), model.bias.item()) == pytest.approx((3, 1), abs=1e-2)
    assert not model.training
    assert torch.equal(model.weight, fit(0).weight)
    assert not torch.equal(model.weight, fit(1).weight)


def test_autocast_learns_too():
    model = fit(0, accelerator=Accelerator(precision="bfloat16"))
    assert model.weight.dtype == torch.float32
    assert model.weight.item() == pytest.approx(3, abs=0.05)


def test_session_leaves_seed_and_threads_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    with Accelerator(threads=1).session(0):
        assert torch.get_num_threads() == 1
        torch.rand(3)
    assert torch.rand(1) == expected
    assert torch.get_num_threads() == threads


def test_a_loss_that_is_not_finite_stops_the_run():
    with pytest.raises(TrainingError, match="error not finite in the report of step 100"):
        fit(0, truth=float("nan"))


def test_phases_learn_at_their_own_rates():
    """Adam's first step is as long as its learning rate."""
    schedule = Schedule(steps=1, batch=1, learning_rate=0.01, average=0.0)
    weights = nn.ParameterList(nn.Parameter(torch.zeros(1)) for _ in range(2))
    phases = [
        Phase([weight], lambda x, weight=weight: {"error": (weight - x).square().sum()}, rate)
        for weight, rate in zip(weights, (1.0, 4.0), strict=True)
    ]
    train(weights, phases, lambda step: torch.ones(1), schedule, Run())
    assert [weight.item() for weight in weights] == pytest.approx([0.01, 0.04], rel=1e-3)
