"""What the plotting and export steps of both skills ask of a results dictionary and of its folder."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import InputError


def require_keys(results: Any, needed: Iterable[str], maker: str) -> None:
    """Refuse anything but what a workflow returned.

    Parameters
    ----------
    results : object
        What the caller gave.
    needed : iterable of str
        Keys that must be there and hold something else than None.
    maker : str
        The function whose results are wanted, for the message.

    Raises
    ------
    InputError
        `results` is no dictionary or lacks a key; the message names every one that is missing.
    """
    held = results if isinstance(results, dict) else {}
    missing = [key for key in needed if held.get(key) is None]
    if missing:
        raise InputError(f"results lacks {', '.join(missing)}; give what {maker}() returned, unchanged.")


#: A file that only this skill writes -> the skill: both write a ``summary_report.md`` and an ``analysis_object.pkl``.
_OWNERS = {
    **dict.fromkeys(("job.json", "raw_results", "volcano_plot.png", "diff_regions_all.csv"), "differential regions"),
    **dict.fromkeys(("target_genes_top_targets.png", "target_genes_all.csv"), "target genes"),
}


def refuse_shared_folder(folder: Path, skill: str) -> None:
    """Refuse a folder that holds results of the other skill: reports would replace each other."""
    for name, owner in _OWNERS.items():
        if owner != skill and (folder / name).exists():
            raise InputError(
                f"output_dir {str(folder)!r} holds results of another kind ({owner}: {name}).\n"
                "Give this analysis a folder of its own, or remove the old results first."
            )


def require_flag(name: str, value: object) -> bool:
    """A parameter that is True or False; `InputError` for anything else, which would count as True."""
    if not _is_flag(value):
        raise InputError(f"{name} is {value!r}; give True or False.")
    return bool(value)


def _is_flag(value: object) -> bool:
    """Python's or numpy's truth value; numpy is not imported for the question: entry points stay light."""
    return isinstance(value, bool) or (type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"))


def require_number(
    name: str,
    value: object,
    what: str,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    most: float = math.inf,
) -> float:
    """A real, finite number in a range; `InputError` says what is wanted."""
    if isinstance(value, numbers.Real) and not _is_flag(value):
        number = float(value)
        if math.isfinite(number) and number > above and least <= number <= most:
            return number
    raise InputError(f"{name} is {value!r}; give {what}.")


def existing_files(folder: Path, names: Iterable[str]) -> list[str]:
    """Those of the names that are files in a folder, in the order given."""
    return [name for name in names if (folder / name).is_file()]
