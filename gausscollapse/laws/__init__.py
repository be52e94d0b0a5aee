"""Gaussian laws and mixtures, forward diffusions, conversion from and to other libraries."""
