"""Step 2 of the target-genes skill: download, rank and filter the target genes of a factor."""

from .targets.workflow import run_target_genes_workflow

__all__ = ["run_target_genes_workflow"]
