"""Estimates with their intervals, tests and corrections; nothing here knows what a network is."""
