"""Every error this package raises on purpose.

ChipAtlasError
├── InputError               what the caller gave cannot be used            (also a ValueError)
│   └── NotFoundError        a name that does not exist, with near matches  (also a LookupError)
├── OutputError              a folder or file cannot be written             (also an OSError)
├── MissingExtraError        an optional dependency is not installed        (also an ImportError)
├── ServiceUnavailableError  down, in maintenance, or not reachable         (also a ConnectionError)
├── BadResponseError         a reply that is not what the service promises
├── JobFailedError           the server says that the analysis failed
│   └── JobLostError         the server does not know the job any more
├── SomeFailedError          of several runs some failed; the others' results are there
└── JobTimeoutError          the job did not end in time; it can be resumed (also a TimeoutError)

A message names the value, the place and the remedy, in one to three lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scripts.shared.text import ellipsis, printable

#: How much of an unexpected reply is quoted: enough to recognise an HTML page or an XML error.
QUOTED_CHARACTERS = 200
#: Of a name that is proposed; `matches` holds it whole.
MATCH_CHARACTERS = 100


def quoted(text: str) -> str:
    """A service's own words for a message: on one line, as many as help."""
    return ellipsis(" ".join(text[: 2 * QUOTED_CHARACTERS].split()), QUOTED_CHARACTERS)


class ChipAtlasError(Exception):
    """Base of all errors raised on purpose by this package."""

    def __str__(self) -> str:
        # A message quotes replies, names and files of others, and ends on a terminal.
        return printable(super().__str__())


class InputError(ChipAtlasError, ValueError):
    """Something the caller gave cannot be used as it is."""


class NotFoundError(InputError, LookupError):
    """A name that does not exist where it was looked for.

    Parameters
    ----------
    message : str
        What was looked for, where, and what to do next.
    matches : sequence of str
        Names that do exist and are close to what was asked for, best first.
    """

    def __init__(self, message: str, matches: Sequence[str] = ()) -> None:
        self.matches = list(matches)
        if self.matches:
            message = (
                f"{message}\nDid you mean: {', '.join(ellipsis(name, MATCH_CHARACTERS) for name in self.matches)}?"
            )
        super().__init__(message)


class OutputError(ChipAtlasError, OSError):
    """A result cannot be written where it was asked for."""


class MissingExtraError(ChipAtlasError, ImportError):
    """An optional dependency is needed and not installed."""


class ServiceUnavailableError(ChipAtlasError, ConnectionError):
    """A service is down, in maintenance, or cannot be reached.

    Parameters
    ----------
    message : str
        Which service, and what to do.
    retry_after : float, optional
        Seconds that the service itself asks to be left alone for.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class BadResponseError(ChipAtlasError):
    """A service answered with something else than it promises.

    Parameters
    ----------
    message : str
        What was expected, and from which URL.
    body : str or bytes
        What came instead; its first 200 characters are quoted.
    """

    def __init__(self, message: str, body: str | bytes = "") -> None:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        self.body = text[:QUOTED_CHARACTERS]
        answer = quoted(self.body)
        super().__init__(f"{message}\nIt answered: {answer}" if answer else message)


class JobFailedError(ChipAtlasError):
    """The server ended the job without a result."""


class JobLostError(JobFailedError):
    """The server does not know the job: it was lost, or its result was removed."""


class SomeFailedError(ChipAtlasError):
    """Of several runs in one call some failed.

    Parameters
    ----------
    message : str
        How many failed, and where the results of the others are.
    results : mapping of str to anything
        Those that are done, by name.
    failures : mapping of str to Exception
        Those that failed, by name; the message goes on with them.
    """

    def __init__(
        self, message: str, results: Mapping[str, Any] | None = None, failures: Mapping[str, Exception] | None = None
    ) -> None:
        self.results = dict(results or {})
        self.failures = dict(failures or {})
        super().__init__("\n".join([message, *(f"{name}: {error}" for name, error in self.failures.items())]))


class JobTimeoutError(ChipAtlasError, TimeoutError):
    """The job did not end within the time allowed; it may still be running."""
