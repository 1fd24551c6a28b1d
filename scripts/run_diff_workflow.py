"""Step 2 of the differential-region skill: ``from scripts.run_diff_workflow import run_diff_workflow``."""

from .diff.workflow import run_diff_workflow

__all__ = ["run_diff_workflow"]
