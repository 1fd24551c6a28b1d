"""``chip-atlas mcp --folder FOLDER``: serve agents over the Model Context Protocol."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ...common.errors import InputError
from ...common.requirements import MCP, not_installed

#: Not an option: other users of a machine can read a command line.
TOKEN_VARIABLE = "CHIPATLAS_MCP_TOKEN"


@click.command("mcp")
@click.option(
    "--folder",
    "folders",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="Folder that may be read and written, once for each; relative names belong to the first.",
)
@click.option("--atlas", type=click.Path(path_type=Path), help="Dataset of `atlas build`: offers factors_of.")
@click.option("--http", is_flag=True, help="Serve streamable HTTP instead of stdin and stdout.")
@click.option("--host", default="127.0.0.1", show_default=True, help=f"Any other needs {TOKEN_VARIABLE}.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Any free one when not given.")
@click.option("--allow-host", multiple=True, help="Name by which clients elsewhere call this server; once for each.")
def command(
    folders: tuple[Path, ...], atlas: Path | None, http: bool, host: str, port: int, allow_host: tuple[str, ...]
) -> None:
    """Serve agents over the Model Context Protocol: find, compare, wait, explain.

    Without --http one client speaks on stdin and stdout, as desktop clients start it. With it any number do; where
    CHIPATLAS_MCP_TOKEN is set every request must bear it (Authorization: Bearer).
    """
    if not http and (host != "127.0.0.1" or port or allow_host):
        raise click.UsageError("--host, --port and --allow-host go with --http.")
    try:
        from ...mcp_server import create_server, serve_http, serve_stdio
    except ModuleNotFoundError as error:
        raise not_installed("The server for agents", error.name, MCP) from error
    server = create_server(folders, atlas)
    if not http:
        serve_stdio(server)
        return
    token = os.environ.get(TOKEN_VARIABLE)
    if token == "":
        raise InputError(f"{TOKEN_VARIABLE} is empty. Set it to a long random text, or unset it.")
    serve_http(server, host, port, token, allow_host, lambda address: click.echo(f"Serving agents at {address}"))
