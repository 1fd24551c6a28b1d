"""Step 1 of the target-genes skill, example data."""

from .targets.query.load import load_example_query

__all__ = ["load_example_query"]
