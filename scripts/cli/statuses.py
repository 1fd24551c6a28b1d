"""What the exit status of a command says."""

from __future__ import annotations

from ..common import errors

#: Status -> when a command ends with it. `serve -- COMMAND` ends with the command's own.
STATUSES = {
    0: "done",
    1: "done, and something is not as it should be: a check of doctor or verify, some factors or tables failed",
    2: "the command line itself is wrong (unknown option, missing value)",
    errors.InputError.exit_status: "something given cannot be used as it is",
    errors.NotFoundError.exit_status: "a name that does not exist, or has no data; near matches are told",
    errors.OutputError.exit_status: "a folder or file cannot be written",
    errors.MissingExtraError.exit_status: "an optional package is not installed",
    errors.ServiceUnavailableError.exit_status: "a service is down or out of reach: try the same call again later",
    errors.BadResponseError.exit_status: "a service answered with something else than it promises",
    errors.JobFailedError.exit_status: "the server says that the analysis failed",
    errors.JobTimeoutError.exit_status: "the job did not end in time: the same call goes on with it",
}
