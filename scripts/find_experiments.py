"""Before step 1, where there are no accessions yet: ``from scripts.find_experiments import find_experiments``."""

from .experiments.groups.make import make_groups
from .experiments.groups.suggest import suggest_groups
from .experiments.search import find_experiments

__all__ = ["find_experiments", "make_groups", "suggest_groups"]
