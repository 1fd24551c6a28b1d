"""Step 1 of the differential-region skill: ``from scripts.load_example_data import load_example_data``."""

from .diff.inputs.load import load_example_data

__all__ = ["load_example_data"]
