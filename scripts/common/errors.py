"""Every error this package raises on purpose.

ChipAtlasError
├── InputError               what the caller gave cannot be used            (also a ValueError)
│   ├── NotFoundError        a name that does not exist, with near matches  (also a LookupError)
│   │   └── NoDataError      a name that exists, with nothing behind it
│   ├── TooFewError          a group without replicates
│   ├── RefusedError         the server refused the request as it is
│   └── NothingLeftError     the filters removed everything
├── OutputError              a folder or file cannot be written             (also an OSError)
├── MissingExtraError        an optional dependency is not installed        (also an ImportError)
├── ServiceUnavailableError  down, in maintenance, or not reachable         (also a ConnectionError)
├── BadResponseError         a reply that is not what the service promises
│   └── SubmissionError      whether the job was started is not known
├── JobFailedError           the server says that the analysis failed
│   └── JobLostError         the server does not know the job any more
├── SomeFailedError          of several runs some failed; the others' results are there
└── JobTimeoutError          the job did not end in time; it can be resumed (also a TimeoutError)

A message names the value, the place and the remedy, in one to three lines. Each class has a `code`, the same in every
version, a `next_action`, one sentence on what a program that met it does next, and an `exit_status`, which a command
that it ends leaves behind; `common.error_report` gives the first two to an agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from .invocation import command
from .text import ellipsis, printable

#: How much of an unexpected reply is quoted: enough to recognise an HTML page or an XML error.
QUOTED_CHARACTERS = 200
#: Of a name that is proposed; `matches` holds it whole.
MATCH_CHARACTERS = 100


def quoted(text: str) -> str:
    """A service's own words for a message: on one line, as many as help."""
    return ellipsis(" ".join(text[: 2 * QUOTED_CHARACTERS].split()), QUOTED_CHARACTERS)


class ChipAtlasError(Exception):
    """Base of all errors raised on purpose by this package."""

    code: ClassVar[str] = "error"
    next_action: ClassVar[str] = "Read the message and do what it says."
    #: Of a command that the error ends; 2 is the command line's own. Subclasses without one of theirs share it.
    exit_status: ClassVar[int] = 1

    def advise(self, sentence: str) -> None:
        """Add a line to the message: what else can be done, as somebody who knows more of the matter sees it."""
        self.args = (f"{self.args[0]}\n{sentence}", *self.args[1:])

    def __str__(self) -> str:
        # A message quotes replies, names and files of others, and ends on a terminal.
        return printable(super().__str__())


class InputError(ChipAtlasError, ValueError):
    """Something the caller gave cannot be used as it is."""

    code: ClassVar[str] = "input"
    exit_status: ClassVar[int] = 3
    next_action: ClassVar[str] = "Correct the value that the message names and run the step again."


class NotFoundError(InputError, LookupError):
    """A name that does not exist where it was looked for.

    Parameters
    ----------
    message : str
        What was looked for, where, and what to do next.
    matches : sequence of str
        Names that do exist and are close to what was asked for, best first.
    """

    code: ClassVar[str] = "not-found"
    exit_status: ClassVar[int] = 4
    next_action: ClassVar[str] = (
        "Take one of the matches if it is what the user meant, else ask the user; never guess a name."
    )

    def __init__(self, message: str, matches: Sequence[str] = ()) -> None:
        self.matches = list(matches)
        if self.matches:
            message = (
                f"{message}\nDid you mean: {', '.join(ellipsis(name, MATCH_CHARACTERS) for name in self.matches)}?"
            )
        super().__init__(message)


class NoDataError(NotFoundError):
    """A name that exists, with nothing behind it."""

    code: ClassVar[str] = "no-data"
    next_action: ClassVar[str] = (
        "Do not change the name; try another distance or genome, or tell the user that there is no data."
    )


class TooFewError(InputError):
    """A group without replicates."""

    code: ClassVar[str] = "too-few"
    next_action: ClassVar[str] = (
        "Ask the user for more experiments; pass allow_no_replicates=True only if the user agrees to a mere ranking."
    )


class RefusedError(InputError):
    """The server refused the request as it is."""

    code: ClassVar[str] = "refused"
    next_action: ClassVar[str] = (
        "Check that every accession, the genome and analysis_type fit together; do not send the same request again."
    )


class NothingLeftError(InputError):
    """The filters removed everything."""

    code: ClassVar[str] = "nothing-left"
    next_action: ClassVar[str] = "Loosen the filter that the message names, and tell the user which and why."


class OutputError(ChipAtlasError, OSError):
    """A result cannot be written where it was asked for."""

    code: ClassVar[str] = "output"
    exit_status: ClassVar[int] = 5
    next_action: ClassVar[str] = (
        "Give an output_dir that can be written to, or free disk space, and run the step again."
    )


