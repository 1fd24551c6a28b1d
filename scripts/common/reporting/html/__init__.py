"""What the HTML reports of both skills share: escaping, the page around the content, tables, plots and pictures."""
