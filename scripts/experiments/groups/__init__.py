"""Two groups out of a table of experiments: which contrasts there are, and how clean each is."""
