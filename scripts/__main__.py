"""``python -m scripts``, the same as the installed command ``chip-atlas``."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    try:
        from .cli.main import main as run
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        return _without_click(list(sys.argv[1:] if arguments is None else arguments))
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
