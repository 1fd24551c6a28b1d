"""A server for agents over the Model Context Protocol: find, compare, wait, explain. Needs the `mcp` extra."""

from ..common.lazy import lazy_exports

_EXPORTS = {"create_server": ".server", "serve_stdio": ".server", "serve_http": ".http"}

__all__ = list(_EXPORTS)
__getattr__ = lazy_exports(__name__, _EXPORTS)
