"""Oracles: sources of melodies whose distribution is known, so that errors can be computed."""
