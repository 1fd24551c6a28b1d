"""Valid files, damaged: the same seed gives the same file."""

from __future__ import annotations

import random
from collections.abc import Sequence

#: What has broken parsers before.
TOKENS = [
    *(b"", b"-", b"-1", b"0", b"1e999", b"-1e999", b"NaN", b"nan", b"inf", b"NA", b"1_000", b"0x10", b"+5", b" 7 "),
    *(b"2147483648", b"9223372036854775808", b"9" * 25, b"9" * 5000, b"1.5", b"1e300", b"1e-400", "١٢".encode()),
    *(b"\x00", b"\r", b"\r\n", b"\n", b"\n\n", b"\t", b"\t\t", b",", b";", b'"', b"'", b"|", b"`", b"\\", b"=", b"%00"),
    *(b"=cmd()", b"@x", b"+1+1", b"<html>", b"<?xml", b"../x", b"/etc/passwd", b"\x1b[31m", b"\xff\xfe", b"\x1f\x8b"),
    *("\u202e".encode(), "\ufeff".encode(), "\u2028".encode(), "é".encode(), b"\xed\xa0\x80", b"A" * 10_000, b"#"),
    *(b"null", b"true", b"[]", b"{}", b'""', b"[[[[", b"[" * 30_000, b'{"a":' * 3000, b"\\ud800", b"SRX1", b"GSM2"),
]


def mutated(seeds: Sequence[bytes], number: int, salt: str = "") -> bytes:
    """The damaged file of a number: one to six damages to one of the files, for the same `salt` always the same."""
    rng = random.Random(f"{salt}/{number}")
    content = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        content = rng.choice(_DAMAGES)(content, rng, seeds)
    return content


def _bytes_changed(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(content or b"\0")
    for _ in range(rng.choice((1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _token_put_in(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(TOKENS) + content[at:]


def _cell_replaced(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    """What stands between two separators becomes something else."""
    mark = rng.choice((b"\t", b",", b":", b'"', b"\n", b"=", b"|"))
    cells = content.split(mark)
    cells[rng.randrange(len(cells))] = rng.choice(TOKENS)
    return mark.join(cells)


def _piece_lost(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.choice((1, 2, 10, 10**9)) :]


def _piece_repeated(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(content) + 1)
    piece = content[start : start + rng.choice((1, 5, 50, 500))]
    return content[:start] + piece * rng.choice((2, 3, 40)) + content[start:]


def _lines_swapped(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    lines = content.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def _spliced(content: bytes, rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    other = rng.choice(seeds)
    return content[: rng.randrange(len(content) + 1)] + other[rng.randrange(len(other) + 1) :]


_DAMAGES = (
    _bytes_changed,
    _token_put_in,
    _token_put_in,
    _cell_replaced,
    _cell_replaced,
    _piece_lost,
    _piece_repeated,
    _lines_swapped,
    _spliced,
)
