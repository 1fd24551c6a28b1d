"""From a question to experiments: find them by words, antigen, cell type or attributes; split them into groups.

A submodule never bears the name of an exported function: importing it would replace the function.
"""

from ..common.lazy import lazy_exports

_EXPORTS = {
    "find_experiments": ".search",
    "suggest_groups": ".groups.suggest",
    "make_groups": ".groups.make",
    "build_catalogue": ".catalogue.build",
}

__all__ = list(_EXPORTS)
__getattr__ = lazy_exports(__name__, _EXPORTS)
