"""Families of instances: where theorems are checked."""
