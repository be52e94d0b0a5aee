"""Presets and storage."""
