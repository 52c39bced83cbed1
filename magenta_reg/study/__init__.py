"""A whole comparison from one file: data, search, final runs, judge and analysis, on every core."""
