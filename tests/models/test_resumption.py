"""Interrupted and taken up again, a run gives what it would have given: bit by bit, on the processor."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from models.accelerator import Accelerator
from models.errors import TrainingError
from models.networks.layers import channels_last
from models.resumption import FILE
from models.schedule import Schedule
from models.training import Phase, Run, train

ONE = Accelerator(threads=1)
SCHEDULE = Schedule(
    steps=40, batch=4, learning_rate=0.02, warm_up=5, average=0.9, weight_decay=1e-3, report_every=4, validate_every=6
)


class Net(nn.Module):
    """A convolution in the layout of our networks, with chance in its forward pass."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.GELU(), nn.Dropout(0.2), nn.Conv2d(4, 1, 3, padding=1))
        channels_last(self)

    def forward(self, x):
        return self.layers(x)[:, 0]


class Trial:
    """Training a `Net`, interrupted when each of some numbers of steps has been drawn in all; `told` are its reports."""

    def __init__(self, folder=None, interrupted_at=(), schedule=SCHEDULE, seed=3, validated=True):
        self.folder, self.interrupted_at, self.schedule, self.seed = folder, sorted(interrupted_at), schedule, seed
        self.drawn, self.told, self.validated = [], [], validated

    def once(self):
        run = Run(self.seed, ONE, lambda step, metrics: self.told.append((step, metrics)), self.folder)
        with run.session():
            model = Net()
            phase = Phase(list(model.parameters()), lambda x: {"error": (model(x) - x.prod(1)).square().mean()})
            held_out = torch.randn(8, 2, 6, 6, generator=torch.Generator().manual_seed(1))

            def validate(average):
                return float((average(held_out) - held_out.prod(1)).square().mean())

            return train(model, [phase], self.draw, self.schedule, run, validate=validate if self.validated else None)

    def draw(self, step):
        self.drawn.append(step)
        if self.interrupted_at and len(self.drawn) == self.interrupted_at[0]:
            self.interrupted_at.pop(0)
            raise KeyboardInterrupt
        return torch.randn(4, 2, 6, 6)

    def to_the_end(self):
        while True:
            try:
                return self.once()
            except KeyboardInterrupt:
                continue


def same(one, other):
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


@pytest.fixture(scope="module")
def whole():
    trial = Trial()
    return trial.once(), trial.told


@settings(max_examples=12, deadline=None)
@given(st.sets(st.integers(1, 45), min_size=1, max_size=4))
def test_interrupted_at_any_steps_it_ends_with_the_same_weights_and_reports(tmp_path_factory, whole, interrupted_at):
    trial = Trial(tmp_path_factory.mktemp("kept"), interrupted_at)
    assert same(trial.to_the_end(), whole[0])
    assert trial.told == whole[1]
    assert len(trial.drawn) <= SCHEDULE.steps + 4 * len(interrupted_at)  # no more is done again than since the last report


def test_an_interrupted_report_is_told_again_with_the_same_numbers(tmp_path, whole):
    trial = Trial(tmp_path)
    keep, trial.told = trial.told, _Interrupting(12)
    with pytest.raises(KeyboardInterrupt):
        trial.once()
    trial.told = keep
    assert same(trial.once(), whole[0])
    assert trial.told == [told for told in whole[1] if told[0] >= 12]


class _Interrupting(list):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def append(self, told):
        if told[0] == self.step:
            raise KeyboardInterrupt


def test_a_finished_run_is_kept_until_its_folder_is_removed(tmp_path, whole):
    Trial(tmp_path).once()
    again = Trial(tmp_path)
    assert same(again.once(), whole[0])
    assert not again.drawn


def test_stops_after_validations_without_a_better_one_and_returns_the_best(tmp_path):
    schedule = replace(SCHEDULE, steps=400, learning_rate=0.3, patience=3)  # too fast to settle
    unbroken = Trial(schedule=schedule)
    model = unbroken.once()
    losses = {step: metrics["validation_loss"] for step, metrics in unbroken.told if "validation_loss" in metrics}
    best = min(losses, key=losses.get)
    assert max(losses) == best + 3 * SCHEDULE.validate_every < 400
    until_best = Trial(schedule=replace(schedule, steps=400, patience=0), folder=tmp_path / "best", interrupted_at=[best + 1])
    with pytest.raises(KeyboardInterrupt):
        until_best.once()
    kept = load_file(tmp_path / "best" / FILE)
    assert all(torch.equal(value, kept[f"average.module.{name}"]) for name, value in model.state_dict().items())
    broken = Trial(tmp_path / "broken", [best + 2, max(losses) + 1], schedule)
    assert same(broken.to_the_end(), model)


def test_another_runs_state_and_a_broken_one_are_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        Trial(tmp_path, [10]).once()
    for other in (Trial(tmp_path, seed=4), Trial(tmp_path, schedule=replace(SCHEDULE, steps=41))):
        with pytest.raises(TrainingError, match="is the state of another run, with another schedule, seed or network"):
            other.once()
    save_file({"step": torch.tensor(5)}, tmp_path / FILE)
    with pytest.raises(TrainingError, match="is the state of another run"):
        Trial(tmp_path).once()
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:20])
    with pytest.raises(TrainingError, match=r"cannot be read \(.*: remove it to train from the start"):
        Trial(tmp_path).once()


def test_a_state_written_halfway_counts_for_nothing(tmp_path, whole, monkeypatch):
    trial = Trial(tmp_path)

    def dies_writing(tensors, file, metadata):
        file.write_bytes(b"half")
        if trial.told[-1][0] == 16:
            raise KeyboardInterrupt
        save_file(tensors, file, metadata)

    with monkeypatch.context() as patch:
        patch.setattr("models.resumption.save_file", dies_writing)
        with pytest.raises(KeyboardInterrupt):
            trial.once()
    trial.told.clear()
    assert same(trial.once(), whole[0])
    assert trial.told[0][0] == 16


CHILD = """
import sys, runpy
from pathlib import Path
names = runpy.run_path(sys.argv[1])
trial = names["Trial"](Path(sys.argv[2]))
draw = trial.draw
def slow(step):
    print(step, flush=True)
    if step == int(sys.argv[3]):
        sys.stdin.read()
    return draw(step)
trial.draw = slow
made = {name: value.contiguous() for name, value in trial.once().state_dict().items()}
names["save_file"](made, sys.argv[4])
"""


def test_a_killed_process_is_taken_up_by_another(tmp_path, whole):
    def child(waits_at):
        arguments = [__file__, str(tmp_path), str(waits_at), str(tmp_path / "made.safetensors")]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    with child(23) as first:
        for line in first.stdout:
            if int(line) == 23:
                break
        first.send_signal(signal.SIGKILL)
    with child(0) as second:
        drawn = [int(line) for line in second.stdout]
    assert drawn == list(range(21, SCHEDULE.steps + 1))
    made = load_file(tmp_path / "made.safetensors")
    assert all(torch.equal(value, made[name]) for name, value in whole[0].state_dict().items())
