from __future__ import annotations

import ctypes
import weakref

import pytest

from scripts.common.plotting.memory import give_back


class Node:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_refers_to_itself_is_freed() -> None:
    seen = weakref.ref(Node())
    give_back()
    assert seen() is None


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_a_system_without_such_a_function_is_no_matter(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(name: object) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", fail)
    give_back()
