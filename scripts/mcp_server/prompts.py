"""Prompts: how each of the two skills is done with these tools."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

_COMPARE = """Compare two groups of public experiments from ChIP-Atlas: {question}

1. find_experiments(genome="{genome}", words=...), then suggest_groups with the same words. Read messages: they say how
   each word was understood.
2. Show the contrasts that fit, with also_differs and unbalanced, and ask the user which one. Never choose by yourself,
   never guess accessions.
3. start_comparison with accessions_a and accessions_b of the chosen contrast and labels that say what A and B are.
4. comparison_status once in a while; comparison_result when the state is finished.
5. Report the major findings first, then caveats, then the headline. A positive effect is higher in A. Count loci rather
   than regions. If simulated is true, say SIMULATED before anything else.
6. What a column means: explain_column. The whole report: the resource of summary_report.md."""

_TARGETS = """Find the target genes of {protein} ({genome}) from all public ChIP-seq experiments in ChIP-Atlas.

1. target_genes(protein="{protein}", genome="{genome}"). On the error not-found take a match only if the user means it.
2. Report the headline, the first genes with binding rate and number of experiments, and every finding.
3. Binding near a gene is no proof of regulation. Genes that are hot with most factors are no evidence for this one:
   look at hot_share and specificity where they are.
4. Questions about single pairs: edge_evidence. What a column means: explain_column. If simulated is true, say SIMULATED
   before anything else."""


def add_prompts(server: MCPServer) -> None:
    """Add one prompt a skill."""

    def differential_regions(question: str, genome: str = "hg38") -> str:
        return _COMPARE.format(question=question, genome=genome)

    def target_genes_of(protein: str, genome: str = "hg38") -> str:
        return _TARGETS.format(protein=protein, genome=genome)

    about = "Differential regions between two groups: question is what to compare, in words."
    server.prompt(name="differential_regions", description=about)(differential_regions)
    about = "Target genes of a factor: protein is its official symbol."
    server.prompt(name="target_genes_of", description=about)(target_genes_of)
