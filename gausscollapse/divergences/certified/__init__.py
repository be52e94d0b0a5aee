"""Divergences on the line as theorems: balls for the middle, proved bounds for the tails."""
