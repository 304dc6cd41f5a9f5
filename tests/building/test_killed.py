"""A build that is killed, at any moment, with its processes or without them, costs time and nothing else."""

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from derive.building import pool
from tests.building import projects
from tests.building.projects import command, outputs, tree

KILLS = 6
SETTINGS = projects.SETTINGS.replace('notes = ["notes"]', 'notes = ["notes"]\nformats = ["json"]')


def start(folder: Path, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "derive", "build", *arguments],
        cwd=folder,
        env=projects.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A project that was built in peace, and the seconds that it took."""
    folder = projects.write(tmp_path_factory.mktemp("undisturbed") / "project", SETTINGS)
    begin = time.monotonic()
    assert command("build", "-j", "2", cwd=folder).returncode == 0
    return folder, time.monotonic() - begin


def test_killed_again_and_again(undisturbed, tmp_path):
    whole, seconds = undisturbed
    draw = random.Random(0)
    folder = projects.write(tmp_path / "project", SETTINGS)
    for turn in range(KILLS):
        if turn % 4 == 3:  # what was done so far is forgotten, so that later kills meet work as well
            for path in [*folder.glob("out/**/*.json"), folder / ".derive" / "build.json"]:
                path.unlink(missing_ok=True)
        process = start(folder, "-j", str(1 + turn % 2))
        time.sleep(draw.uniform(0, 1.1 * seconds))
        if turn % 3:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()  # its own processes have to notice by themselves
        process.wait()
        for name, content in outputs(folder).items():
            assert ".derive-build-" in name or content == outputs(whole)[name], f"{name} is half written"
        until = time.monotonic() + 60
        while alive(process.pid):
            assert time.monotonic() < until, "a process outlives the build that it works for"
            time.sleep(0.02)
    done = command("build", "-j", "2", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(folder) == tree(whole)


MOMENTS = """
import os, sys
from derive.cli import main

count, moment = int(sys.argv[1]), sys.argv[2]
replace = os.replace

def die(path):
    global count
    if ("build.json" in str(path)) == (moment == "manifest"):
        count -= 1
        if count < 0:
            os.kill(os.getpid(), 9)

def put(name, target):
    if moment != "placed":
        die(target)
    replace(name, target)
    if moment == "placed":
        die(target)

os.replace = put
main(["build", "-j", "1"])
"""


def killed(folder: Path, moment: str, count: int) -> int:
    """Build until the file of this number is about to be, or is, put in its place. Returns the exit status."""
    call = [sys.executable, "-c", MOMENTS, str(count), moment]
    return subprocess.run(call, cwd=folder, env=projects.environ(), timeout=60).returncode


@pytest.mark.parametrize(
    ("moment", "count"), [("half", 0), ("half", 2), ("placed", 1), ("manifest", 0), ("manifest", 1)]
)
def test_killed_at_the_moments_that_chance_seldom_meets(undisturbed, tmp_path, moment, count):
    """With a file complete and not yet in its place, just in its place, or before the manifest knows of it."""
    whole, _ = undisturbed
    folder = projects.write(tmp_path / "project", SETTINGS)
    assert killed(folder, moment, count) == -signal.SIGKILL
    assert any(".derive-build-" in name for name in tree(folder)) == (moment != "placed")
    assert command("build", "-j", "1", cwd=folder).returncode == 0
    assert tree(folder) == tree(whole)


@pytest.mark.parametrize("moment", ["half", "placed"])
def test_what_a_killed_build_wrote_is_known_to_the_next(tmp_path, moment):
    """Also where the settings have changed since: the file is an orphan then, and what is half written is swept."""
    folder = projects.write(tmp_path / "project", SETTINGS)
    assert killed(folder, moment, 1) == -signal.SIGKILL
    assert len(outputs(folder)) == 1
    settings = SETTINGS.replace('out = "out"', 'out = "elsewhere"').replace("out/more", "elsewhere/more")
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    done = command("build", "-j", "1", cwd=folder)
    assert done.returncode == 0
    assert ("orphan   out/linear-scalar.json" in done.stdout) == (moment == "placed")
    assert set(outputs(folder)) == ({"out/linear-scalar.json"} if moment == "placed" else set())


# ---------------------------------------------------------------- processes


def test_a_process_that_the_system_ends_costs_its_own_work_only():
    work = {"good": partial(abs, -1), "bad": partial(os._exit, 9), "late": partial(max, 1, 2)}
    assert dict(pool.carry_out(work, 2)) == {"good": 1, "bad": None, "late": 2}


def test_processes_work_in_the_folder_of_the_build(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert dict(pool.carry_out({"a": partial(os.getcwd), "b": partial(os.getcwd)}, 2)) == dict.fromkeys(
        "ab", str(tmp_path)
    )


def test_an_interrupted_build_ends_its_processes(tmp_path):
    folder = projects.write(tmp_path / "project", SETTINGS)
    process = start(folder, "-j", "2")
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)  # to this process alone, as `kill -INT` does
    assert process.wait(timeout=60) in (130, 0, -signal.SIGINT)
    until = time.monotonic() + 60
    while alive(process.pid):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert command("build", cwd=folder).returncode == 0
