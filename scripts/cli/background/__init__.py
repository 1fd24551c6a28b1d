"""``chip-atlas background``: how every gene fares with other factors, built once and kept in one file."""