class MissingExtraError(ChipAtlasError, ImportError):
    """An optional dependency is needed and not installed."""

    code: ClassVar[str] = "missing-extra"
    exit_status: ClassVar[int] = 6
    next_action: ClassVar[str] = "Install what the message names and run the step again."


class ServiceUnavailableError(ChipAtlasError, ConnectionError):
    """A service is down, in maintenance, or cannot be reached.

    Parameters
    ----------
    message : str
        Which service, and what to do.
    retry_after : float, optional
        Seconds that the service itself asks to be left alone for.
    nothing_done : bool
        Whether the service certainly did nothing: it was not reached, or it turned the request away as too busy.
    timed_out : bool
        Whether it was reached, and sent nothing for as long as it is waited for.
    known_before : bool
        Whether the outage was met before in the same run, and so was said before.
    """

    def __init__(
        self,
        message: str,
        retry_after: float | None = None,
        *,
        nothing_done: bool = False,
        timed_out: bool = False,
        known_before: bool = False,
    ) -> None:
        self.retry_after = retry_after
        self.nothing_done = nothing_done
        self.timed_out = timed_out
        self.known_before = known_before
        super().__init__(message)

    code: ClassVar[str] = "service-unavailable"
    exit_status: ClassVar[int] = 7
    next_action: ClassVar[str] = (
        f"Wait some minutes, run the same call again, a few times at most; `{command('doctor')}` "
        "tells which service is down."
    )


class BadResponseError(ChipAtlasError):
    """A service answered with something else than it promises.

    Parameters
    ----------
    message : str
        What was expected, and from which URL.
    body : str or bytes
        What came instead; its first 200 characters are quoted.
    status : int, optional
        Of the HTTP reply, where it was the wrong one.
    """

    code: ClassVar[str] = "bad-response"
    exit_status: ClassVar[int] = 8
    next_action: ClassVar[str] = (
        "Run the same call again, once; if it comes again, tell the user that the service sends "
        "something else than it promises."
    )

    def __init__(self, message: str, body: str | bytes = "", status: int | None = None) -> None:
        self.status = status
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        self.body = text[:QUOTED_CHARACTERS]
        answer = quoted(self.body)
        super().__init__(f"{message}\nIt answered: {answer}" if answer else message)


class SubmissionError(BadResponseError):
    """Whether the job was started is not known."""

    code: ClassVar[str] = "submission-unclear"
    next_action: ClassVar[str] = (
        "Tell the user that a job may be running already; only if the user agrees, run the same call with resume=False."
    )

    @classmethod
    def unanswered(cls, what: str, body: str = "") -> SubmissionError:
        """The error for a form that was sent and brought no request id; `what` came or happened instead."""
        return cls(
            f"{what}\nThe form was sent once, and is not sent again by itself: a job may have been started, and its id "
            "is not known. resume=False submits anew; ask the user first.",
            body,
        )


class JobFailedError(ChipAtlasError):
    """The server ended the job without a result.

    Parameters
    ----------
    message : str
        What the server says.
    request_id : str
        Of the job.
    """

    code: ClassVar[str] = "job-failed"
    exit_status: ClassVar[int] = 9
    next_action: ClassVar[str] = (
        "Leave out the experiment that the server's own line names, or correct the genome, and run step 2 again."
    )

    def __init__(self, message: str, request_id: str = "") -> None:
        self.request_id = request_id
        super().__init__(message)


class JobLostError(JobFailedError):
    """The server does not know the job: it was lost, or its result was removed."""

    code: ClassVar[str] = "job-lost"
    next_action: ClassVar[str] = "Run the same call again, once: it submits a new job."


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

    code: ClassVar[str] = "some-failed"
    next_action: ClassVar[str] = (
        "Report what is done, then treat each failure by its own code; do not run the whole list again."
    )

    def __init__(
        self, message: str, results: Mapping[str, Any] | None = None, failures: Mapping[str, Exception] | None = None
    ) -> None:
        self.results = dict(results or {})
        self.failures = dict(failures or {})
        super().__init__("\n".join([message, *(f"{name}: {error}" for name, error in self.failures.items())]))


class JobTimeoutError(ChipAtlasError, TimeoutError):
    """The job did not end within the time allowed; it may still be running.

    Parameters
    ----------
    message : str
        What state it was in, and how to go on.
    request_id : str
        Of the job.
    """

    code: ClassVar[str] = "job-timeout"
    exit_status: ClassVar[int] = 10
    next_action: ClassVar[str] = (
        "Run the same call again with the same output_dir: it goes on waiting for the same job."
    )

    def __init__(self, message: str, request_id: str = "") -> None:
        self.request_id = request_id
        super().__init__(message)
