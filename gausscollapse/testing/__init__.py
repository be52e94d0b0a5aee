"""Bounds as property tests for other people's continuous integration. Needs hypothesis.

In a test file::

    from hypothesis import given, settings
    from gausscollapse.testing import assert_holds, single_generations

    @settings(deadline=None)  # the first example compiles the kernels
    @given(single_generations())
    def test_my_bound(process):
        assert_holds(my_bound, process)

and, with the plugin's fixture, ``pytest --gausscollapse-budget=thorough``::

    def test_my_bound_is_not_refuted(gausscollapse_budget):
        assert_unrefuted(my_bound, budget=gausscollapse_budget)

Strategies draw round numbers and shrink to the simplest ones: unit variances, zero means, small dimensions. Names
load on first use: pytest loads the plugin of this folder in every session, also where hypothesis is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gausscollapse.testing.strategies import assert_holds as assert_holds
    from gausscollapse.testing.strategies import assert_unrefuted as assert_unrefuted
    from gausscollapse.testing.strategies import channels as channels
    from gausscollapse.testing.strategies import diffusions as diffusions
    from gausscollapse.testing.strategies import gaussians as gaussians
    from gausscollapse.testing.strategies import mixtures as mixtures
    from gausscollapse.testing.strategies import score_errors as score_errors
    from gausscollapse.testing.strategies import single_generations as single_generations
    from gausscollapse.testing.strategies import trajectories as trajectories

__all__ = [
    "assert_holds",
    "assert_unrefuted",
    "channels",
    "diffusions",
    "gaussians",
    "mixtures",
    "score_errors",
    "single_generations",
    "trajectories",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from gausscollapse.testing import strategies

        return getattr(strategies, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
