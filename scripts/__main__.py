"""``python -m scripts``, the same as the installed command ``chip-atlas``."""

from __future__ import annotations

import sys

from .common.terminal.interrupts import INTERRUPTED, Ending


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    if arguments is not None:
        return _run(arguments)
    ending = Ending()
    try:
        status = _run(sys.argv[1:])
    except KeyboardInterrupt:  # before the command line was read, or after the end of the command
        sys.stderr.write("Interrupted. To go on, run the same command again.\n")
        status = INTERRUPTED
    ending.ignore_from_now()
    if status == INTERRUPTED:
        ending.interrupted()
    return status


def _run(arguments: list[str]) -> int:
    try:
        from .cli.main import main as run
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        return _without_click(arguments)
    return run(arguments)


def _without_click(arguments: list[str]) -> int:
    """Where the library that reads the command line is missing, the doctor must still be there to say so."""
    from .cli.doctor import run_doctor
    from .common.requirements import CORE, not_installed

    if arguments[:1] == ["doctor"]:
        return run_doctor(offline="--offline" in arguments, json="--json" in arguments)
    sys.stderr.write(f"{not_installed('The command line', 'click', CORE)}\n")
    return not_installed("The command line", "click", CORE).exit_status


if __name__ == "__main__":
    sys.exit(main())
