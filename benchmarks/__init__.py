"""Whole steps at real size, each beside a plain baseline: ``make bench``."""
