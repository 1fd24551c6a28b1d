"""``chip-atlas join``: several comparisons beside each other."""
