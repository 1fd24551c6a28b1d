"""Text of others on its way out: console, errors, Markdown, plots, files, paths."""

from __future__ import annotations

import contextlib
import gzip
import pickle
import subprocess
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from scripts.cli import demo
from scripts.common import console, errors
from scripts.common.errors import BadResponseError, InputError, JobFailedError, NotFoundError, OutputError, quoted
from scripts.common.files.manifest import verify_folder
from scripts.common.files.writing import given_path, output_folder, prepare_folder, read_unpacked, write_text
from scripts.common.plotting.drawing import literal, save_plots
from scripts.common.reporting.markdown import cell, code, file_list, table
from scripts.common.text import printable, track_name
from scripts.diff.inputs.experiments import read_experiment_ids
from scripts.targets.expression.table import read_expression
from tests.hostile import EVERYWHERE, check_console, short_id


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本語 🧬", "plain é 日本語 🧬"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\rb", r"a\x0db"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("nul\x00", r"nul\x00"),
        ("\u202ereversed", r"\u202ereversed"),
        ("\x9b31m", r"\x9b31m"),
        ("\U000e0041", r"\U000e0041"),
        ("می‌خواهم 👩‍🔬", "می‌خواهم 👩‍🔬"),  # joiners belong to the words
    ],
)
def test_printable(text, shown):
    assert printable(text) == shown


@settings(deadline=None)
@given(st.text())
def test_printable_steers_nothing_and_is_settled(text):
    check_console(printable(text))
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize("name", EVERYWHERE, ids=short_id)
def test_console(capsys, name):
    console.say(name)
    console.verify(name)
    console.headline(name)
    check_console(capsys.readouterr().out)


@pytest.mark.parametrize("kind", [InputError, NotFoundError, OutputError, JobFailedError, BadResponseError])
def test_errors(kind):
    error = kind("job \x1b[2Jfailed:\r\nnul \x00 \u202e")
    assert str(error) == "job \\x1b[2Jfailed:\nnul \\x00 \\u202e"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_errors_with_replies_and_names_of_others():
    error = BadResponseError("Expected JSON", b"\x1b[31m\x00" + b"x" * 10_000)
    assert r"\x1b[31m\x00xxx" in str(error) and len(str(error)) < 300
    error = NotFoundError("No such factor.", ["\x1b[31m", "y" * 10_000])
    assert len(str(error)) < 300 and error.matches[1] == "y" * 10_000


def test_every_error_of_the_tree_is_safe():
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.ChipAtlasError):
            assert "\x1b" not in str(kind("\x1b"))


def test_quoted():
    assert quoted(" a\n b ") == "a b"
    assert len(quoted("x " * 10_000)) == 200


@pytest.mark.parametrize("name", EVERYWHERE, ids=short_id)
def test_cells_and_code(name):
    check_console(cell(name) + code(name))
    row = table(["a", name], [(name, 1)]).split("\n")
    assert len(row) == 3
    span = code(name)
    fence = span[: len(span) - len(span.lstrip("`"))]
    assert span.endswith(fence) and fence not in span[len(fence) : -len(fence)]


def test_the_list_of_files_says_whose_pickles_to_load():
    made = file_list(["analysis_object.pkl"])
    assert made.startswith("- `analysis_object.pkl`\n\nLoad a pickle only if you made it yourself")


@pytest.mark.parametrize("name", EVERYWHERE, ids=short_id)
def test_track_names(name):
    made = track_name(name)
    assert not set(made) & set('"\\\n\t') and made.isprintable()


@pytest.mark.parametrize("name", [*EVERYWHERE, "\ufffe", "]]>", "--", "&"], ids=short_id)
def test_a_plot_of_any_text_is_drawn_and_its_svg_well_formed(tmp_path, name):
    def draw() -> Figure:
        figure = Figure(figsize=(2, 2))
        figure.text(0.1, 0.5, name[:100])
        figure.text(0.1, 0.2, literal(name)[:100])
        return figure

    assert [path.name for path in save_plots([("a", draw)], tmp_path)["a"]] == ["a.png", "a.svg"]
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    words = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    if "$" in name:
        assert name in words


@pytest.mark.parametrize("read", [prepare_folder, read_experiment_ids, read_expression, verify_folder, given_path])
@pytest.mark.parametrize("path", ["a\0b", "~nosuchuser/x", "x" * 300, "y/" * 3000], ids=short_id)
def test_paths_that_cannot_be(read, path):
    with pytest.raises(InputError, match="is no usable path"):
        read(path)


def test_an_output_folder_that_cannot_be(tmp_path):
    with pytest.raises(InputError, match="is no usable path: File name too long"), output_folder("x" * 300):
        pass


def test_half_a_surrogate_pair_in_a_text_file(tmp_path):
    assert write_text(tmp_path / "a.md", "x\udcff").read_text("utf-8") == r"x\udcff"


@pytest.mark.parametrize("content", [b"\x1f\x8b", b"\x1f\x8bxxxxxxxxxxxx", gzip.compress(b"abc", mtime=0)[:-4]])
def test_damaged_gzip(tmp_path, content):
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(InputError, match="is a damaged gzip file"):
        read_unpacked(tmp_path / "a.gz", 100)


def test_gzip_and_plain_files_are_read_to_their_limit(tmp_path):
    for content in (b"abc", gzip.compress(b"abc"), gzip.compress(b"ab") + gzip.compress(b"c")):
        (tmp_path / "a").write_bytes(content)
        assert read_unpacked(tmp_path / "a", 100) == b"abc"
    (tmp_path / "a").write_bytes(b"abcd")
    assert read_unpacked(tmp_path / "a", 4) == b"abcd"
    with pytest.raises(InputError, match="more than 3 bytes"):
        read_unpacked(tmp_path / "a", 3)


@pytest.mark.parametrize("folder", ['a"); raise SystemExit(3); ("', "back\\slash", "{braces}", "日本語", "new\nline"])
def test_the_folder_of_the_demo_is_text_not_code(monkeypatch, tmp_path, folder):
    seen = []

    class Process(contextlib.nullcontext):
        returncode = 0

        def __init__(self, command, **_):
            super().__init__(self)
            seen.append(command[2])

        def communicate(self):
            return "", ""

    monkeypatch.setattr(subprocess, "Popen", Process)
    demo._run_steps('folder = "{folder}"', "tp53", tmp_path / folder, {})
    scope: dict[str, str] = {}
    exec(seen[0], scope)
    assert scope["folder"] == (tmp_path / folder).as_posix()
