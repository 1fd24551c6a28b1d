"""Which skill a results dictionary belongs to; used by the two entry points that both skills share."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType
from typing import Any

from .common.errors import InputError

#: The key that only this skill's results carry -> its package.
_SKILLS = {"diff_regions": ".diff", "target_genes": ".targets"}


def call_skill(
    function: str, results: dict[str, Any], output_dir: str | None, options: dict[str, Any]
) -> dict[str, Any]:
    """Call a function that both skills have, of the skill that made `results`.

    Without an `output_dir` the skill's own default holds.
    """
    if output_dir is not None:
        options = options | {"output_dir": output_dir}
    call = getattr(_skill_of(results), function)
    known = [name for name in inspect.signature(call).parameters if name != "results"]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise InputError(f"{function}() of these results takes no {', '.join(unknown)}; it takes: {', '.join(known)}.")
    answer: dict[str, Any] = call(results, **options)
    return answer


def _skill_of(results: dict[str, Any]) -> ModuleType:
    for key, package in _SKILLS.items():
        if isinstance(results, dict) and key in results:
            return import_module(package, __package__)
    raise InputError(
        f"These results ({type(results).__name__}) come from neither skill.\n"
        "Pass what run_diff_workflow() or run_target_genes_workflow() returned."
    )
