"""``python -m scripts demo | serve | verify | doctor | install-skills | atlas``.

What a command needs is imported when it is run: `doctor` must work where packages are missing.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

from . import __version__
from .common.error_report import as_line
from .common.errors import ChipAtlasError
from .common.requirements import OFFLINE, not_installed

#: What a shell answers when a command is not found.
COMMAND_NOT_FOUND = 127


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, command = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    parser = _parser(with_atlas=own[:1] == ["atlas"])
    options = parser.parse_args(own)
    if "--" in given and options.command != "serve":
        parser.error("only `serve` takes a command after `--`")
    if "--" in given and not command:
        parser.error("`serve --` needs a command to run, such as: serve -- python my_analysis.py")
    try:
        if options.command == "demo":
            from .cli.demo import run_demo

            return run_demo(options.output)
        if options.command == "verify":
            return _verify(options.folder)
        if options.command == "doctor":
            from .cli.doctor import run_doctor

            return run_doctor(offline=options.offline, json=options.json)
        if options.command == "install-skills":
            from .cli.install_skills import install_skills

            install_skills(options.folder)
            return 0
        if options.command == "atlas":
            status: int = options.run(options)
            return status
        return _serve(options.port, options.site, command)
    except ChipAtlasError as error:
        print(as_line(error), file=sys.stderr)
        return 1


def _parser(*, with_atlas: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts", description="ChIP-Atlas Skills.")
    parser.add_argument("--version", action="version", version=f"chip-atlas-skills {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run both skills end to end on the embedded, SIMULATED ChIP-Atlas")
    demo.add_argument("--output", type=Path, default=Path("demo_results"), help="folder for the results")
    check = commands.add_parser("verify", help="check a results folder against its analysis_object.json")
    check.add_argument("folder", help="what output_dir was; ends with 0 when every file is as it was exported, else 1")
    doctor = commands.add_parser("doctor", help="say what works here and what does not; ends with 1 if anything fails")
    doctor.add_argument("--offline", action="store_true", help="do not ask the services")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    install = commands.add_parser("install-skills", help="write both skills as self-contained folders for agents")
    install.add_argument("folder", metavar="DIR", help="where the two folders go, such as ~/.claude/skills")
    serve = commands.add_parser(
        "serve",
        help="start the embedded, SIMULATED ChIP-Atlas",
        epilog="`serve -- COMMAND ...` runs a command against it and ends with its exit status.",
    )
    serve.add_argument("--port", type=int, default=0, help="on 127.0.0.1; any free port when not given")
    serve.add_argument(
        "--site", choices=("old", "new"), default="old", help="dialect of its site: production's, or its successor's"
    )
    if with_atlas:
        from .cli.atlas import add_parser

        add_parser(commands)
    else:
        commands.add_parser("atlas", help="all factors in one dataset: build it, ask it")
    return parser


def _verify(folder: str) -> int:
    from .common.console import announce_simulation, verify
    from .common.files.manifest import verify_folder
    from .common.text import plural

    found = verify_folder(folder)
    announce_simulation(found.simulated)
    for what in ("missing", "changed", "unexpected"):
        for name in getattr(found, what):
            verify(f"{what}: {name}")
    if found.ok:
        verify(f"✓ {folder}: {plural(found.listed, 'file')} as exported")
        return 0
    verify(
        f"{folder} is not as exported: {len(found.missing)} missing, {len(found.changed)} changed, "
        f"{len(found.unexpected)} unexpected.\n"
        "A step that was run again changes files: run export_all() after it, and they are listed anew."
    )
    return 1


def _serve(port: int, site: Literal["old", "new"], command: list[str]) -> int:
    try:
        from .emulator import serve
    except ImportError as error:
        raise not_installed("The embedded service", error.name, OFFLINE) from error

    with serve(port=port, site=site) as atlas:
        if command:
            from .cli.demo import own_cache

            try:
                with own_cache() as environment:
                    return subprocess.run(command, check=False, env=environment).returncode
            except OSError as error:
                print(f"Cannot run {command[0]}: {error.strerror}", file=sys.stderr)
                return COMMAND_NOT_FOUND
        for name, value in atlas.environment.items():
            print(f"export {name}={value}")
        print("# SIMULATED ChIP-Atlas is up: paste these lines into another shell. Ctrl-C ends it.", file=sys.stderr)
        sys.stdout.flush()
        _wait_for_a_signal()
    return 0


def _wait_for_a_signal() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    sys.exit(main())
