"""What SKILL.md names is in the code: keywords of calls, options of commands, lines to verify."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import scripts.diff
import scripts.experiments
import scripts.targets
from scripts.cli.main import chip_atlas

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {name: (ROOT / f"SKILL_{name}" / "SKILL.md").read_text("utf-8") for name in ("diff", "targets")}
MODULES = {"diff": (scripts.diff, scripts.experiments), "targets": (scripts.targets, scripts.experiments)}
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "scripts").rglob("*.py")))
#: Methods of results, and what is Python's own.
NOT_OURS = {"open", "load"}


def code_of(text: str) -> list[str]:
    """Fenced blocks and inline code, the latter also where it goes over a line's end."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [*blocks, *(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest))]


def calls(skill: str) -> Iterator[tuple[str, list[str]]]:
    for code in code_of(TEXTS[skill]):
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in NOT_OURS and f"{node.func.id}(" in code:
                yield node.func.id, [keyword.arg for keyword in node.keywords if keyword.arg]


def function(skill: str, name: str) -> object:
    return next((getattr(module, name) for module in MODULES[skill] if hasattr(module, name)), None)


@pytest.mark.parametrize("skill", TEXTS)
def test_every_call_fits_its_function(skill):
    found = list(calls(skill))
    assert len(found) >= 15
    for name, keywords in found:
        called = function(skill, name)
        assert called is not None, name
        parameters = inspect.signature(called).parameters
        assert set(keywords) <= set(parameters), (name, keywords)


@pytest.mark.parametrize("skill", TEXTS)
def test_every_argument_that_is_named_alone_is_one(skill):
    known = {
        parameter
        for module in MODULES[skill]
        for name in module.__all__
        if inspect.isfunction(getattr(module, name))
        for parameter in inspect.signature(getattr(module, name)).parameters
    }
    named = {
        found.group(1)
        for code in code_of(TEXTS[skill])
        if (found := re.fullmatch(r"([a-z_]+)=(?:\S.*)?", code)) and not code.startswith("genome=data")
    }
    assert len(named) >= 4 and named <= known, named - known


def parsed(words: list[str]) -> click.Context:
    """A command line as click reads it, down to the command that it names; nothing is run."""
    command: click.Command = chip_atlas
    context = click.Context(chip_atlas, info_name="scripts")
    while isinstance(command, click.Group):
        name, inner, words = command.resolve_command(context, words)
        assert inner is not None, name
        command, context = inner, click.Context(inner, info_name=name, parent=context)
    context.resilient_parsing = False
    command.parse_args(context, words)
    return context


@pytest.mark.parametrize("skill", TEXTS)
def test_every_command_is_one(skill, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("FOLDER", "atlas_hg38", "tables"):
        (tmp_path / name).mkdir()
    for name in ("FILE", "my_set.txt", "expressed.txt", "my_steps.py"):
        (tmp_path / name).write_text("SIM0001\n")
    lines = [
        command.group(1).split("#")[0].strip()
        for code in code_of(TEXTS[skill])
        for line in code.splitlines()
        if (command := re.match(r"(?:python -m scripts|chip-atlas) (\S.*)", line.strip()))
    ]
    assert len(lines) >= 5
    for line in lines:
        # A name alone is how the text speaks of a command; what follows ``--`` is another program's.
        if " " not in line:
            assert line in chip_atlas.list_commands(click.Context(chip_atlas)), line
        elif " -- " not in line:
            parsed(shlex.split(line))


@pytest.mark.parametrize("skill", TEXTS)
def test_options_that_are_named_alone_exist(skill):
    options = {option for command in commands(chip_atlas) for parameter in command.params for option in parameter.opts}
    named = {word for code in code_of(TEXTS[skill]) for word in re.findall(r"(?<![\w-])--[a-z][a-z-]*", code)}
    assert named and named <= options, named - options


def commands(group: click.Group) -> Iterator[click.Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command)
        elif command is not None:
            yield command


@pytest.mark.parametrize("skill", TEXTS)
def test_lines_to_verify_are_printed_by_the_code(skill):
    lines = re.findall(r"`((?:✓|===)[^`]+)`", TEXTS[skill])
    assert len(lines) >= 6
    for line in lines:
        fixed = [piece for piece in re.split(r"\.\.\.|TP53|hg38|±5kb|[(),:]", line) if len(piece.strip()) > 3]
        assert fixed and all(piece.strip() in SOURCE for piece in fixed), line
