"""Letters that matplotlib cannot draw by itself: scripts that run from right to left, and those a font lacks."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..console import say
from ..text import END, ISOLATE

#: Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin, presentation forms among them.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
#: Brackets and the like, which look the other way in what runs from right to left.
_MIRROR = dict(zip("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤", strict=True))
_BRACKET = re.compile("[" + re.escape("".join(_MIRROR)) + "]")
#: An enclosing circle, which takes the direction of what it encloses, and which no label needs.
_MARK = "\u20dd"
_TURNED = re.compile(f"{_MARK}({_BRACKET.pattern})")
_UNDRAWN = re.compile("[\u2066-\u2069]")
#: Words of Unicode's names -> what a reader calls the script.
_CALLED = {"Cjk": "Chinese characters", "Ideographic": "Chinese characters"}
#: Scripts whose letters change beside each other, which matplotlib does not do.
_SHAPED = {
    "Bengali", "Devanagari", "Gujarati", "Gurmukhi", "Kannada", "Khmer", "Malayalam", "Myanmar", "Oriya", "Sinhala",
    "Tamil", "Telugu", "Tibetan",
}  # fmt: skip
#: What has been told in this process.
_told: set[str] = set()


def isolated(text: str) -> str:
    """A name that cannot turn the words around it: one that holds letters from right to left is set apart."""
    return f"{ISOLATE}{text}{END}" if _RIGHT_TO_LEFT.search(text) else text


def as_drawn(text: str) -> str:
    """Text in the order in which its letters stand from left to right, Arabic letters in their joined forms.

    For PNG alone: what shows an SVG, or a page, orders text itself.
    """
    if text.isascii() or not _RIGHT_TO_LEFT.search(text):
        return text if text.isascii() else _UNDRAWN.sub("", text)
    import arabic_reshaper
    from bidi import get_display

    # A mark that goes with the bracket before it shows, afterwards, which way the bracket runs: get_display turns none.
    marked = _BRACKET.sub(lambda found: found.group() + _MARK, arabic_reshaper.reshape(text.replace(_MARK, "")))
    # The plots' own words run from left to right, as they do where an SVG is shown.
    ordered = _TURNED.sub(lambda found: _MIRROR[found[1]], get_display(marked, base_dir="L"))
    return _UNDRAWN.sub("", ordered.replace(_MARK, ""))


def with_letters(properties: Any, text: str) -> Any:
    """Font properties under which text is drawn: fonts that have the letters that the first one lacks come behind it.

    What no font of this machine has is told, once for each script.

    Parameters
    ----------
    properties : matplotlib.font_manager.FontProperties
    text : str
        As `as_drawn` gives it.
    """
    if text.isascii() or properties.get_file():
        return properties
    from matplotlib.font_manager import findfont

    first = findfont(properties)
    lacking = frozenset(mark for mark in text if not mark.isspace() and ord(mark) not in _letters(first))
    fonts, missing = _fonts_with(lacking)
    _tell_missing(missing)
    _tell_unshaped(set(text) - missing)
    if not fonts:
        return properties
    more = properties.copy()
    more.set_family([*properties.get_family(), *fonts])
    return more


@functools.cache
def _letters(path: str) -> frozenset[int]:
    """Code points that a font file has."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):  # no font, or one that FreeType does not read
        return frozenset()


@functools.cache
def _fonts_with(letters: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names of fonts that have letters, as few as come first, and the letters that none has."""
    fonts: list[str] = []
    left = set(letters)
    for path, name in _fonts():
        found = {mark for mark in left if ord(mark) in _letters(path)}
        if found:
            fonts.append(name)
            left -= found
        if not left:
            break
    return tuple(fonts), frozenset(left)


def _fonts() -> Iterator[tuple[str, str]]:
    """Every font file of this machine and its family, plain ones without serifs first.

    Matplotlib keeps a list of fonts; one that was installed since is added to it.
    """
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {Path(font.fname) for font in fontManager.ttflist}
    for path in sorted(findSystemFonts()):
        if Path(path) not in known:
            try:
                fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):
                continue
    usable = [font for font in fontManager.ttflist if "lastresort" not in font.name.replace(" ", "").lower()]
    for font in sorted(usable, key=_order):
        yield font.fname, font.name


def _order(font: Any) -> tuple[bool, bool, bool, str, str]:
    plain = font.style == "normal" and str(font.weight) in ("400", "normal", "regular", "book")
    return not plain, "Sans" not in font.name, "Mono" in font.name, font.name, font.fname


def _script(letter: str) -> str:
    """What the script of a letter is called."""
    if unicodedata.category(letter).startswith("S"):
        return "symbols and emoji"
    word = unicodedata.name(letter, "private or unknown").split()[0].partition("-")[0].capitalize()
    return _CALLED.get(word, word)


def _tell_missing(letters: Iterable[str]) -> None:
    for script in sorted({_script(letter) for letter in letters} - _told):
        _told.add(script)
        shown = "".join(sorted(letter for letter in letters if _script(letter) == script)[:5])
        say(
            f"  WARNING: No font on this machine has {script} ({shown}): the PNG files show boxes in their place. The "
            "SVG files hold the text, and show it where a font has it.\n"
            f"  Install one, and draw again: {_remedy(script)}"
        )


def _remedy(script: str) -> str:
    if script in ("Chinese characters", "Hiragana", "Katakana", "Hangul", "Fullwidth", "Halfwidth"):
        return "fonts-noto-cjk on Debian and Ubuntu, google-noto-sans-cjk-fonts on Fedora."
    if script == "symbols and emoji":
        return "fonts-symbola on Debian and Ubuntu; fonts of coloured emoji do not help."
    return "fonts-noto-core on Debian and Ubuntu, a Noto font of the script elsewhere."


def _tell_unshaped(letters: Iterable[str]) -> None:
    for script in sorted({_script(letter) for letter in letters if ord(letter) > 0x900} & _SHAPED):
        if f"unshaped {script}" not in _told:
            _told.add(f"unshaped {script}")
            say(f"  Note: In the PNG files {script} letters stand unjoined; the SVG files show them as written.")
