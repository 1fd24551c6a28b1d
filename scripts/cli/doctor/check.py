"""What one check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

#: ``ok``; ``note``: worth knowing, nothing that is needed fails; ``fail``: something that is needed does not work.
Status = Literal["ok", "note", "fail"]


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    name : str
        What was looked at; the same in every version.
    group : str
        ``python``, ``dependencies``, ``files``, ``services`` or ``offline``.
    detail : str
        What was seen.
    remedy : str
        What to do, empty when nothing has to be done.
    data : dict
        The same in numbers, for programs; JSON can hold it.
    """

    name: str
    group: str
    status: Status
    detail: str
    remedy: str = ""
    data: dict[str, Any] = field(default_factory=dict)
