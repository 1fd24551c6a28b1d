"""Tools of differential regions: start, look, fetch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from ...chipatlas.endpoints import poll_seconds, wabi_url
from ...common.errors import JobTimeoutError
from ...diff import run_diff_workflow
from ...diff.annotate.blacklist import ENCODE
from ...diff.outputs import OUTPUT_FILES, PLOTS
from ...diff.results.filter_regions import MIN_REGION_SIZE
from ..answers import common_parts, top_loci, with_picture
from ..calls import in_thread, tool
from ..comparisons import find, finish, job, start
from ..folders import Folders
from ..limits import Offset, PageSize, page_of
from ..models import Comparison, Job

#: Clients wait about a minute for a tool.
WAIT_SECONDS = 40.0
_OUTPUT = "Folder of the comparison, as start_comparison answered it."


class ComparisonTools:
    """`start_comparison`, `comparison_status` and `comparison_result` on some folders."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    def add_to(self, server: MCPServer) -> None:
        started = tool(
            run_diff_workflow,
            experiments_a="Accessions (SRX, ERX, DRX, GSM) of group A, at least 2. A positive effect is higher in A.",
            experiments_b="Accessions of group B, at least 2.",
            output_dir="Folder for the results, below a folder of the server; made of labels and request if left out.",
            blacklist='"encode", "none", or a BED file in a folder of the server.',
            resume="False submits a second job for the same request: only when the user agrees.",
        )
        server.add_tool(
            started(self.start_comparison), annotations=ToolAnnotations(destructive_hint=False, idempotent_hint=True)
        )
        looked = tool(output_dir=_OUTPUT)
        server.add_tool(looked(self.comparison_status), annotations=ToolAnnotations(read_only_hint=True))
        fetched = tool(
            output_dir=_OUTPUT,
            timeout="Seconds to wait for the job; then the error job-timeout, and the same call goes on waiting.",
            annotation="Where gene names come from, when the export is made: ucsc (near the first 50 regions), tss, "
            "features, features+ccre (hg38 and mm10), none.",
            image="Plot to show, or none.",
        )
        server.add_tool(fetched(self.comparison_result), annotations=ToolAnnotations(idempotent_hint=True))

    async def start_comparison(
        self,
        context: Context,
        experiments_a: list[str],
        experiments_b: list[str],
        genome: str = "hg38",
        analysis_type: Literal["diffbind", "dmr"] = "diffbind",
        description_a: str = "group_A",
        description_b: str = "group_B",
        output_dir: str | None = None,
        title: str | None = None,
        min_region_size: int = MIN_REGION_SIZE,
        standard_contigs_only: bool = True,
        allow_no_replicates: bool = False,
        preflight: bool = True,
        resume: bool = True,
        blacklist: str | None = ENCODE,
    ) -> Job:
        """Start a comparison of two groups of experiments on ChIP-Atlas's server, and return at once.

        The same request never has a second job: asked again, here or by another client, the first one is answered. A
        job takes some 10 to 20 minutes. Show the user both groups first.
        """
        given: dict[str, Any] = {
            "experiments_a": experiments_a,
            "experiments_b": experiments_b,
            "genome": genome,
            "analysis_type": analysis_type,
            "description_a": description_a,
            "description_b": description_b,
            "title": title,
            "min_region_size": min_region_size,
            "standard_contigs_only": standard_contigs_only,
            "allow_no_replicates": allow_no_replicates,
            "preflight": preflight,
            "resume": resume,
            "blacklist": blacklist,
        }
        # Once the form is on its way its answer must be written down: this call is short, and runs to its end.
        started, said = await in_thread(context, lambda: start(self.folders, output_dir, given), stoppable=False)
        return started.model_copy(update={"messages": said})

    async def comparison_status(self, context: Context, output_dir: str) -> Job:
        """How a comparison stands: its folder knows its job, also after a restart of this server."""
        state, said = await in_thread(context, lambda: job(self.folders, *find(self.folders, output_dir)))
        return state.model_copy(update={"messages": said})

    async def comparison_result(
        self,
        context: Context,
        output_dir: str,
        timeout: Annotated[float, Field(ge=0, le=3600)] = WAIT_SECONDS,
        annotation: Literal["ucsc", "tss", "features", "features+ccre", "none"] = "ucsc",
        offset: Offset = 0,
        page_size: PageSize = 10,
        image: Literal[(*PLOTS, "none")] = PLOTS[0],  # type: ignore[valid-type]
    ) -> Annotated[CallToolResult, Comparison]:
        """The result of a comparison: headline, findings, top loci, files, a plot. The first call draws and exports it.

        Tell the user the major findings before the numbers, and the caveats with them.
        """
        await self._wait(context, output_dir, timeout)
        results, said = await in_thread(context, lambda: finish(self.folders, output_dir, annotation))
        folder = self.folders.results(output_dir)
        answer = Comparison(
            **common_parts(results, folder, self.folders, OUTPUT_FILES),
            request_id=results.provenance["request_id"],
            caveats=results.design_caveats,
            top=page_of(top_loci(results), offset, page_size),
            messages=said,
        )
        return with_picture(answer, folder, image)

    async def _wait(self, context: Context, output_dir: str, timeout: float) -> None:
        """Wait until the job has ended in any way; nothing runs meanwhile, so that a cancelled request just ends."""
        began = anyio.current_time()
        while True:
            state, _ = await in_thread(context, lambda: job(self.folders, *find(self.folders, output_dir)))
            if state.state in ("finished", "exported", "failed", "unclear"):
                return
            waited = anyio.current_time() - began
            if waited + poll_seconds(wabi_url()) > timeout:
                raise JobTimeoutError(
                    f"Job {state.request_id} is {state.state!r} after {state.seconds_since:.0f} s; this call waited "
                    f"{waited:.0f} s (timeout={timeout:g}). Ask comparison_status later, then call this again.",
                    state.request_id,
                )
            await context.report_progress(waited, timeout, f"Job {state.state}")
            await anyio.sleep(poll_seconds(wabi_url()))
