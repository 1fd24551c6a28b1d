from __future__ import annotations

import io
import sys

import pytest

from scripts.common import console


def speak() -> None:
    console.say("said")
    console.headline("Title")
    console.verify("✓ verified")
    console.announce_simulation(True)
    console.announce_simulation(False)


def test_everything_is_printed(capsys):
    speak()
    printed = capsys.readouterr()
    assert printed.out == f"said\n\nTitle\n-----\n✓ verified\n{console.SIMULATED_BANNER}\n"
    assert printed.err == ""


def test_quiet_leaves_verification_lines_and_the_banner_of_simulated_data(monkeypatch, capsys):
    monkeypatch.setenv("CHIPATLAS_QUIET", "1")
    speak()
    assert capsys.readouterr().out == f"✓ verified\n{console.SIMULATED_BANNER}\n"


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_quiet(monkeypatch, value, expected):
    monkeypatch.setenv("CHIPATLAS_QUIET", value)
    assert console.quiet() is expected


def test_quiet_is_off_without_the_variable():
    assert console.quiet() is False


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "shift_jis"])
def test_a_narrow_stdout_loses_a_character_and_not_the_run(monkeypatch, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict", newline="\n")
    monkeypatch.setattr(sys, "stdout", stream)
    console.verify("✓ Data loaded: 5 µM \U0001f9ec")
    written = stream.buffer.getvalue().decode(encoding)
    assert " Data loaded: 5 " in written
    assert written.endswith("\n")


def test_a_stream_without_an_encoding(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    console.verify("✓ done \udcff")
    assert stream.getvalue() == "✓ done ?\n"


def test_lines_appear_at_once(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    monkeypatch.setattr(sys, "stdout", stream)
    console.say("now")
    assert stream.buffer.getvalue() == b"now\n"


def test_progress_is_silent_without_a_terminal(capsys):
    assert list(console.progress(range(3), desc="Bar")) == [0, 1, 2]
    with console.progress(total=5, desc="Bar") as bar:
        bar.update(5)
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_goes_to_stderr(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(console.progress(range(3), desc="Bar", mininterval=0)) == [0, 1, 2]
    assert "Bar" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_progress_is_silent_when_quiet(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("CHIPATLAS_QUIET", "1")
    assert list(console.progress(range(3), mininterval=0)) == [0, 1, 2]
    assert terminal.getvalue() == ""
