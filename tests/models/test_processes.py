import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHILD = "import time; from models.processes import die_with_parent as d; d(); print('ready', flush=True); time.sleep(60)"
START = f"p = subprocess.Popen([sys.executable, '-c', {CHILD!r}])"
PARENT = f"import subprocess, sys, time; {START}; print(p.pid, flush=True); time.sleep(60)"


@pytest.mark.parametrize(
    "inherited",
    [
        "",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})",
    ],
    ids=["default", "ignored", "blocked"],
)
def test_dies_with_its_parent(inherited):
    with subprocess.Popen(
        [sys.executable, "-c", f"import signal; {inherited}\n{PARENT}"], stdout=subprocess.PIPE, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == "ready\n"
        parent.kill()
    for _ in range(200):  # turns, not seconds: on a machine that stands still for a while both would be waiting
        if not running(child):
            break
        time.sleep(0.05)
    if running(child):
        os.kill(child, signal.SIGKILL)
        pytest.fail("the child outlived its parent")


def running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
