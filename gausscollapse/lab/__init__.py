"""Scenario files, experiments over generations, and sweeps over their settings.

A scenario is one learned generation, or retraining over many, as a TOML document: `read`, `load`, `describe`,
`to_toml`, and `presets` that come with the package. A sweep runs an `Experiment` over a grid of settings: `Sweep`,
`load_sweep`, `run_sweep`, `load_results`, and `sweep_presets`.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
