"""``python -m scripts demo | serve | atlas``."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
from pathlib import Path

from scripts import __version__
from scripts.demo import own_cache, run_demo
from scripts.shared.errors import ChipAtlasError, MissingExtraError
from scripts.targets.atlas.cli import add_parser as add_atlas

#: What a shell answers when a command is not found.
COMMAND_NOT_FOUND = 127


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, command = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    options = _parser().parse_args(own)
    if "--" in given and options.command != "serve":
        _parser().error("only `serve` takes a command after `--`")
    if "--" in given and not command:
        _parser().error("`serve --` needs a command to run, such as: serve -- python my_analysis.py")
    try:
        if options.command == "demo":
            return run_demo(options.output)
        if options.command == "atlas":
            status: int = options.run(options)
            return status
        return _serve(options.port, command)
    except ChipAtlasError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts", description="ChIP-Atlas Skills.")
    parser.add_argument("--version", action="version", version=f"chip-atlas-skills {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run both skills end to end on the embedded, SIMULATED ChIP-Atlas")
    demo.add_argument("--output", type=Path, default=Path("demo_results"), help="folder for the results")
    serve = commands.add_parser(
        "serve",
        help="start the embedded, SIMULATED ChIP-Atlas",
        epilog="`serve -- COMMAND ...` runs a command against it and ends with its exit status.",
    )
    serve.add_argument("--port", type=int, default=0, help="on 127.0.0.1; any free port when not given")
    add_atlas(commands)
    return parser


def _serve(port: int, command: list[str]) -> int:
    try:
        from scripts.emulator import serve
    except ImportError as error:
        raise MissingExtraError(
            f"The embedded service needs {error.name}. In the root of the repository: pip install '.[emulator]'"
        ) from error

    with serve(port=port) as atlas:
        if command:
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
