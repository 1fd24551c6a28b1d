"""Step 1 of the target-genes skill, a factor of one's own."""

from .targets.query.load import load_user_query

__all__ = ["load_user_query"]
