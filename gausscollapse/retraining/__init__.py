"""Retraining over generations, exactly."""

from __future__ import annotations

from gausscollapse.retraining.trajectory import Models, Trajectory, retrain

__all__ = ["Models", "Trajectory", "retrain"]
