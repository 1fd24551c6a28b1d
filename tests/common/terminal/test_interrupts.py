"""What must not end half-way comes to its end before Ctrl-C takes effect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from scripts.common.files.writing import replacing_folder, undone_when_interrupted
from scripts.common.terminal.interrupts import held_back
from tests.installed import ROOT


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def interrupts_are_heard():
    """Also where this run was started to ignore them, as a shell starts what runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_block_comes_to_its_end(capfd):
    done = []
    with suppress(KeyboardInterrupt):
        with held_back("Finishing"):
            interrupt()
            done.append(1)
        done.append(2)
    assert done == [1] and "Finishing; Ctrl-C again ends it at once." in capfd.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_one_ends_it_at_once():
    done = []
    with suppress(KeyboardInterrupt), held_back("Finishing"):
        interrupt()
        interrupt()
        done.append(1)
    assert not done


def test_blocks_in_blocks_and_errors():
    done = []
    with suppress(KeyboardInterrupt):
        with held_back("Outer"):
            with held_back("Inner"):
                interrupt()
            done.append(1)
        done.append(2)
    assert done == [1]
    with suppress(ValueError), held_back("Finishing"):
        interrupt()
        raise ValueError("x")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_and_other_handlers_are_left_alone(monkeypatch):
    found = []

    def run() -> None:
        with held_back("Finishing"):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
    own = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run()
        interrupt()
    finally:
        signal.signal(signal.SIGINT, own)
    assert found[1] is signal.SIG_IGN


def test_a_folder_takes_its_place_or_does_not(tmp_path, monkeypatch):
    target = tmp_path / "results"
    target.mkdir()
    (target / "old.txt").touch()
    rename = type(target).rename

    pressed = []

    def interrupted(path, other):
        moved = rename(path, other)
        if not pressed:
            pressed.append(1)
            interrupt()
        return moved

    monkeypatch.setattr(type(target), "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), replacing_folder(target) as fresh:
        (fresh / "new.txt").touch()
    monkeypatch.undo()
    assert [path.name for path in target.iterdir()] == ["new.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


@undone_when_interrupted(["a.csv", "b.csv"])
def export(results: str, output_dir: str = "out", *, at: int = 0) -> None:
    """An export of two files, which Ctrl-C ends before the file of a number."""
    from pathlib import Path

    for number, name in enumerate(("a.csv", "b.csv")):
        if number == at:
            raise KeyboardInterrupt
        (Path(output_dir) / name).write_text(results)


def test_an_interrupted_export_leaves_nothing_of_itself(tmp_path):
    (tmp_path / "mine.csv").touch()
    with pytest.raises(KeyboardInterrupt):
        export("x", str(tmp_path), at=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]
    export("x", str(tmp_path), at=2)
    with pytest.raises(KeyboardInterrupt):
        export("y", str(tmp_path), at=0)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text() == "x", "before it began to write"


def test_the_status_is_130_wherever_it_came_from():
    """Also where the interrupt went through code given as text, for which Python would end itself by the signal."""
    code = (
        "import sys\nfrom scripts import __main__\n"
        "def run(arguments):\n"
        "    try:\n        exec('raise KeyboardInterrupt')\n"
        "    except KeyboardInterrupt:\n        return 130\n"
        "__main__._run = run\nsys.exit(__main__.main())\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 130
