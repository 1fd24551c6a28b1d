"""What a server refuses: other folders, other hosts, large requests, to be open without a token."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

pytest.importorskip("mcp")
pytest.importorskip("flask")

from mcp.shared.exceptions import MCPError

from scripts.cli.main import main
from scripts.common.errors import InputError, NotFoundError
from scripts.mcp_server.folders import Folders
from scripts.mcp_server.http import check_exposure
from scripts.mcp_server.limits import MAX_REQUEST_CHARACTERS, characters
from tests.mcp_server.sessions import error_of, http_server, session, stdio, talk

TOKEN = "a-token-that-nobody-tries-out"
_INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def post(address: str, body: bytes | None = None, **headers: str) -> int:
    """Status of a request to a server, by whatever name it is called."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=60)
    given = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("POST", parts.path, json.dumps(_INITIALIZE) if body is None else body, given)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def folders(tmp_path) -> Folders:
    return Folders([tmp_path / "mine", tmp_path / "also"])


@pytest.mark.parametrize(
    "path", ["../other", "/etc", "run/../../other", "run/../../../etc/passwd", "~", "bad\0name", "x" * 5000]
)
def test_a_path_outside_is_refused(folders, path):
    with pytest.raises(InputError):
        folders.inside(path)


def test_links_that_lead_outside_are_refused(folders, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "mine" / "link").symlink_to(tmp_path / "other")
    with pytest.raises(InputError, match="outside the folders"):
        folders.inside("link")
    (tmp_path / "mine" / "run").mkdir()
    (tmp_path / "mine" / "run" / "job.json").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="leads out"):
        folders.results("run")
    (tmp_path / "mine" / "round").symlink_to(tmp_path / "mine" / "round")
    with pytest.raises(InputError):
        folders.inside("round/x")


def test_names_are_found_in_every_folder(folders, tmp_path):
    (tmp_path / "also" / "old").mkdir()
    assert folders.inside("old") == folders.results("old") == (tmp_path / "also" / "old").resolve()
    assert folders.inside("new") == (tmp_path / "mine" / "new").resolve()
    assert folders.name_of(tmp_path / "also" / "old") == "old" and folders.name_of(tmp_path / "mine") == "."
    (tmp_path / "mine" / "old").mkdir()
    assert folders.name_of((tmp_path / "also" / "old").resolve()) == str((tmp_path / "also" / "old").resolve())
    with pytest.raises(NotFoundError, match="is no folder"):
        folders.results("nowhere")


def test_tools_and_resources_refuse_what_is_outside(atlas, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "summary_report.md").write_text("secret")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "run").mkdir()
    (tmp_path / "mine" / "run" / "summary_report.md").symlink_to(tmp_path / "secret" / "summary_report.md")
    outside = str(tmp_path / "secret")
    groups = {"experiments_a": ["SRX1", "SRX2"], "experiments_b": ["SRX3", "SRX4"]}

    async def conversation():
        async with session(stdio(tmp_path / "mine")) as client:
            for told in (
                await error_of(client, "start_comparison", **groups, output_dir=outside),
                await error_of(client, "start_comparison", **groups, blacklist="/etc/passwd"),
                await error_of(client, "comparison_status", output_dir="../secret"),
                await error_of(client, "comparison_result", output_dir=outside),
                await error_of(client, "target_genes", protein="TP53", output_dir=outside),
                await error_of(client, "target_genes", protein="TP53", expression="/etc/passwd"),
                await error_of(client, "edge_evidence", edges="/etc/passwd"),
            ):
                assert told["code"] == "input" and "outside the folders" in told["message"]
            for uri in (
                f"report/{outside}",
                "report/../secret",
                "report/%2e%2e/secret",
                "report/run",
                "plot/run/x.png",
            ):
                with pytest.raises(MCPError):
                    await client.read_resource(f"chip-atlas://{uri}")

    talk(conversation)
    assert sorted(path.name for path in (tmp_path / "secret").iterdir()) == ["summary_report.md"]
    assert not any(method == "POST" and "wabi" in path for method, path in atlas.requests)


def test_a_large_argument_is_refused_on_stdio(atlas, tmp_path):
    async def conversation():
        async with session(stdio(tmp_path)) as client:
            with pytest.raises(MCPError, match="more than 1,000,000 characters") as caught:
                await client.call_tool("find_experiments", {"genome": "hg38", "words": "x" * 50_000_000})
            assert caught.value.error.data["code"] == "input" and caught.value.error.data["next_action"]
            assert len((await client.list_tools()).tools) == 9

    talk(conversation)
    assert not atlas.requests


def test_http_refuses_other_hosts_origins_and_large_bodies(atlas, tmp_path):
    with http_server(tmp_path) as (address, _):
        assert address.startswith("http://127.0.0.1:")
        port = urlsplit(address).port
        assert post(address) == 200
        assert post(address, Host="evil.example") == post(address, Host=f"evil.example:{port}") == 421
        assert post(address, Host=f"localhost.evil.example:{port}") == 421
        assert post(address, Origin="http://evil.example") == post(address, Origin="null") == 403
        assert post(address, Origin=f"http://localhost:{port}") == 200
        try:
            large = post(address, b"x" * 50_000_000)
        except (ConnectionError, BrokenPipeError):
            large = 413  # the server has answered and hung up before it was all sent
        assert large == 413
        assert post(address) == 200


def test_a_token_is_asked_of_every_request(atlas, tmp_path):
    with http_server(tmp_path, CHIPATLAS_MCP_TOKEN=TOKEN) as (address, _):
        assert post(address) == post(address, Authorization="Bearer wrong") == 401
        assert post(address, Authorization=f"Bearer {TOKEN}") == 200
        assert post(address, Authorization=f"Bearer {TOKEN}", Host="evil.example") == 421


@pytest.mark.parametrize(
    ("host", "token", "names", "message"),
    [
        ("0.0.0.0", None, ["atlas.example.org"], "there is no token"),
        ("192.0.2.1", TOKEN, [], "--allow-host"),
        ("127.0.0.1", "short", [], "The token has 5 characters"),
        ("127.0.0.1", "ü" * 30, [], "can be printed"),
    ],
)
def test_being_open_to_others_is_refused(host, token, names, message):
    with pytest.raises(InputError, match=message):
        check_exposure(host, token, names)


def test_what_is_meant_to_be_open_is_allowed():
    check_exposure("0.0.0.0", TOKEN, ["atlas.example.org"])
    check_exposure("::1", None, [])


def test_the_command_says_what_is_wrong(tmp_path, capsys, monkeypatch):
    assert main(["mcp"]) == 2
    assert main(["mcp", "--folder", str(tmp_path), "--port", "1"]) == 2
    assert main(["mcp", "--folder", str(tmp_path), "--http", "--host", "0.0.0.0"]) == 3
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["mcp", "--folder", str(tmp_path), "--http", "--port", port]) == 3
    monkeypatch.setenv("CHIPATLAS_MCP_TOKEN", "")
    assert main(["mcp", "--folder", str(tmp_path), "--http"]) == 3
    assert "CHIPATLAS_MCP_TOKEN is empty" in capsys.readouterr().err


def test_counting_ends_beyond_the_limit():
    assert characters({"a": ["bc", {"d": 1}]}, 100) < 20
    nested: object = "x"
    for _ in range(100_000):
        nested = [nested]
    assert characters(nested, MAX_REQUEST_CHARACTERS) > 100_000
