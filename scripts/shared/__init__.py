"""What both skills use. Imports nothing of the rest of the package."""
