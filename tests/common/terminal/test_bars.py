"""Progress: bars on a terminal, seldom a line elsewhere, estimates only where there is something to make them of."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys

import pytest

from scripts.cli.answer import answering
from scripts.common import console
from scripts.common.terminal import bars
from tests.installed import ROOT


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(bars, "time", made)
    return made


def test_lines_are_few_and_estimate_what_is_left(clock, capsys):
    with console.progress(total=1000, desc="Count", unit="file") as bar:
        for _ in range(1000):
            clock.now += 1
            bar.update()
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and 4 <= len(lines) <= 8
    assert lines[0] == "  Count: 10 files of 1,000 files after 10 s, about 16 min left at this pace"
    assert all(re.search(r"about \d+ (s|min)( \d+ min)? left", line) for line in lines)


def test_bytes_that_were_here_before_are_no_pace(clock, capsys):
    with console.progress(total=3_000_000, initial=1_000_000, desc="Download", unit="B", unit_scale=True) as bar:
        clock.now += 20
        bar.update(1_000_000)
    assert capsys.readouterr().err == "  Download: 2 MB of 3 MB after 20 s, about 20 s left at this pace\n"


def test_without_a_total_nothing_is_estimated(clock, capsys):
    for _ in console.progress(iter(range(3)), desc="Read", unit="table"):
        clock.now += 20
    err = capsys.readouterr().err
    assert "table" in err and "left" not in err


def test_a_queue_has_no_estimate_and_a_running_job_has_the_sites(clock, capsys):
    with console.waiting("Analysis", 120, from_start=True) as job:
        clock.now += 15
        job.show("waiting")
        clock.now += 30
        job.show("running")
        clock.now += 60
        job.show("running")
        clock.now += 100
        job.show("running")
    lines = capsys.readouterr().err.splitlines()
    assert "waiting after 15 s; how long the server's queue is, nobody tells" in lines[0] and "left" not in lines[0]
    assert lines[1].endswith("about 2 min left by the estimate")
    assert lines[2].endswith("about 60 s left by the estimate")
    assert lines[3].endswith("longer than the 2 min of the estimate")


def test_of_an_older_job_the_estimate_is_the_most_and_without_one_none_is_told(clock):
    older = console.waiting("Analysis", 100, from_start=False)
    older.show("running")
    assert "at most about 2 min left" in older.words("running")
    unknown = console.waiting("Analysis", None, from_start=True)
    unknown.show("running")
    assert unknown.words("running").endswith("no estimate of the run time")


def test_a_bar_on_a_terminal(monkeypatch, clock):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with console.waiting("Analysis", 100, from_start=True) as job:
        job.show("waiting")
        job.show("running")
        clock.now += 50
        job.show("running")
    text = terminal.getvalue()
    assert "nobody tells" in text and "50%|" in text and "about 50 s left" in text
    assert text.index("nobody tells") < text.index("%|")


def test_a_dumb_terminal_gets_lines(monkeypatch, clock):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    for _ in console.progress(range(2), desc="Count"):
        clock.now += 20
    assert "\r" not in terminal.getvalue() and terminal.getvalue().startswith("  Count: ")


@pytest.mark.parametrize("variable", ["CHIPATLAS_QUIET", "CHIPATLAS_JSON"])
@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_nothing_where_quiet_or_json_is_wanted(variable, stream, monkeypatch, clock):
    err = stream()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv(variable, "1")
    with console.waiting("Analysis", 100, from_start=True) as job, console.progress(total=10, desc="x") as bar:
        clock.now += 1000
        job.show("running")
        bar.update()
    assert err.getvalue() == ""


def test_nothing_while_a_command_answers_in_json(clock, capsys):
    with answering(True) as answer, console.progress(total=10, desc="x") as bar:
        clock.now += 1000
        bar.update()
        answer["n"] = 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {"ok": True, "n": 1} and err == ""


def test_names_in_a_line_steer_no_terminal(clock, capsys):
    for _ in console.progress(range(1), desc="a\x1b[31m\u202eb"):
        clock.now += 20
    assert "\x1b" not in (err := capsys.readouterr().err) and "\u202e" not in err


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5300, "88 min"), (9000, "2 h 30 min")]
)
def test_words_of_an_estimate(seconds, words):
    assert bars.in_words(seconds) == words


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"FORCE_COLOR": "1"}, {}])
@pytest.mark.parametrize("arguments", [[], ["--help"], ["targets", "tp53"], ["doctor", "--offline"]])
def test_no_colour_anywhere(variables, arguments):
    """On a terminal and under every wish for colour: nothing here needs one, so nothing is coloured."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=ROOT, env=environment | {"TERM": "xterm"} | variables, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not block:
            break
        said += block
    process.wait()
    os.close(ours)
    assert said and not re.search(rb"\x1b\[[\d;]*m", said)
