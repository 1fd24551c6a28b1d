"""What the forms and the outcomes of both analyses share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Title and labels reach a shell and the lines of a log: other characters are refused.
_LABEL = re.compile(r"[A-Za-z0-9 _.\-]*")
_LABELS = ("title", "descriptionA", "descriptionB")


@dataclass(frozen=True)
class Outcome:
    """What came of a job: the archive of its files and the result table alone; None when it failed."""

    archive: bytes | None = None
    table: bytes | None = None

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self.archive is None


def check_labels(form: Mapping[str, str]) -> None:
    """`ValueError` for a title or label with characters that the service does not take."""
    for name in _LABELS:
        if not _LABEL.fullmatch(form.get(name, "")):
            raise ValueError(f"{name} may hold letters, digits, space, _ . and - only")


def lines_of(text: str) -> tuple[str, ...]:
    """Lines of a field that are not empty."""
    stripped = (line.strip() for line in text.splitlines())
    return tuple(line for line in stripped if line)
