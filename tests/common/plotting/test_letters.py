"""Labels in scripts that matplotlib does not draw by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, fontManager

from scripts.common.plotting import canvas, letters
from scripts.common.plotting.drawing import literal, save_plots
from scripts.common.text import END, ISOLATE, ellipsis

#: A private letter, which no font of the world has, and which a made-up one has here.
LETTER = "\ue9a5"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing told, and nothing known of fonts."""
    monkeypatch.setattr(letters, "_told", set())
    for kept in (letters._letters, letters._fonts_with):
        kept.cache_clear()
    yield
    for kept in (letters._letters, letters._fonts_with):
        kept.cache_clear()


def make_font(path: Path, letter: str) -> Path:
    """A font of one letter, a full square."""
    builder = pytest.importorskip("fontTools.fontBuilder").FontBuilder(1000, isTTF=True)
    pens = pytest.importorskip("fontTools.pens.ttGlyphPen")
    glyphs = {}
    for name in (".notdef", "square"):
        pen = pens.TTGlyphPen(None)
        if name == "square":
            for number, point in enumerate([(0, 0), (0, 900), (900, 900), (900, 0)]):
                (pen.lineTo if number else pen.moveTo)(point)
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(letter): "square"})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Made Up Sans", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def drawn(label: str, folder: Path) -> np.ndarray:
    """The picture of a label alone, dark is 1."""
    from matplotlib.figure import Figure
    from PIL import Image

    def draw() -> Figure:
        figure = Figure(figsize=(3, 1))
        figure.text(0.1, 0.4, label, fontsize=20)
        return figure

    save_plots([("label", draw)], folder)
    with Image.open(folder / "label.png") as picture:
        return 1 - np.asarray(picture.convert("L"), float) / 255


def svg_text(folder: Path) -> list[str]:
    found = ElementTree.parse(folder / "label.svg").iter("{http://www.w3.org/2000/svg}text")
    return ["".join(one.itertext()) for one in found]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("TP53", "TP53"),
        ("שלום", "םולש"),
        ("שלום TP53 (1)", "TP53 (1) םולש"),
        ("a שלום b", "a םולש b"),
        ("שלום (1)", "(1) םולש"),
        ("שלום [q < 0.05]", "[q < 0.05] םולש"),
        ("(שלום)", "(םולש)"),
        ("a (b) שלום", "a (b) םולש"),
        ("שלום ⃝ 100 %", "% 100  םולש"),
    ],
)
def test_order_of_letters(text, shown):
    assert letters.as_drawn(literal(text) if text != "a שלום b" else text) == shown


def test_arabic_letters_are_joined_and_stand_from_right_to_left():
    shown = letters.as_drawn(literal("مرحبا"))
    assert len(shown) == 5 and all("\ufe70" <= mark <= "\ufeff" for mark in shown)
    # Meem's initial form, which is written first, stands at the right end.
    assert shown[-1] == "\ufee3"


def test_two_names_keep_their_places_beside_each_other():
    text = f"{literal('שלום')} / {literal('עולם')}"
    assert letters.as_drawn(text) == "םולש / םלוע"
    assert letters.as_drawn("שלום / עולם") == "םלוע / םולש", "which is why names are set apart"


def test_a_name_cut_short_stays_set_apart():
    cut = ellipsis(literal("שלום " * 20), 12)
    assert cut.count(ISOLATE) == cut.count(END) == 1


def test_no_mark_of_a_name_is_left_in_it():
    assert literal("a\u202eb\u2066c\u2069") == "a b c"
    assert re.sub(f"[{ISOLATE}{END}]", "", literal("ש\u202e\u2067ל")) == "ש ל"


def test_names_of_one_direction_are_as_they_were():
    assert literal("TP53") == "TP53" and literal("日本") == "日本"


def test_png_and_svg_hold_the_same_label_each_in_its_own_order(tmp_path, monkeypatch):
    label = literal("שלום TP53")
    picture = drawn(label, tmp_path)
    assert svg_text(tmp_path) == [label]
    monkeypatch.setattr(canvas, "as_drawn", lambda text: text)
    assert (picture == drawn("TP53 םולש", tmp_path)).all()
    assert not (picture[:, :-1] == drawn("שלום TP53", tmp_path)[:, : picture.shape[1] - 1]).all()


def test_a_font_that_has_the_letter_is_found_even_a_new_one(tmp_path, monkeypatch, capsys):
    from matplotlib import font_manager

    font = make_font(tmp_path / "made_up.ttf", LETTER)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(font)])
    before = list(fontManager.ttflist)
    try:
        ink = drawn(LETTER * 3, tmp_path)
    finally:
        fontManager.ttflist[:] = before
        fontManager._findfont_cached.cache_clear()
    assert "No font" not in capsys.readouterr().out
    # Full squares: an empty box would leave most of it white.
    inside = ink[ink.sum(axis=1) > ink.sum(axis=1).max() / 2][:, ink.sum(axis=0) > ink.sum(axis=0).max() / 2]
    assert inside.mean() > 0.8


def test_what_no_font_has_is_told_once_with_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(letters, "_fonts", lambda: iter(()))
    for label in ("日本", "語 TP53", "한국", "TP53"):
        drawn(label, tmp_path)
    told = capsys.readouterr().out
    assert told.count("No font on this machine has Chinese characters") == 1
    assert told.count("No font on this machine has Hangul") == 1
    assert "fonts-noto-cjk" in told and told.count("WARNING") == 2


def test_letters_that_change_beside_each_other_are_told(monkeypatch, capsys):
    letters._tell_unshaped("हिन्दी")
    letters._tell_unshaped("दी")
    assert capsys.readouterr().out.count("Devanagari letters stand unjoined") == 1


def test_plain_labels_ask_for_nothing(monkeypatch):
    properties = FontProperties()
    assert letters.with_letters(properties, "TP53 vs IgG") is properties
    assert letters.with_letters(properties, "Ελληνικά, кириллица, µ, −10·log10") is properties
