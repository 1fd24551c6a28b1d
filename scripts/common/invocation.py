"""What this package is called here, and how its command is run: the tree has two names."""

from __future__ import annotations

import sys

#: In the repository and in skill folders, and where it is installed.
NAMES = ("scripts", "chipatlas_skills")
PACKAGE = __name__.partition(".")[0]


def command(arguments: str) -> str:
    """A command of this package as it can be typed here."""
    return f"chip-atlas {arguments}" if NAMES[1] == PACKAGE else f"python -m {PACKAGE} {arguments}"


def refuse_a_second_name() -> None:
    """Refuse to be imported under one name where the same package is there under the other.

    Two copies would not know each other's errors and results. A package of the user's own that happens to be called
    ``scripts`` is none of our business.

    Raises
    ------
    ImportError
        The message names both, and what to do.
    """
    for other in NAMES:
        there = sys.modules.get(other)
        if other != PACKAGE and there is not None and getattr(there, "DISTRIBUTION", None) == "chip-atlas-skills":
            raise ImportError(
                f"ChIP-Atlas Skills is imported as {other!r} already; {PACKAGE!r} is the same package under another "
                f"name, and the two would not know each other's results.\nImport from {other!r} alone, or start anew."
            )
