"""How every gene fares with the other factors: a background, kept in one file, that tells hot loci from targets."""

from __future__ import annotations

from ...common.lazy import lazy_exports

_EXPORTS = {"Background": ".background", "load_background": ".store", "build_background": ".build"}

__all__ = list(_EXPORTS)
__getattr__ = lazy_exports(__name__, _EXPORTS)
