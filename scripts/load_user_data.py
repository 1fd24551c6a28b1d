"""Step 1 of the differential-region skill: ``from scripts.load_user_data import load_user_data``."""

from .diff.inputs.load import load_sample_sheet, load_user_data

__all__ = ["load_sample_sheet", "load_user_data"]
