"""Errors for programs: with ``CHIPATLAS_JSON=1`` an error that ends the process is one JSON line on stderr.

The hook is put in when the package is first imported and the variable is set by then, so it is there for
``python -m scripts``, for ``python -c`` and for any script, and nothing is touched where nobody asked for it. It stands
in for the traceback of this package's own errors alone; every other error, and every error that a prompt or a notebook
shows without ending, is told as before. The exit status stays Python's own, 1.
"""

from __future__ import annotations

import builtins
import json
import os
import sys
from types import TracebackType
from typing import Any

from .errors import ChipAtlasError

JSON_VARIABLE = "CHIPATLAS_JSON"


def wants_json() -> bool:
    """Whether errors are wanted as JSON."""
    return os.environ.get(JSON_VARIABLE, "") not in ("", "0")


def as_dict(error: ChipAtlasError) -> dict[str, Any]:
    """An error as JSON can hold it.

    Returns
    -------
    dict
        ``code``, ``type``, ``message``, ``next_action``; where there are any, ``matches`` (near names), ``request_id``
        (of the job), ``retry_after`` (seconds, as the service asks) and ``failures`` (name -> such a dict) besides.
    """
    found: dict[str, Any] = {
        "code": error.code,
        "type": type(error).__name__,
        "message": str(error),
        "next_action": error.next_action,
    }
    extras = {
        "matches": getattr(error, "matches", None),
        "request_id": getattr(error, "request_id", None),
        "retry_after": getattr(error, "retry_after", None),
        "failures": {
            name: as_dict(failure)
            for name, failure in getattr(error, "failures", {}).items()
            if isinstance(failure, ChipAtlasError)
        },
    }
    return found | {key: value for key, value in extras.items() if value}


def as_line(error: ChipAtlasError) -> str:
    """What a process that the error ends says last: JSON when that is wanted, else the error's name and message."""
    return json.dumps(as_dict(error)) if wants_json() else f"{type(error).__name__}: {error}"


def install_hook() -> None:
    """Tell errors that end the process as JSON, if that is wanted now; a notebook keeps its own way."""
    if not wants_json() or hasattr(builtins, "__IPYTHON__") or getattr(sys.excepthook, "tells_json", False):
        return
    before = sys.excepthook

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        # At a prompt (sys.ps1) an error ends nothing.
        if isinstance(error, ChipAtlasError) and not hasattr(sys, "ps1"):
            sys.stderr.write(as_line(error) + "\n")
        else:
            before(kind, error, trace)

    tell.tells_json = True  # type: ignore[attr-defined]
    sys.excepthook = tell
