"""Bounds as property tests for other people's continuous integration. Needs the extra ``testing``.

In a test file::

    from hypothesis import given, settings

    import gausscollapse as gc
    from gausscollapse.testing import assert_holds, single_generations

    @gc.statement(kind="upper")
    def my_bound(s):
        return s.kl, 0.5 * s.learned_energy

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

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
