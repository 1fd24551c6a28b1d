"""Whole conversations of the SDK's own client with a server in a process of its own."""

from __future__ import annotations

import base64
import io

import anyio
import pytest

pytest.importorskip("mcp")
pytest.importorskip("flask")

from mcp_types import ImageContent
from PIL import Image

from scripts.common.files.manifest import verify_folder
from scripts.diff import export_all
from scripts.diff.inputs.examples import get_example
from tests.factors.planted import GENOME as CE11
from tests.factors.planted import LOWER_IN, planted_results
from tests.factors.test_enrich_factors import planted
from tests.mcp_server.sessions import GENOME, call, error_of, http_server, session, stdio, talk, until_finished

EXAMPLE = get_example("tp53_k562_dmso_vs_daunorubicin")
GROUPS = {"experiments_a": list(EXAMPLE.experiments_a), "experiments_b": list(EXAMPLE.experiments_b)}
ASKED = {**GROUPS, "genome": GENOME, "description_a": "DMSO", "description_b": "Daunorubicin"}
TOOLS = {
    "find_experiments",
    "suggest_groups",
    "start_comparison",
    "comparison_status",
    "comparison_result",
    "target_genes",
    "edge_evidence",
    "enrich_factors",
    "explain_column",
}


async def converse(client) -> None:
    """List, find, start, status, result with an image: the same over any transport."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == TOOLS and all(tool.output_schema for tool in tools.values())
    described = tools["start_comparison"].input_schema["properties"]
    assert "at least 2" in described["experiments_a"]["description"] and described["min_region_size"]["description"]
    assert {prompt.name for prompt in (await client.list_prompts()).prompts} == {
        "differential_regions",
        "target_genes_of",
    }
    found = await call(client, "find_experiments", genome=GENOME, words="TP53 K-562", page_size=3)
    assert found["simulated"] and len(found["experiments"]["rows"]) == 3 and found["experiments"]["next_offset"] == 3
    assert any("TP53" in line for line in found["messages"])
    offered = await call(client, "suggest_groups", genome=GENOME, words="TP53 K-562")
    assert offered["contrasts"]["rows"][0]["accessions_a"]
    started = await call(client, "start_comparison", **ASKED)
    assert started["submitted_now"] and started["request_id"].startswith("wabi_chipatlas_")
    folder = started["output_dir"]
    assert (await until_finished(client, folder))[-1] == "finished"
    progress: list[str] = []

    async def heard(_done, _total, message) -> None:
        progress.append(message)

    result = await client.call_tool(
        "comparison_result", {"output_dir": folder, "page_size": 5, "annotation": "none"}, progress_callback=heard
    )
    assert not result.is_error, result.content[0].text
    answer = result.structured_content
    assert answer["simulated"] and answer["asked"] == "DMSO vs Daunorubicin, hg38"
    assert answer["headline"][0]["what"].startswith("significant regions") and len(answer["top"]["rows"]) == 5
    assert {"code", "severity", "recommendation"} <= set(answer["findings"][0]) and answer["caveats"]
    assert any("Export" in line for line in progress)
    assert len(result.content[0].text) < 20_000
    (picture,) = [item for item in result.content if isinstance(item, ImageContent)]
    with Image.open(io.BytesIO(base64.b64decode(picture.data))) as shown:
        assert shown.format == "PNG" and max(shown.size) <= 1000
    files = {item["name"]: item for item in answer["files"]}
    report = (await client.read_resource(files["summary_report.md"]["uri"])).contents[0]
    assert report.mime_type == "text/markdown" and "SIMULATED" in report.text
    plot = (await client.read_resource(files["ma_plot.png"]["uri"])).contents[0]
    assert plot.mime_type == "image/png" and base64.b64decode(plot.blob).startswith(b"\x89PNG")
    second = await call(client, "comparison_result", output_dir=folder, offset=5, page_size=5, image="none")
    assert second["top"]["offset"] == 5 and second["headline"] == answer["headline"]
    assert (await call(client, "comparison_status", output_dir=folder))["state"] == "exported"


@pytest.mark.slow
def test_a_session_over_stdio(atlas, tmp_path):
    async def conversation():
        async with session(stdio(tmp_path)) as client:
            await converse(client)

    talk(conversation)
    (folder,) = tmp_path.iterdir()
    assert verify_folder(folder).unexpected == ["SIMULATED.txt", "job.json"] or verify_folder(folder).ok


@pytest.mark.slow
def test_a_session_over_http(atlas, tmp_path):
    async def conversation():
        async with session(address) as client:
            await converse(client)

    with http_server(tmp_path) as (address, _):
        talk(conversation)


@pytest.mark.slow
def test_a_server_killed_between_start_and_status_loses_nothing(atlas, tmp_path):
    async def start():
        async with session(address) as client:
            return await call(client, "start_comparison", **ASKED)

    async def go_on():
        async with session(stdio(tmp_path)) as client:
            states = await until_finished(client, started["output_dir"])
            return states, await call(client, "start_comparison", **ASKED)

    before = len(atlas.jobs)
    with http_server(tmp_path) as (address, process):
        started = talk(start)
        process.kill()
        process.wait()
    states, again = talk(go_on)
    assert states[-1] == "finished"
    assert again["request_id"] == started["request_id"] and again["submitted_now"] is False
    assert len(atlas.jobs) == before + 1


@pytest.mark.slow
def test_two_clients_at_once_have_one_job(atlas, tmp_path):
    """Two sessions of one server and a server of its own start the same, two of them with folders of their own."""

    async def conversation():
        answers = []

        async def ask(server, output_dir):
            async with session(server) as client:
                answers.append(await call(client, "start_comparison", **ASKED, output_dir=output_dir))

        async with anyio.create_task_group() as group:
            group.start_soon(ask, address, None)
            group.start_soon(ask, address, "mine")
            group.start_soon(ask, stdio(tmp_path), "his")
        return answers

    before = len(atlas.jobs)
    with http_server(tmp_path) as (address, _):
        answers = talk(conversation)
    assert len({one["request_id"] for one in answers}) == len({one["output_dir"] for one in answers}) == 1
    assert [one["submitted_now"] for one in answers].count(True) == 1 and len(atlas.jobs) == before + 1


@pytest.mark.slow
def test_a_cancelled_wait_leaves_a_job_to_go_on_with(atlas_server, tmp_path, monkeypatch):
    from scripts.emulator import serve

    async def conversation():
        async with session(stdio(tmp_path)) as client:
            started = await call(client, "start_comparison", **ASKED)
            with anyio.move_on_after(1.0) as scope:
                await client.call_tool("comparison_result", {"output_dir": started["output_dir"], "timeout": 100})
            assert scope.cancelled_caught
            late = await error_of(client, "comparison_result", output_dir=started["output_dir"], timeout=0)
            assert late["code"] == "job-timeout" and late["request_id"] == started["request_id"]
            state = await call(client, "comparison_status", output_dir=started["output_dir"])
            return started, state

    with serve(waiting_seconds=30, running_seconds=30) as slow:
        started, state = talk(conversation)
        assert len(slow.jobs) == 1
    assert state["request_id"] == started["request_id"] and state["state"] in ("waiting", "not-found")


def test_targets_pairs_and_columns(atlas, tmp_path):
    async def conversation():
        async with session(stdio(tmp_path)) as client:
            pairs = await call(
                client, "edge_evidence", edges=[["TP53", "SIM0001"], ["NOSUCH", "SIM0001"]], background="none"
            )
            assert pairs["statuses"]["no table"] == 1 and pairs["simulated"]
            missing = await error_of(client, "target_genes", protein="TP53X")
            assert missing["code"] == "not-found" and "TP53" in missing["matches"] and missing["next_action"]
            meaning = await call(client, "explain_column", column="logFC", table="diffbind")
            assert "log2(A / B)" in meaning["meanings"][0]["text"]
            unknown = await error_of(client, "explain_column", column="logFD")
            assert "logFC" in unknown["matches"]
            document = (await client.read_resource(meaning["meanings"][0]["reference"])).contents[0]
            assert document.text.startswith("# Files and columns")

    talk(conversation)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_factors_at_the_regions_of_a_folder(atlas, tmp_path):
    export_all(planted_results(tmp_path / "run"), tmp_path / "run", annotation="none")
    before = len(atlas.jobs)

    async def conversation():
        async with session(stdio(tmp_path)) as client:
            answer = await client.call_tool(
                "enrich_factors", {"output_dir": "run", "page_size": 3, "wait_seconds": 120}
            )
            assert not answer.is_error and any(isinstance(item, ImageContent) for item in answer.content)
            told = answer.structured_content
            assert told["simulated"] and told["antigens"]["rows"][0]["antigen"] == planted(CE11, LOWER_IN["gained"])
            again = await call(client, "enrich_factors", output_dir="run", offset=3)
            assert again["antigens"]["rows"] and len(atlas.jobs) == before + 2
            wrong = await error_of(client, "enrich_factors", output_dir="run", top=10)
            assert "top is for target genes" in wrong["message"]
            none = await error_of(client, "enrich_factors", output_dir="nothing")
            assert none["code"] == "not-found"

    talk(conversation)


@pytest.mark.slow
def test_target_genes_come_in_pages(atlas, tmp_path):
    async def conversation():
        async with session(stdio(tmp_path)) as client:
            first = await client.call_tool("target_genes", {"protein": "TP53", "top_n": 30, "page_size": 20})
            assert not first.is_error and any(isinstance(item, ImageContent) for item in first.content)
            answer = first.structured_content
            written = (tmp_path / answer["output_dir"] / "analysis_object.json").stat().st_mtime_ns
            rest = await call(client, "target_genes", protein="TP53", top_n=30, offset=20, page_size=20)
            assert len(rest["top"]["rows"]) == 10 and rest["top"]["next_offset"] is None
            assert (tmp_path / answer["output_dir"] / "analysis_object.json").stat().st_mtime_ns == written

    talk(conversation)


@pytest.mark.slow
def test_factors_of_is_offered_with_an_atlas(atlas, tmp_path):
    pytest.importorskip("duckdb")
    pytest.importorskip("distributed")
    from scripts.atlas import build_atlas
    from scripts.emulator.simulation.factors.target_tables import target_table

    tables = tmp_path / "tables"
    tables.mkdir()
    for factor in ("TP53", "MYC"):
        (tables / f"{factor}.5.tsv").write_bytes(target_table(GENOME, factor, 5))
    (tables / "SIMULATED.txt").write_text("SIMULATED")
    build_atlas(GENOME, tmp_path / "atlas", source=tables, scheduler="synchronous")

    async def conversation():
        async with session(stdio(tmp_path / "results", more=("--atlas", str(tmp_path / "atlas")))) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS | {"factors_of"}
            answer = await call(client, "factors_of", genes=["SIM0478"], page_size=1)
            assert answer["simulated"] and answer["factors"]["rows"][0]["factor"] in ("TP53", "MYC")
            assert (await error_of(client, "factors_of", genes=["NOSUCH"]))["code"] == "not-found"

    talk(conversation)
