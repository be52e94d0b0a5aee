"""Simulation, random paths and what is estimated on them, the law of the discretised chain."""
