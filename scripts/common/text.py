"""Small pure functions on text: near matches, safe names, numbers as words."""

from __future__ import annotations

import difflib
import inspect
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_NOT_ALLOWED_IN_LABELS = re.compile(r"[^A-Za-z0-9 _.\-]+")
#: Comparing two names takes a time that grows with both lengths.
COMPARED_CHARACTERS = 200
#: Control characters (line ends and tabs among them), marks that are not seen or turn the direction of writing, and
#: line ends beyond ASCII; not the joiners that some scripts and emoji are written with. For a character class.
UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f"
)
_NOT_FOR_A_SCREEN = re.compile(rf"(?![\n\t])[{UNSEEN}]")

#: First strong isolate and its end: a name between them, in whatever direction it runs, turns nothing around it.
ISOLATE, END = "\u2068", "\u2069"

#: ``name, other : type`` of a numpydoc section of parameters.
_NAMES = re.compile(r"^(\w+(?:, \w+)*) : (.+)$")


def fold(name: str) -> str:
    """A name without case, spaces, underscores and hyphens: what two spellings of one thing share."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def near_matches(name: str, choices: Iterable[str], limit: int = 5) -> list[str]:
    """Choices close to `name`: same but for case and separators, then those that contain it, then look-alikes."""
    choices = list(dict.fromkeys(choices))
    folded = {choice: fold(choice)[:COMPARED_CHARACTERS] for choice in choices}
    wanted = fold(name)[:COMPARED_CHARACTERS]
    same = [choice for choice in choices if folded[choice] == wanted]
    within = [choice for choice in choices if len(wanted) >= 3 and wanted in folded[choice]]
    by_fold = {folded[choice]: choice for choice in reversed(choices)}
    alike = [by_fold[match] for match in difflib.get_close_matches(wanted, by_fold, n=limit, cutoff=0.6)]
    return list(dict.fromkeys([*same, *sorted(within, key=len), *alike]))[:limit]


def visible(character: str) -> str:
    """A character as an escape: ``\\x1b``, ``\\u202e``."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def without_nul(content: bytes) -> bytes:
    """Bytes for a CSV parser: pandas 2 ends a cell at a NUL, so each becomes another character that is never seen."""
    return content.replace(b"\0", b"\x01")


def printable(text: str) -> str:
    """Text that cannot steer a terminal: all that `UNSEEN` names but line ends and tabs becomes a visible escape."""
    if text.isprintable():
        return text
    return _NOT_FOR_A_SCREEN.sub(lambda found: visible(found.group()), text.replace("\r\n", "\n"))


def clean_label(label: object) -> str:
    """A label on one line, without control characters and marks that turn the direction of writing."""
    text = str(label)
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = "".join(mark if unicodedata.category(mark) not in ("Cc", "Cf", "Cs", "Co") else " " for mark in text)
    return " ".join(shown.split())


def track_name(name: str) -> str:
    """A name between the double quotes of a ``track`` line, or in XML: one line, without quotes and backslashes."""
    return clean_label(re.sub(r"[\"\\]", "'", name))


def safe_label(label: str, default: str) -> str:
    """A label the service can take (letters, digits, space, ``_``, ``.``, ``-``); reports keep the original."""
    cleaned = _NOT_ALLOWED_IN_LABELS.sub("_", str(label)).strip(" _")
    return re.sub(r"_{2,}", "_", cleaned)[:100].rstrip(" _") or default


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """``1 region``, ``2,345 regions``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def ellipsis(text: str, width: int) -> str:
    """At most `width` characters, the cut marked."""
    if len(text) <= width:
        return text
    cut = text[: width - 1].rstrip() + "…"
    return cut + END * (cut.count(ISOLATE) - cut.count(END))


def short_names(names: Sequence[str], width: int) -> list[str]:
    """Names on one line each, cut to `width`; where two would look alike, their number follows."""
    cut = [ellipsis(clean_label(name), width) for name in names]
    return [text if cut.count(text) == 1 else f"{text} #{i + 1}" for i, text in enumerate(cut)]


def short_pair(first: str, second: str, width: int) -> tuple[str, str]:
    """Two different names cut to `width` characters each, so that they still differ.

    The end is cut; where that would leave two equal names, the middle; where that too, A and B tell them apart.
    """
    cut = ellipsis(first, width), ellipsis(second, width)
    if cut[0] == cut[1]:
        cut = _without_middle(first, width), _without_middle(second, width)
    if cut[0] == cut[1]:
        cut = f"{ellipsis(first, width - 4)} (A)", f"{ellipsis(second, width - 4)} (B)"
    return cut


def _without_middle(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{text[: width - 1 - tail].rstrip()}…{text[-tail:].lstrip()}"


def documented(function: Callable[..., Any]) -> dict[str, tuple[str, str]]:
    """Parameter -> its type and its description, as the function's numpydoc docstring gives them."""
    lines = inspect.cleandoc(function.__doc__ or "").splitlines()
    start = lines.index("Parameters") + 2
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line, after in zip(lines[start:], [*lines[start + 1 :], ""], strict=True):
        if after.startswith("---"):
            break
        match = _NAMES.match(line)
        if match:
            names = match[1].split(", ")
            found |= dict.fromkeys(names, (match[2], ""))
        elif line.startswith("    "):
            found |= {name: (found[name][0], f"{found[name][1]} {line.strip()}".strip()) for name in names}
        else:
            names = []
    return found
