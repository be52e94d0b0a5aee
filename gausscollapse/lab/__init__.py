"""Runs over generations and sweeps, and the files that describe them."""
