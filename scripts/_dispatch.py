"""Which skill a results dictionary belongs to; used by the two doors both skills share."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from scripts.shared.errors import InputError

#: The key that only this skill's results carry -> its package.
_SKILLS = {"diff_regions": "scripts.diff", "target_genes": "scripts.targets"}


def skill_module(results: dict[str, Any], part: str) -> ModuleType:
    """The module ``plots`` or ``export`` of the skill that made `results`."""
    for key, package in _SKILLS.items():
        if isinstance(results, dict) and key in results:
            return import_module(f"{package}.{part}")
    raise InputError(
        f"These results ({type(results).__name__}) come from neither skill.\n"
        "Pass what run_diff_workflow() or run_target_genes_workflow() returned."
    )
