"""The report: sections, tables, figures, the claims with their verdicts, and the page."""
