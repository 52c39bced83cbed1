"""The comparison of trained runs: what is measured of them, and the report about it."""
