"""``chip-atlas mcp``: a server for agents."""
