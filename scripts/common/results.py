"""What the workflow of either skill returns, and what the steps after it ask of that and of its folder."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from .findings import Finding


class Results(dict[str, Any]):
    """What a workflow returns: a dict whose values are attributes too, and that shows itself in a notebook.

    A kind of results says what it shows by `title`, `headline`, `findings` and `first_rows`.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}; it has: {', '.join(self)}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        numbers = ", ".join(f"{value} {what}" for value, what in self.headline())
        mark = "SIMULATED. " if self.simulated else ""
        return f"<{type(self).__name__}: {mark}{self.title()}: {numbers}. Keys: {', '.join(self)}>"

    def _repr_html_(self) -> str:
        from .reporting.html.summary import SHOWN_ROWS, notebook_summary

        rows = self.first_rows(SHOWN_ROWS)
        return notebook_summary(
            self.title(), self.headline(), self.findings(), rows, list(self), simulated=self.simulated
        )

    @property
    def simulated(self) -> bool:
        """Whether the numbers come from a simulation."""
        return bool(self["provenance"].get("simulated"))

    def plain(self) -> dict[str, Any]:
        """The same in frames and built-in types alone, for a pickle that needs no code of ours."""
        return dict(self)

    def title(self) -> str:
        """What was asked, in a line."""
        raise NotImplementedError

    def headline(self) -> list[tuple[str, str]]:
        """The numbers to begin with: each with what it counts."""
        raise NotImplementedError

    def findings(self) -> list[Finding]:
        """What a reader must know before believing the numbers; major ones first."""
        return []

    def first_rows(self, count: int) -> pd.DataFrame:
        """The head of the table that was asked for."""
        raise NotImplementedError

    def identity(self) -> pd.DataFrame:
        """What another analysis of these results rests on: the rows, and which of them were called."""
        raise NotImplementedError

    def fingerprint(self) -> str:
        """A digest (hexadecimal) of `identity`: the same for the same rows and the same cut, within one environment."""
        import hashlib

        import pandas as pd

        rows = pd.util.hash_pandas_object(self.identity(), index=False)
        return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()


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


#: A file that only this kind of results has -> the kind: reports and manifests bear one name.
_OWNERS = {
    **dict.fromkeys(("job.json", "raw_results", "volcano_plot.png", "diff_regions_all.csv"), "differential regions"),
    **dict.fromkeys(("target_genes_top_targets.png", "target_genes_all.csv"), "target genes"),
    "joint_comparisons.csv": "joint comparisons",
}


def refuse_shared_folder(folder: Path, skill: str) -> None:
    """Refuse a folder that holds results of another kind: reports would replace each other."""
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
